// Follows a stream by enhanced fan-out, as ../fan_out/followers.py describes: ENDPOINT STREAM CONSUMER_ARN.

import { KinesisClient, ListShardsCommand, SubscribeToShardCommand } from "@aws-sdk/client-kinesis";

const [endpoint, StreamName, ConsumerARN] = process.argv.slice(2);
const pause = Number(process.env.FOLLOW_PAUSE_MS ?? 0);
const kinesis = new KinesisClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (...words) => process.stdout.write(`${words.join(" ")}\n`);
const [begun, done] = [new Set(), new Set()];

async function follow(ShardId) {
  let StartingPosition = { Type: "TRIM_HORIZON" };
  for (;;) {
    try {
      const { EventStream } = await kinesis.send(new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }));
      say("subscribed", ShardId);
      for await (const { SubscribeToShardEvent: event } of EventStream) {
        for (const { PartitionKey, SequenceNumber, Data } of event.Records) {
          say("record", ShardId, SequenceNumber, PartitionKey, Buffer.from(Data).toString().split(" ", 1)[0]);
        }
        if (event.ChildShards?.length) {
          say("closed", ShardId, ...event.ChildShards.map((child) => child.ShardId));
          return end(ShardId, event.ChildShards);
        }
        StartingPosition = { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: event.ContinuationSequenceNumber };
        if (pause) await sleep(pause);
      }
      say("ended", ShardId);
    } catch (error) {
      say("broken", ShardId, `${error.name}: ${error.message}`.replaceAll("\n", " "));
      await sleep(300);
    }
  }
}

function end(shard, children) {
  done.add(shard);
  for (const { ShardId, ParentShards } of children) {
    if (ParentShards.every((parent) => done.has(parent))) begin(ShardId);
  }
}

function begin(shard) {
  if (begun.has(shard)) return;
  begun.add(shard);
  follow(shard);
}

const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }));
for (const { ShardId, ParentShardId } of Shards) {
  if (!ParentShardId) begin(ShardId);
}
