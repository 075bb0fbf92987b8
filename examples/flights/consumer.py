"""Reads a whole stream, parents before children, and compares it with what was put."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

THREADS = 4
# Empty answers in a row, at the tip of an open shard, after which it is at its end.
EMPTY_AT_TIP = 2


def read_all(kinesis, stream):
    """All shards, in an order in which parents come first, and the records of each."""
    pages = kinesis.get_paginator("list_shards").paginate(StreamName=stream)
    left = {shard["ShardId"]: shard for page in pages for shard in page["Shards"]}
    ordered, read = [], {}
    with ThreadPoolExecutor(THREADS) as pool:
        while left:
            generation = [shard for shard in left.values() if not (parents(shard) & left.keys())]
            for shard in generation:
                del left[shard["ShardId"]]
            ordered += generation
            records = pool.map(lambda shard: read_shard(kinesis, stream, shard), generation)
            read |= {shard["ShardId"]: found for shard, found in zip(generation, records, strict=True)}
    return ordered, read


def parents(shard):
    return {shard.get("ParentShardId"), shard.get("AdjacentParentShardId")} - {None}


def read_shard(kinesis, stream, shard):
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    found, empty = [], 0
    while iterator and empty < EMPTY_AT_TIP:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
        found += answer["Records"]
        at_tip = not answer["Records"] and answer["MillisBehindLatest"] == 0
        empty = empty + 1 if at_tip else 0
        iterator = answer.get("NextShardIterator")
    return found


@dataclass
class Comparison:
    read: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    out_of_order: int = 0
    aircraft: int = 0

    def good(self):
        return self.lost == self.doubled == self.changed == self.out_of_order == 0


def compare(sent, shards, read):
    found = Comparison(aircraft=len({flight.aircraft for flight in sent}))
    seen = bytearray(len(sent))
    last = {}
    disordered = set()
    for shard in shards:
        for record in read[shard["ShardId"]]:
            found.read += 1
            number = json.loads(record["Data"]).get("number", -1)
            if not 0 <= number < len(sent) or sent[number].data != record["Data"] or sent[number].aircraft != record["PartitionKey"]:
                found.changed += 1
                continue
            found.doubled += seen[number]
            seen[number] = 1
            place = (number, int(record["SequenceNumber"]))
            before = last.get(record["PartitionKey"], (-1, -1))
            # Both rise: the flights in the order in which they left, and the numbers that the stream gave them.
            if not (place[0] > before[0] and place[1] > before[1]):
                disordered.add(record["PartitionKey"])
            last[record["PartitionKey"]] = place
    found.lost = seen.count(0)
    found.out_of_order = len(disordered)
    return found
