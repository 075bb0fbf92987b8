package flumen;

import com.amazonaws.auth.DefaultAWSCredentialsProviderChain;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.cloudwatch.AmazonCloudWatchClientBuilder;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBClientBuilder;
import com.amazonaws.services.kinesis.AmazonKinesisClientBuilder;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.InitialPositionInStream;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.KinesisClientLibConfiguration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A worker of KCL 1 that tells standard output all that happens to it, line by line, and ends when standard input
 * does. Arguments and environment are those of the other versions' workers; it only polls.
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
        var endpoint = new EndpointConfiguration(System.getenv("FLUMEN_ENDPOINT"), "us-east-1");
        var credentials = DefaultAWSCredentialsProviderChain.getInstance();
        var configuration = new KinesisClientLibConfiguration(arguments[1], arguments[0], credentials, arguments[2])
                .withInitialPositionInStream(InitialPositionInStream.TRIM_HORIZON)
                .withRegionName("us-east-1")
                .withFailoverTimeMillis(4000)
                .withShardSyncIntervalMillis(5000)
                .withLeasesRecoveryAuditorExecutionFrequencyMillis(5000)
                .withIdleTimeBetweenReadsInMillis(250)
                .withParentShardPollIntervalMillis(500)
                .withMaxLeasesToStealAtOneTime(2)
                .withMetricsBufferTimeMillis(2000);
        var worker = new com.amazonaws.services.kinesis.clientlibrary.lib.worker.Worker.Builder()
                .recordProcessorFactory(Processor::new)
                .config(configuration)
                .kinesisClient(AmazonKinesisClientBuilder.standard().withEndpointConfiguration(endpoint).build())
                .dynamoDBClient(AmazonDynamoDBClientBuilder.standard().withEndpointConfiguration(endpoint).build())
                .cloudWatchClient(AmazonCloudWatchClientBuilder.standard().withEndpointConfiguration(endpoint).build())
                .build();
        var thread = new Thread(worker, "worker");
        thread.start();
        Told.line("started", arguments[2]);
        while (System.in.read() >= 0) {
            // Only the end counts.
        }
        var ended = worker.startGracefulShutdown();
        try {
            ended.get(20, TimeUnit.SECONDS);
        } catch (TimeoutException waiting) {
            // KCL 1 and 2 wait for consumers of closed shards, which ended long ago; the others have been told.
            Told.line("waiting no longer");
        }
        thread.join(5000);
        Told.line("stopped", arguments[2]);
        System.exit(0);
    }
}
