package flumen;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * Puts numbered records with KPL and tells standard output how far it is. Arguments: stream, records, bytes of each,
 * keys, and the metrics level if it is not the library's own. Each record says its key, its number within the key, and
 * is filled up.
 *
 * <p>The endpoint is in {@code FLUMEN_TLS_ENDPOINT}, its certificate authority in the file {@code FLUMEN_CA}.
 */
public final class Producer {
    private static final int OUTSTANDING_MAX = 20_000;

    private Producer() {}

    public static void main(String[] arguments) throws Exception {
        String stream = arguments[0];
        long records = Long.parseLong(arguments[1]);
        int bytes = Integer.parseInt(arguments[2]);
        int keys = Integer.parseInt(arguments[3]);
        URI endpoint = URI.create(System.getenv("FLUMEN_TLS_ENDPOINT"));
        var configuration = new KinesisProducerConfiguration()
                .setRegion("us-east-1")
                .setKinesisEndpoint(endpoint.getHost()).setKinesisPort(endpoint.getPort())
                .setCloudwatchEndpoint(endpoint.getHost()).setCloudwatchPort(endpoint.getPort())
                .setCaCertFile(System.getenv("FLUMEN_CA"))
                .setRecordTtl(600_000)
                .setMetricsUploadDelay(2000)
                .setLogLevel("warning");
        if (arguments.length > 4) {
            configuration.setMetricsLevel(arguments[4]);
        }
        var producer = new KinesisProducer(configuration);
        var stored = new AtomicLong();
        var failed = new AtomicLong();
        var attempts = new AtomicLong();
        var callback = new FutureCallback<UserRecordResult>() {
            @Override
            public void onSuccess(UserRecordResult result) {
                attempts.addAndGet(result.getAttempts().size());
                stored.incrementAndGet();
            }

            @Override
            public void onFailure(Throwable refused) {
                failed.incrementAndGet();
                System.err.println("refused: " + refused);
            }
        };
        long begun = System.nanoTime();
        for (long n = 0; n < records; n++) {
            while (producer.getOutstandingRecordsCount() > OUTSTANDING_MAX) {
                Thread.sleep(1);
            }
            String key = "key-" + n % keys;
            var data = new StringBuilder(key + ":" + n / keys + ":");
            while (data.length() < bytes) {
                data.append('x');
            }
            var body = ByteBuffer.wrap(data.toString().getBytes(StandardCharsets.UTF_8));
            Futures.addCallback(producer.addUserRecord(stream, key, body), callback, MoreExecutors.directExecutor());
            if (n == records / 3) {
                System.out.println("a third");
                System.out.flush();
            }
        }
        producer.flushSync();
        while (stored.get() + failed.get() < records) {
            Thread.sleep(5);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf("stored\t%d\tfailed\t%d\tattempts\t%d\tseconds\t%.2f%n", stored.get(), failed.get(), attempts.get(), seconds);
        System.out.flush();
        producer.destroy();
        System.exit(0);
    }
}
