package flumen;

import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * A worker of KCL 2 or 3 that tells standard output all that happens to it, line by line, and ends when standard
 * input does.
 *
 * <p>Arguments: stream, application, worker, {@code polling} or {@code fanout}. The endpoint is in
 * {@code FLUMEN_ENDPOINT}; a certificate authority in {@code javax.net.ssl.trustStore}.
 */
public final class Worker {
    private Worker() {}

    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (Exception failed) {
            failed.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String[] arguments) throws Exception {
        String stream = arguments[0];
        String application = arguments[1];
        String worker = arguments[2];
        boolean polling = arguments[3].equals("polling");
        URI endpoint = URI.create(System.getenv("FLUMEN_ENDPOINT"));
        Region region = Region.US_EAST_1;

        KinesisAsyncClient kinesis = KinesisClientUtil.createKinesisAsyncClient(
                KinesisAsyncClient.builder().endpointOverride(endpoint).region(region));
        DynamoDbAsyncClient tables =
                DynamoDbAsyncClient.builder().endpointOverride(endpoint).region(region).build();
        CloudWatchAsyncClient metrics =
                CloudWatchAsyncClient.builder().endpointOverride(endpoint).region(region).build();

        var tracker = new SingleStreamTracker(
                stream, InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
        var configs = new ConfigsBuilder(tracker, application, kinesis, tables, metrics, worker, Processor::new);
        var retrieval = configs.retrievalConfig().retrievalSpecificConfig(
                polling
                        ? new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(250)
                        : new FanOutConfig(kinesis).streamName(stream).applicationName(application));
        var leases = configs.leaseManagementConfig()
                .failoverTimeMillis(4000)
                .shardSyncIntervalMillis(5000)
                .leasesRecoveryAuditorExecutionFrequencyMillis(5000);
        var coordinator = configs.coordinatorConfig()
                .parentShardPollIntervalMillis(500)
                .shardConsumerDispatchPollIntervalMillis(200);
        Timers.shorten(leases);
        var report = configs.metricsConfig().metricsBufferTimeMillis(2000);

        var scheduler = new Scheduler(
                configs.checkpointConfig(), coordinator, leases, configs.lifecycleConfig(), report,
                configs.processorConfig(), retrieval);
        var thread = new Thread(scheduler, "scheduler");
        thread.start();
        Told.line("started", worker);
        while (System.in.read() >= 0) {
            // Only the end counts.
        }
        var ended = scheduler.startGracefulShutdown();
        try {
            ended.get(20, TimeUnit.SECONDS);
        } catch (TimeoutException waiting) {
            // KCL 1 and 2 wait for consumers of closed shards, which ended long ago; the others have been told.
            Told.line("waiting no longer");
        }
        thread.join(5000);
        Told.line("stopped", worker);
        System.exit(0);
    }
}
