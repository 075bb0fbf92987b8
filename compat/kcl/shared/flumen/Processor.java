package flumen;

import java.nio.charset.StandardCharsets;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/** Tells of each record, and checkpoints now and then. */
final class Processor implements ShardRecordProcessor {
    /** KCL 1 and 2 take a lease from another worker only when it did not change since they read it. */
    private static final long CHECKPOINT_NANOS = 2_000_000_000L;

    private String shard;
    private String delivered;
    private long checkpointed = System.nanoTime();

    @Override
    public void initialize(InitializationInput input) {
        shard = input.shardId();
        delivered = input.extendedSequenceNumber().sequenceNumber();
        Told.line("begins", shard, input.extendedSequenceNumber().sequenceNumber());
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
        for (KinesisClientRecord record : input.records()) {
            var data = StandardCharsets.UTF_8.decode(record.data().duplicate());
            Told.line("record", shard, record.sequenceNumber(), record.subSequenceNumber(), record.partitionKey(), data);
            delivered = record.sequenceNumber();
        }
        if (!input.records().isEmpty() && System.nanoTime() - checkpointed > CHECKPOINT_NANOS) {
            checkpoint(input.checkpointer());
        }
    }

    @Override
    public void leaseLost(LeaseLostInput input) {
        Told.line("lost", shard);
    }

    @Override
    public void shardEnded(ShardEndedInput input) {
        delivered = "SHARD_END";
        checkpoint(input.checkpointer());
        Told.line("ended", shard);
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {
        if (checkpoint(input.checkpointer())) {
            Told.line("handed", shard);
        }
    }

    /** A checkpoint that fails is made up for by the next one; whatever lies between is delivered again. */
    private boolean checkpoint(RecordProcessorCheckpointer checkpointer) {
        for (int left = 20; ; left--) {
            try {
                checkpointer.checkpoint();
                Told.line("checkpoint", shard, delivered);
                checkpointed = System.nanoTime();
                return true;
            } catch (software.amazon.kinesis.exceptions.ShutdownException lost) {
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
