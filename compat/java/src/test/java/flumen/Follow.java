package flumen;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.ProtocolNegotiation;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.*;

/** Follows a stream by enhanced fan-out, as ../fan_out/followers.py describes: ENDPOINT STREAM CONSUMER_ARN. */
final class Follow {
    private static final long PAUSE_MS = Long.parseLong(System.getenv().getOrDefault("FOLLOW_PAUSE_MS", "0"));

    private final KinesisAsyncClient kinesis;
    private final String consumer;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<String> begun = ConcurrentHashMap.newKeySet();
    private final Set<String> done = ConcurrentHashMap.newKeySet();

    private Follow(KinesisAsyncClient kinesis, String consumer) {
        this.kinesis = kinesis;
        this.consumer = consumer;
    }

    public static void main(String[] arguments) throws Exception {
        var endpoint = URI.create(arguments[0]);
        var tls = endpoint.getScheme().equals("https");
        var http = NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2).readTimeout(Duration.ofSeconds(60))
                .protocolNegotiation(tls ? ProtocolNegotiation.ALPN : ProtocolNegotiation.ASSUME_PROTOCOL);
        var kinesis = KinesisAsyncClient.builder()
                .endpointOverride(endpoint).region(Region.US_EAST_1).httpClient(http.buildWithDefaults(Ways.trust(tls)))
                .overrideConfiguration(config -> config.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
        var follow = new Follow(kinesis, arguments[2]);
        var shards = kinesis.listShards(ListShardsRequest.builder().streamName(arguments[1]).build()).join().shards();
        shards.stream().filter(shard -> shard.parentShardId() == null).forEach(shard -> follow.begin(shard.shardId()));
        // Until it is ended.
        new CountDownLatch(1).await();
    }

    private void begin(String shard) {
        if (begun.add(shard)) {
            threads.execute(() -> follow(shard));
        }
    }

    private void follow(String shard) {
        var start = new AtomicReference<>(StartingPosition.builder().type(ShardIteratorType.TRIM_HORIZON).build());
        var children = new AtomicReference<List<ChildShard>>();
        while (children.get() == null) {
            var handler = SubscribeToShardResponseHandler.builder()
                    .onResponse(response -> say("subscribed " + shard))
                    .subscriber(() -> new OneByOne(shard, start, children))
                    .build();
            try {
                kinesis.subscribeToShard(SubscribeToShardRequest.builder().consumerARN(consumer).shardId(shard)
                        .startingPosition(start.get()).build(), handler).join();
                if (children.get() == null) {
                    say("ended " + shard);
                }
            } catch (RuntimeException failure) {
                var cause = failure.getCause() == null ? failure : failure.getCause();
                say("broken " + shard + " " + cause.toString().replace('\n', ' '));
                sleep(300);
            }
        }
        say("closed " + shard + children.get().stream().map(child -> " " + child.shardId()).collect(Collectors.joining()));
        synchronized (done) {
            done.add(shard);
            children.get().stream().filter(child -> done.containsAll(child.parentShards()))
                    .forEach(child -> begin(child.shardId()));
        }
    }

    /** Asks for the next event when it is through with one, as the Kinesis Client Library does. */
    private record OneByOne(
            String shard,
            AtomicReference<StartingPosition> start,
            AtomicReference<List<ChildShard>> children,
            AtomicReference<Subscription> subscription) implements Subscriber<SubscribeToShardEventStream> {

        OneByOne(String shard, AtomicReference<StartingPosition> start, AtomicReference<List<ChildShard>> children) {
            this(shard, start, children, new AtomicReference<>());
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription.set(given);
            given.request(1);
        }

        @Override
        public void onNext(SubscribeToShardEventStream next) {
            if (next instanceof SubscribeToShardEvent event) {
                for (var record : event.records()) {
                    var first = record.data().asUtf8String().split(" ", 2)[0];
                    say("record " + shard + " " + record.sequenceNumber() + " " + record.partitionKey() + " " + first);
                }
                if (event.hasChildShards() && !event.childShards().isEmpty()) {
                    children.set(event.childShards());
                } else {
                    start.set(StartingPosition.builder().type(ShardIteratorType.AFTER_SEQUENCE_NUMBER)
                            .sequenceNumber(event.continuationSequenceNumber()).build());
                }
                sleep(PAUSE_MS);
            }
            subscription.get().request(1);
        }

        @Override
        public void onError(Throwable failure) {
            // The future of the call fails with it, too.
        }

        @Override
        public void onComplete() {
            // The future of the call says so.
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
