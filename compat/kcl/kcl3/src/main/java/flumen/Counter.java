package flumen;

import java.net.URI;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * How fast KCL 3 reads what lies there: puts records, or reads so many and tells how long that took from the moment at
 * which the last shard began. None is processed before, so that how the library hands out its leases does not count.
 *
 * <p>Arguments: stream, records, and {@code put BYTES SHARDS} or {@code polling} or {@code fanout} with the application.
 * Streams are at {@code FLUMEN_ENDPOINT}, leases and metrics at {@code FLUMEN_TABLES}, for servers that have no tables.
 */
public final class Counter {
    private static final int BATCH = 500;
    private static final AtomicLong LEFT = new AtomicLong();
    private static CountDownLatch shardsToBegin;
    private static final Region REGION = Region.US_EAST_1;

    private Counter() {}

    public static void main(String[] arguments) throws Exception {
        KinesisAsyncClient kinesis = KinesisClientUtil.createKinesisAsyncClient(KinesisAsyncClient.builder()
                .endpointOverride(URI.create(System.getenv("FLUMEN_ENDPOINT")))
                .region(REGION));
        String stream = arguments[0];
        int records = Integer.parseInt(arguments[1]);
        if (arguments[2].equals("put")) {
            put(kinesis, stream, records, Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
        } else {
            read(kinesis, stream, records, arguments[2].equals("polling"), arguments[3]);
        }
        System.exit(0);
    }

    private static void put(KinesisAsyncClient kinesis, String stream, int records, int bytes, int shards) throws Exception {
        kinesis.createStream(b -> b.streamName(stream).shardCount(shards)).join();
        while (!kinesis.describeStreamSummary(b -> b.streamName(stream)).join().streamDescriptionSummary()
                .streamStatusAsString().equals("ACTIVE")) {
            Thread.sleep(50);
        }
        var data = SdkBytes.fromByteArray(new byte[bytes]);
        for (int from = 0; from < records; from += BATCH) {
            var batch = new ArrayList<PutRecordsRequestEntry>();
            for (int n = from; n < Math.min(from + BATCH, records); n++) {
                String key = Integer.toString(n);
                batch.add(PutRecordsRequestEntry.builder().partitionKey(key).data(data).build());
            }
            if (kinesis.putRecords(b -> b.streamName(stream).records(batch)).join().failedRecordCount() != 0) {
                throw new IllegalStateException("refused at " + from);
            }
        }
    }

    private static void read(KinesisAsyncClient kinesis, String stream, int records, boolean polling, String application)
            throws InterruptedException {
        URI tables = URI.create(System.getenv("FLUMEN_TABLES"));
        LEFT.set(records);
        shardsToBegin = new CountDownLatch(kinesis.describeStreamSummary(b -> b.streamName(stream)).join()
                .streamDescriptionSummary().openShardCount());
        var tracker = new SingleStreamTracker(
                stream, InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
        var configs = new ConfigsBuilder(tracker, application, kinesis,
                DynamoDbAsyncClient.builder().endpointOverride(tables).region(REGION).build(),
                CloudWatchAsyncClient.builder().endpointOverride(tables).region(REGION).build(),
                "counter", Processor::new);
        // The least idle time that the library allows: beyond it, the rate is the client's and the server's.
        var retrieval = configs.retrievalConfig().retrievalSpecificConfig(
                polling
                        ? new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(200)
                        : new FanOutConfig(kinesis).streamName(stream).applicationName(application));
        var leases = configs.leaseManagementConfig();
        // The sooner it begins; once it reads, nothing is left to be assigned. The worker renews its leases only after
        // it has slept for this interval (a minute), when they have long expired and are given out again.
        leases.shardSyncIntervalMillis(100);
        Timers.shorten(leases);
        var coordinator = configs.coordinatorConfig().shardConsumerDispatchPollIntervalMillis(50);
        var thread = new Thread(new Scheduler(configs.checkpointConfig(), coordinator, leases, configs.lifecycleConfig(),
                configs.metricsConfig(), configs.processorConfig(), retrieval));
        thread.setDaemon(true);
        thread.start();
        shardsToBegin.await();
        long begun = System.nanoTime();
        while (LEFT.get() > 0) {
            Thread.sleep(1);
        }
        System.out.printf("%.3f%n", (System.nanoTime() - begun) / 1e9);
    }

    private static final class Processor implements ShardRecordProcessor {
        @Override
        public void initialize(InitializationInput input) {
            shardsToBegin.countDown();
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            try {
                shardsToBegin.await();
            } catch (InterruptedException ended) {
                throw new IllegalStateException(ended);
            }
            LEFT.addAndGet(-input.records().size());
        }

        @Override
        public void leaseLost(LeaseLostInput input) {}

        @Override
        public void shardEnded(ShardEndedInput input) {}

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {}
    }
}
