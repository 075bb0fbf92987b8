// The SDK for Go 2 over TLS that it verifies: a stream is made, written, read by polling and by a subscription, and deleted.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const texts = 100

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ok")
}

func run(ctx context.Context) error {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := kinesis.NewFromConfig(settings)
	stream := aws.String("go")
	if _, err := client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: stream, ShardCount: aws.Int32(1)}); err != nil {
		return err
	}
	if err := kinesis.NewStreamExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: stream}, time.Minute); err != nil {
		return err
	}
	var records []types.PutRecordsRequestEntry
	for n := range texts {
		records = append(records, types.PutRecordsRequestEntry{Data: fmt.Appendf(nil, "text-%d", n), PartitionKey: aws.String("key")})
	}
	put, err := client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: stream, Records: records})
	if err != nil {
		return err
	}
	if *put.FailedRecordCount != 0 {
		return fmt.Errorf("%d were refused", *put.FailedRecordCount)
	}
	shards, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: stream})
	if err != nil {
		return err
	}
	shard := shards.Shards[0].ShardId
	iterator, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
		StreamName: stream, ShardId: shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	if err != nil {
		return err
	}
	got, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator.ShardIterator})
	if err != nil {
		return err
	}
	if err := inOrder("polled", got.Records); err != nil {
		return err
	}
	pushed, err := subscribe(ctx, client, stream, shard)
	if err != nil {
		return err
	}
	if err := inOrder("pushed", pushed); err != nil {
		return err
	}
	_, err = client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: stream, EnforceConsumerDeletion: aws.Bool(true)})
	return err
}

func subscribe(ctx context.Context, client *kinesis.Client, stream, shard *string) ([]types.Record, error) {
	described, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: stream})
	if err != nil {
		return nil, err
	}
	registered, err := client.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{
		StreamARN: described.StreamDescriptionSummary.StreamARN, ConsumerName: aws.String("consumer")})
	if err != nil {
		return nil, err
	}
	subscribed, err := client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{
		ConsumerARN: registered.Consumer.ConsumerARN, ShardId: shard,
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}})
	if err != nil {
		return nil, err
	}
	events := subscribed.GetStream()
	defer events.Close()
	var found []types.Record
	for len(found) < texts {
		select {
		case event, open := <-events.Events():
			if !open {
				return nil, fmt.Errorf("the subscription ended: %w", events.Err())
			}
			if event, is := event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent); is {
				found = append(found, event.Value.Records...)
			}
		case <-time.After(30 * time.Second):
			return nil, fmt.Errorf("%d of %d were pushed", len(found), texts)
		}
	}
	return found, nil
}

func inOrder(how string, records []types.Record) error {
	if len(records) != texts {
		return fmt.Errorf("%d of %d were %s", len(records), texts, how)
	}
	for n, record := range records {
		if want := fmt.Sprintf("text-%d", n); string(record.Data) != want {
			return fmt.Errorf("%s %q in place of %q", how, record.Data, want)
		}
	}
	return nil
}
