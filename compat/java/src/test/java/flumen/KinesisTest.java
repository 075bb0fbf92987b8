package flumen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.*;

/** The AWS SDK for Java v2, over each of its ways, in CBOR and, in a second run, in JSON. */
@Timeout(90)
class KinesisTest {
    static Stream<Ways> ways() {
        return Ways.offered().stream();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aStreamIsDescribedAsItWasMade(Ways way) throws Exception {
        try (var api = way.open()) {
            var stream = make(api, way, 4);
            var seen = api.describe().apply(DescribeStreamSummaryRequest.builder().streamName(stream).build())
                    .streamDescriptionSummary();
            assertEquals(4, seen.openShardCount());
            assertEquals(StreamStatus.ACTIVE, seen.streamStatus());
            assertEquals(24, seen.retentionPeriodHours());
            // Wrong by a factor of a thousand, one way or the other, if seconds and milliseconds are confused.
            var age = Duration.between(seen.streamCreationTimestamp(), Instant.now()).abs();
            assertTrue(age.compareTo(Duration.ofMinutes(1)) < 0, () -> "created at " + seen.streamCreationTimestamp());
            delete(api, stream);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void recordsComeBackInOrderByKey(Ways way) throws Exception {
        try (var api = way.open()) {
            var stream = make(api, way, 4);
            var keys = IntStream.range(0, 40).mapToObj(key -> "key-" + key).toList();
            for (var round = 0; round < 5; round++) {
                var number = round;
                var entries = keys.stream().map(key -> PutRecordsRequestEntry.builder().partitionKey(key)
                        .data(SdkBytes.fromUtf8String(key + " " + number + " \u00fc")).build()).toList();
                var answer = api.putRecords().apply(PutRecordsRequest.builder().streamName(stream).records(entries).build());
                assertEquals(0, answer.failedRecordCount());
                assertEquals(keys.size(), answer.records().size());
            }
            Map<String, List<String>> found = new HashMap<>();
            for (var record : readAll(api, stream)) {
                found.computeIfAbsent(record.partitionKey(), key -> new ArrayList<>()).add(record.data().asUtf8String());
                var age = Duration.between(record.approximateArrivalTimestamp(), Instant.now()).abs();
                assertTrue(age.compareTo(Duration.ofMinutes(1)) < 0);
            }
            for (var key : keys) {
                assertEquals(IntStream.range(0, 5).mapToObj(n -> key + " " + n + " \u00fc").toList(), found.get(key));
            }
            delete(api, stream);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bytesOfEveryKindComeBackAsTheyWerePut(Ways way) throws Exception {
        try (var api = way.open()) {
            var stream = make(api, way, 1);
            for (var size : new int[] {0, 1, 255, 256, 65_535, 65_536, 1_000_000}) {
                var data = new byte[size];
                for (var at = 0; at < size; at++) {
                    data[at] = (byte) (at * 31 + size);
                }
                var put = api.putRecord().apply(PutRecordRequest.builder().streamName(stream).partitionKey("k")
                        .data(SdkBytes.fromByteArray(data)).build());
                var iterator = api.getShardIterator().apply(GetShardIteratorRequest.builder().streamName(stream)
                        .shardId(put.shardId()).shardIteratorType(ShardIteratorType.AT_SEQUENCE_NUMBER)
                        .startingSequenceNumber(put.sequenceNumber()).build()).shardIterator();
                var answer = api.getRecords().apply(GetRecordsRequest.builder().shardIterator(iterator).limit(1).build());
                assertArrayEquals(data, answer.records().get(0).data().asByteArray());
            }
            delete(api, stream);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aMomentIsUnderstood(Ways way) throws Exception {
        try (var api = way.open()) {
            var stream = make(api, way, 1);
            put(api, stream, "before");
            Thread.sleep(30);
            var moment = Instant.now();
            Thread.sleep(30);
            put(api, stream, "after");
            var iterator = api.getShardIterator().apply(GetShardIteratorRequest.builder().streamName(stream)
                    .shardId("shardId-000000000000").shardIteratorType(ShardIteratorType.AT_TIMESTAMP)
                    .timestamp(moment).build()).shardIterator();
            var found = api.getRecords().apply(GetRecordsRequest.builder().shardIterator(iterator).build()).records();
            assertEquals(List.of("after"), found.stream().map(record -> record.data().asUtf8String()).toList());
            delete(api, stream);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void errorsArriveAsTheirOwnClasses(Ways way) throws Exception {
        try (var api = way.open()) {
            var missing = DescribeStreamSummaryRequest.builder().streamName("missing").build();
            var error = assertThrows(ResourceNotFoundException.class, () -> api.describe().apply(missing));
            assertEquals(400, error.statusCode());
            assertTrue(error.awsErrorDetails().errorMessage().matches("Stream missing under account \\d{12} not found\\."));
            assertTrue(error.requestId() != null && error.extendedRequestId() != null);
            var bad = GetRecordsRequest.builder().shardIterator("nonsense").build();
            assertEquals("Invalid ShardIterator.", assertThrows(InvalidArgumentException.class,
                    () -> api.getRecords().apply(bad)).awsErrorDetails().errorMessage());
            var invalid = CreateStreamRequest.builder().streamName("a b").shardCount(1).build();
            var refused = assertThrows(KinesisException.class, () -> api.createStream().apply(invalid));
            assertEquals("ValidationException", refused.awsErrorDetails().errorCode());
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void manyRequestsAreUnderWayAtOnce(Ways way) throws Exception {
        try (var api = way.open()) {
            var stream = make(api, way, 4);
            var numbers = IntStream.range(0, 200).parallel().mapToObj(n -> api.putRecord().apply(PutRecordRequest.builder()
                    .streamName(stream).partitionKey("k" + n).data(SdkBytes.fromByteArray(new byte[5_000])).build())
                    .sequenceNumber()).distinct().count();
            assertEquals(200, numbers);
            assertEquals(200, readAll(api, stream).size());
            delete(api, stream);
        }
    }

    private static void put(Api api, String stream, String text) {
        api.putRecord().apply(PutRecordRequest.builder().streamName(stream).partitionKey("k")
                .data(SdkBytes.fromUtf8String(text)).build());
    }

    private static String make(Api api, Ways way, int shards) throws InterruptedException {
        var stream = "java-" + way + "-" + System.nanoTime();
        api.createStream().apply(CreateStreamRequest.builder().streamName(stream).shardCount(shards).build());
        var describe = DescribeStreamSummaryRequest.builder().streamName(stream).build();
        var end = Instant.now().plusSeconds(20);
        while (api.describe().apply(describe).streamDescriptionSummary().streamStatus() != StreamStatus.ACTIVE) {
            assertTrue(Instant.now().isBefore(end), "the stream did not become ACTIVE");
            Thread.sleep(20);
        }
        return stream;
    }

    private static void delete(Api api, String stream) {
        api.deleteStream().apply(DeleteStreamRequest.builder().streamName(stream).build());
    }

    private static List<software.amazon.awssdk.services.kinesis.model.Record> readAll(Api api, String stream) {
        var found = new ArrayList<software.amazon.awssdk.services.kinesis.model.Record>();
        for (var shard : api.listShards().apply(ListShardsRequest.builder().streamName(stream).build()).shards()) {
            var iterator = api.getShardIterator().apply(GetShardIteratorRequest.builder().streamName(stream)
                    .shardId(shard.shardId()).shardIteratorType(ShardIteratorType.TRIM_HORIZON).build()).shardIterator();
            while (iterator != null) {
                var answer = api.getRecords().apply(GetRecordsRequest.builder().shardIterator(iterator).build());
                found.addAll(answer.records());
                iterator = answer.records().isEmpty() && answer.millisBehindLatest() == 0 ? null : answer.nextShardIterator();
            }
        }
        return found;
    }
}
