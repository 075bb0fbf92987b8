import itertools
import re

import pytest

from harness.client import client
from harness.flumen import Flumen, Running, running_elsewhere


@pytest.fixture(scope="session")
def server():
    with Running() if running_elsewhere() else Flumen() as started:
        yield started


@pytest.fixture(scope="session")
def kinesis(server):
    return client(server.endpoint)


numbers = itertools.count()


@pytest.fixture
def name(request, kinesis):
    """A name for a stream, which is deleted afterwards."""
    made = f"{re.sub(r'[^a-zA-Z0-9_.-]', '-', request.node.name)[:100]}-{next(numbers)}"
    yield made
    if made in kinesis.list_streams(ExclusiveStartStreamName=made[:-1], Limit=10)["StreamNames"]:
        kinesis.delete_stream(StreamName=made, EnforceConsumerDeletion=True)


@pytest.fixture
def stream(kinesis, name):
    """A stream of one shard."""
    return make(kinesis, name, 1)


@pytest.fixture
def wide(kinesis, name):
    """A stream of four shards."""
    return make(kinesis, name, 4)


def make(kinesis, name, shards):
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    return name


@pytest.fixture
def arn(kinesis, stream):
    return kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
