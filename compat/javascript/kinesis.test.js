// The AWS SDK for JavaScript v3: HTTP/2 by default, over the plain port with prior knowledge and over TLS with
// ALPN, and HTTP/1.1 when it is given that handler.

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { after, test } from "node:test";
import * as sdk from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const { FLUMEN_ENDPOINT: plain, FLUMEN_TLS_ENDPOINT: tls } = process.env;
const agents = { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true }) };

const ways = [
  ["h2c by prior knowledge", plain, {}],
  ["HTTP/1.1", plain, { requestHandler: new NodeHttpHandler(agents) }],
  ...(tls ? [
    ["HTTP/2 over TLS", tls, {}],
    ["HTTP/1.1 over TLS", tls, { requestHandler: new NodeHttpHandler(agents) }],
  ] : []),
];

for (const [index, [way, endpoint, config]] of ways.entries()) {
  test(way, { timeout: 60_000 }, async (t) => {
    const kinesis = new sdk.KinesisClient({ endpoint, region: "us-east-1", maxAttempts: 1, ...config });
    after(() => kinesis.destroy());
    const StreamName = `javascript-${index}-${process.pid}`;
    const call = (Command, input) => kinesis.send(new Command({ StreamName, ...input }));

    await t.test("makes a stream and waits for it", async () => {
      await call(sdk.CreateStreamCommand, { ShardCount: 4 });
      await sdk.waitUntilStreamExists({ client: kinesis, maxWaitTime: 20, minDelay: 1 }, { StreamName });
      const { StreamDescriptionSummary: seen } = await call(sdk.DescribeStreamSummaryCommand);
      assert.equal(seen.OpenShardCount, 4);
      assert.ok(seen.StreamCreationTimestamp instanceof Date);
      assert.ok(Math.abs(Date.now() - seen.StreamCreationTimestamp) < 60_000);
    });

    const encrypted = index % 2 ? "KMS" : undefined;
    if (encrypted) {
      await t.test("starts its encryption", async () => {
        await call(sdk.StartStreamEncryptionCommand, { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" });
        const { StreamDescriptionSummary: seen } = await call(sdk.DescribeStreamSummaryCommand);
        assert.deepEqual([seen.EncryptionType, seen.KeyId], ["KMS", "alias/aws/kinesis"]);
      });
    }

    await t.test("gets back what it put, in order by key", async () => {
      const keys = Array.from({ length: 40 }, (_, key) => `key-${key}`);
      for (let round = 0; round < 5; round++) {
        const Records = keys.map((key) => ({ Data: Buffer.from(`${key} ${round} \u00fc`), PartitionKey: key }));
        const { FailedRecordCount, Records: entries, EncryptionType } = await call(sdk.PutRecordsCommand, { Records });
        assert.equal(FailedRecordCount, 0);
        assert.equal(EncryptionType, encrypted);
        assert.equal(entries.length, keys.length);
      }
      const found = new Map(keys.map((key) => [key, []]));
      for await (const { Data, PartitionKey, EncryptionType } of records(kinesis, StreamName)) {
        assert.equal(EncryptionType, encrypted);
        found.get(PartitionKey).push(Buffer.from(Data).toString());
      }
      for (const key of keys) {
        assert.deepEqual(found.get(key), [0, 1, 2, 3, 4].map((round) => `${key} ${round} \u00fc`));
      }
    });

    await t.test("has many requests under way at once", async () => {
      const puts = Array.from({ length: 100 }, (_, n) =>
        call(sdk.PutRecordCommand, { Data: Buffer.alloc(10_000, n), PartitionKey: `parallel-${n}` }));
      const numbers = (await Promise.all(puts)).map((put) => put.SequenceNumber);
      assert.equal(new Set(numbers).size, 100);
    });

    await t.test("moves a megabyte in one record", async () => {
      const Data = Buffer.alloc(1_000_000, 7);
      const { ShardId, SequenceNumber } = await call(sdk.PutRecordCommand, { Data, PartitionKey: "large" });
      const { ShardIterator } = await call(sdk.GetShardIteratorCommand, {
        ShardId, ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: SequenceNumber });
      const { Records } = await kinesis.send(new sdk.GetRecordsCommand({ ShardIterator, Limit: 1 }));
      assert.ok(Data.equals(Buffer.from(Records[0].Data)));
      assert.ok(Records[0].ApproximateArrivalTimestamp instanceof Date);
    });

    await t.test("is told what is wrong by class and message", async () => {
      await assert.rejects(kinesis.send(new sdk.DescribeStreamSummaryCommand({ StreamName: "missing" })), (error) => {
        assert.ok(error instanceof sdk.ResourceNotFoundException);
        assert.match(error.message, /^Stream missing under account \d{12} not found\.$/);
        assert.equal(error.$metadata.httpStatusCode, 400);
        assert.ok(error.$metadata.requestId);
        return true;
      });
      await assert.rejects(call(sdk.GetShardIteratorCommand, { ShardId: "0", ShardIteratorType: "AT_SEQUENCE_NUMBER" }),
        sdk.InvalidArgumentException);
    });

    await t.test("pages through shards and deletes the stream", async () => {
      let shards = 0;
      for await (const page of sdk.paginateListStreams({ client: kinesis, pageSize: 2 }, {})) {
        assert.ok(page.StreamNames.length <= 2);
      }
      const { Shards, NextToken } = await call(sdk.ListShardsCommand, { MaxResults: 3 });
      shards += Shards.length;
      shards += (await kinesis.send(new sdk.ListShardsCommand({ NextToken }))).Shards.length;
      assert.equal(shards, 4);
      await call(sdk.DeleteStreamCommand);
      await sdk.waitUntilStreamNotExists({ client: kinesis, maxWaitTime: 20, minDelay: 1 }, { StreamName });
    });
  });
}

async function* records(kinesis, StreamName) {
  const { Shards } = await kinesis.send(new sdk.ListShardsCommand({ StreamName }));
  for (const { ShardId } of Shards) {
    const first = new sdk.GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" });
    let { ShardIterator } = await kinesis.send(first);
    while (ShardIterator) {
      const answer = await kinesis.send(new sdk.GetRecordsCommand({ ShardIterator }));
      yield* answer.Records;
      ShardIterator = answer.NextShardIterator;
      if (answer.Records.length === 0 && answer.MillisBehindLatest === 0) break;
    }
  }
}
