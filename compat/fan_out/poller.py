"""Follows a stream by GetRecords, through splits and merges, as the followers do by subscribing."""

import threading

from botocore.exceptions import ClientError

from harness.client import client, shards

EVERY = 0.2


class Poller(threading.Thread):
    kind = "GetRecords"

    def __init__(self, endpoint, environment, stream):
        super().__init__(daemon=True)
        self.kinesis = client(endpoint, environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        self.stream = stream
        self.seen, self.done, self.iterators = {}, set(), {}
        self.records = 0
        self.over, self.surprise = threading.Event(), None
        for shard in shards(self.kinesis, stream):
            if "ParentShardId" not in shard:
                self.begin(shard["ShardId"])

    def begin(self, shard):
        if shard not in self.iterators and shard not in self.done:
            self.iterators[shard] = self.kinesis.get_shard_iterator(
                StreamName=self.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    def run(self):
        try:
            while not self.over.wait(EVERY):
                for shard in list(self.iterators):
                    self.read(shard)
        except Exception as surprise:  # noqa: BLE001 - shown by the main thread
            self.surprise = surprise

    def read(self, shard):
        try:
            answer = self.kinesis.get_records(ShardIterator=self.iterators[shard])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ProvisionedThroughputExceededException":
                raise
            return
        self.records += len(answer["Records"])
        for record in answer["Records"]:
            self.seen.setdefault(record["PartitionKey"], []).append(record["Data"].split(b" ", 1)[0].decode())
        if "NextShardIterator" in answer:
            self.iterators[shard] = answer["NextShardIterator"]
            return
        del self.iterators[shard]
        self.done.add(shard)
        for child in answer["ChildShards"]:
            if self.done.issuperset(child["ParentShards"]):
                self.begin(child["ShardId"])

    def words(self):
        assert self.surprise is None, self.surprise
        return self.seen

    def end(self):
        self.over.set()
        self.join(30)
