import contextlib

import pytest

from fan_out.followers import Follower
from fan_out.writer import Writer
from harness.client import client
from harness.with_server import started


class Stage:
    """A server, a stream, and those who follow it."""

    def __init__(self, server, environment, stack):
        self.server, self.environment, self.stack = server, environment, stack
        self.kinesis = client(server.endpoint, environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])

    def make(self, stream, shards):
        self.kinesis.create_stream(StreamName=stream, ShardCount=shards)
        self.kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        return self.kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]

    def follow(self, stream, arn, kinds, pause_ms=0):
        """A consumer of its own for each kind, subscribed."""
        followers = []
        for number, kind in enumerate(kinds):
            name = f"consumer-{number}" + (f"-pause-{pause_ms}" if pause_ms else "")
            made = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"]["ConsumerARN"]
            self.kinesis.describe_stream_consumer(ConsumerARN=made)
            follower = Follower(kind, self.server, self.environment, stream, made, pause_ms)
            self.stack.callback(follower.stop)
            followers.append(follower)
        for follower in followers:
            follower.wait(lambda follower: follower.lines("subscribed"), 60, "subscription")
        return followers

    def writer(self, stream, **how):
        writer = Writer(self.server.endpoint, self.environment, stream, **how)
        self.stack.callback(writer.end)
        writer.start()
        return writer


@pytest.fixture
def stage(request):
    with contextlib.ExitStack() as stack:
        server, environment = stack.enter_context(started(*getattr(request, "param", [])))
        yield Stage(server, environment, stack)
