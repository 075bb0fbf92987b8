package flumen;

import com.amazonaws.services.kinesis.clientlibrary.exceptions.ShutdownException;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.IRecordProcessorCheckpointer;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.v2.IRecordProcessor;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.v2.IShutdownNotificationAware;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.ShutdownReason;
import com.amazonaws.services.kinesis.clientlibrary.types.InitializationInput;
import com.amazonaws.services.kinesis.clientlibrary.types.ProcessRecordsInput;
import com.amazonaws.services.kinesis.clientlibrary.types.ShutdownInput;
import com.amazonaws.services.kinesis.clientlibrary.types.UserRecord;
import com.amazonaws.services.kinesis.model.Record;
import java.nio.charset.StandardCharsets;

/** Tells of each record, and checkpoints now and then. */
final class Processor implements IRecordProcessor, IShutdownNotificationAware {
    /** KCL 1 and 2 take a lease from another worker only when it did not change since they read it. */
    private static final long CHECKPOINT_NANOS = 2_000_000_000L;

    private String shard;
    private String delivered;
    private long checkpointed = System.nanoTime();

    @Override
    public void initialize(InitializationInput input) {
        shard = input.getShardId();
        delivered = input.getExtendedSequenceNumber().getSequenceNumber();
        Told.line("begins", shard, input.getExtendedSequenceNumber().getSequenceNumber());
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
        for (Record record : input.getRecords()) {
            var data = StandardCharsets.UTF_8.decode(record.getData().duplicate());
            long sub = record instanceof UserRecord user ? user.getSubSequenceNumber() : 0;
            Told.line("record", shard, record.getSequenceNumber(), sub, record.getPartitionKey(), data);
            delivered = record.getSequenceNumber();
        }
        if (!input.getRecords().isEmpty() && System.nanoTime() - checkpointed > CHECKPOINT_NANOS) {
            checkpoint(input.getCheckpointer());
        }
    }

    @Override
    public void shutdown(ShutdownInput input) {
        if (input.getShutdownReason() == ShutdownReason.TERMINATE) {
            delivered = "SHARD_END";
            checkpoint(input.getCheckpointer());
            Told.line("ended", shard);
        } else {
            Told.line("lost", shard);
        }
    }

    @Override
    public void shutdownRequested(IRecordProcessorCheckpointer checkpointer) {
        if (checkpoint(checkpointer)) {
            Told.line("handed", shard);
        }
    }

    /** A checkpoint that fails is made up for by the next one; whatever lies between is delivered again. */
    private boolean checkpoint(IRecordProcessorCheckpointer checkpointer) {
        for (int left = 20; ; left--) {
            try {
                checkpointer.checkpoint();
                Told.line("checkpoint", shard, delivered);
                checkpointed = System.nanoTime();
                return true;
            } catch (ShutdownException lost) {
                Told.line("too late", shard);
                return false;
            } catch (Exception failed) {
                Told.line("failed", shard, failed);
                if (left == 0) {
                    return false;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(250);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
