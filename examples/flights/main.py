"""A year of flights through a stream: every departure from New York in 2013, one JSON record each, in the order
in which they left, keyed by aircraft. While they flow one shard is split and two are merged. Then everything is
read back and compared with what was sent."""

import argparse
import sys
import threading
import time

import boto3
from botocore.config import Config

import consumer
import flights
import picture
import producer
import reshard

STREAM = "flights"
SHARDS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--limit", type=int, help="stream only this many flights")
    args = parser.parse_args()
    kinesis = boto3.client(
        "kinesis", endpoint_url=args.endpoint, region_name="us-east-1",
        aws_access_key_id="flights", aws_secret_access_key="flights",
        # A request that is sent again after a lost answer puts its records twice. None must be lost here, so
        # a failure of the connection ends the example instead.
        config=Config(max_pool_connections=32, retries={"total_max_attempts": 1}, read_timeout=60),
    )

    begun = time.monotonic()
    sent = flights.in_departure_order()[: args.limit]
    print(f"{len(sent):,} flights of {len({flight.aircraft for flight in sent}):,} aircraft "
          f"made into JSON in {time.monotonic() - begun:.1f} s")

    create(kinesis)
    begun = time.monotonic()
    progress = producer.Progress(len(sent))
    changes = []
    resharding = threading.Thread(target=reshard.while_records_flow, args=(kinesis, STREAM, progress, changes))
    resharding.start()
    producer.put_all(kinesis, STREAM, sent, progress)
    resharding.join()
    put_seconds = time.monotonic() - begun
    for change in changes:
        print(change)

    begun = time.monotonic()
    shards, read = consumer.read_all(kinesis, STREAM)
    read_seconds = time.monotonic() - begun
    found = consumer.compare(sent, shards, read)

    print(picture.of(shards, {shard: len(records) for shard, records in read.items()}))
    megabytes = sum(len(flight.data) for flight in sent) / 1e6
    print(f"records in    {len(sent):>9,}   {rate(len(sent), megabytes, put_seconds)}")
    print(f"records out   {found.read:>9,}   {rate(found.read, megabytes, read_seconds)}")
    print(f"lost          {found.lost:>9,}")
    print(f"doubled       {found.doubled:>9,}")
    print(f"changed       {found.changed:>9,}")
    print(f"out of order  {found.out_of_order:>9,}   of {found.aircraft:,} aircraft")
    print(f"resharded     {len(changes):>9,}   of 2 changes while records flowed")
    kinesis.delete_stream(StreamName=STREAM)
    if not found.good() or len(changes) != 2:
        sys.exit("NOT what was sent")
    print("every flight came back once, and every aircraft's in order")


def rate(records, megabytes, seconds):
    return f"{records / seconds:>9,.0f} records/s  {megabytes / seconds:6.1f} MB/s"


def create(kinesis):
    if STREAM in kinesis.list_streams()["StreamNames"]:
        kinesis.delete_stream(StreamName=STREAM)
        kinesis.get_waiter("stream_not_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    kinesis.create_stream(StreamName=STREAM, ShardCount=SHARDS)
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


if __name__ == "__main__":
    main()
