package flumen;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.*;

/** The operations of the tests, alike for the synchronous and the asynchronous client. */
record Api(
        Function<CreateStreamRequest, CreateStreamResponse> createStream,
        Function<DeleteStreamRequest, DeleteStreamResponse> deleteStream,
        Function<DescribeStreamSummaryRequest, DescribeStreamSummaryResponse> describe,
        Function<ListShardsRequest, ListShardsResponse> listShards,
        Function<PutRecordRequest, PutRecordResponse> putRecord,
        Function<PutRecordsRequest, PutRecordsResponse> putRecords,
        Function<GetShardIteratorRequest, GetShardIteratorResponse> getShardIterator,
        Function<GetRecordsRequest, GetRecordsResponse> getRecords,
        AutoCloseable client) implements AutoCloseable {

    static Api of(KinesisClient client) {
        return new Api(client::createStream, client::deleteStream, client::describeStreamSummary, client::listShards,
                client::putRecord, client::putRecords, client::getShardIterator, client::getRecords, client);
    }

    static Api of(KinesisAsyncClient client) {
        return new Api(waited(client::createStream), waited(client::deleteStream),
                waited(client::describeStreamSummary), waited(client::listShards), waited(client::putRecord),
                waited(client::putRecords), waited(client::getShardIterator), waited(client::getRecords), client);
    }

    private static <I, O> Function<I, O> waited(Function<I, CompletableFuture<O>> call) {
        return input -> {
            try {
                return call.apply(input).orTimeout(60, TimeUnit.SECONDS).join();
            } catch (CompletionException failure) {
                throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
            }
        };
    }

    @Override
    public void close() throws Exception {
        client.close();
    }
}
