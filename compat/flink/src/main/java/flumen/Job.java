package flumen;

import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.connector.kinesis.sink.KinesisStreamsSink;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.connectors.kinesis.FlinkKinesisConsumer;

/**
 * A job in a cluster within this process: writes so many numbered texts to a stream and reads them back, by polling
 * or by enhanced fan-out, with checkpoints. Tells how many of them it read; ends when it has them all.
 *
 * <p>Arguments: endpoint, stream, {@code POLLING} or {@code EFO}, texts.
 */
public final class Job {
    private Job() {}

    public static void main(String[] arguments) throws Exception {
        String endpoint = arguments[0];
        String stream = arguments[1];
        int texts = Integer.parseInt(arguments[3]);
        var client = new Properties();
        client.setProperty("aws.endpoint", endpoint);
        client.setProperty("aws.region", "us-east-1");

        var writing = StreamExecutionEnvironment.createLocalEnvironment(2);
        writing.enableCheckpointing(500);
        writing.fromSequence(0, texts - 1).map(n -> "text-" + n).sinkTo(KinesisStreamsSink.<String>builder()
                .setKinesisClientProperties(client)
                .setSerializationSchema(new SimpleStringSchema())
                .setPartitionKeyGenerator(text -> text)
                .setStreamName(stream)
                .setFailOnError(true)
                .build());
        writing.execute("write");
        System.out.println("written");

        var source = new Properties();
        source.putAll(client);
        source.setProperty("flink.stream.initpos", "TRIM_HORIZON");
        source.setProperty("flink.stream.recordpublisher", arguments[2]);
        source.setProperty("flink.stream.efo.consumername", "flink");
        source.setProperty("flink.shard.getrecords.intervalmillis", "200");
        var reading = StreamExecutionEnvironment.createLocalEnvironment(2);
        reading.enableCheckpointing(500);
        Set<String> read = new HashSet<>();
        try (var found = reading.addSource(new FlinkKinesisConsumer<>(stream, new SimpleStringSchema(), source)).executeAndCollect("read")) {
            while (read.size() < texts && found.hasNext()) {
                if (!read.add(found.next())) {
                    throw new IllegalStateException("twice");
                }
            }
        }
        System.out.println("read " + read.size());
        System.exit(0);
    }
}
