"""Fixtures of tests that want a server of their own, with keys of KMS: one a module, where anybody may do everything."""

import time

import pytest

from harness.client import client
from harness.flumen import Flumen


@pytest.fixture(scope="module")
def server():
    with Flumen() as started:
        yield started


@pytest.fixture(scope="module")
def kinesis(server):
    return client(server.endpoint)


@pytest.fixture(scope="module")
def kms(server):
    return client(server.endpoint, service="kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def stream(kinesis, request):
    name = f"{request.node.originalname[:60]}-{time.monotonic_ns()}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    yield name
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
