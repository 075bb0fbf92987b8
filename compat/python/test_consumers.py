"""Registered consumers. What they subscribe to is in ../fan_out."""

import time

import pytest

from harness.client import refusal


def active(kinesis, arn):
    for _ in range(100):
        seen = kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]
        if seen["ConsumerStatus"] == "ACTIVE":
            return seen
        time.sleep(0.05)
    pytest.fail(f"{arn} did not become ACTIVE")


def test_a_consumer_is_registered_described_listed_and_deregistered(kinesis, stream, arn):
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader", Tags={"a": "b"})["Consumer"]
    assert made["ConsumerStatus"] == "CREATING"
    assert made["ConsumerARN"] == f"{arn}/consumer/reader:{int(made['ConsumerCreationTimestamp'].timestamp())}"
    seen = active(kinesis, made["ConsumerARN"])
    assert seen["StreamARN"] == arn and seen["ConsumerName"] == "reader"
    same = kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="reader")["ConsumerDescription"]
    assert same == seen
    assert [each["ConsumerName"] for each in kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]] == ["reader"]
    assert kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]["ConsumerCount"] == 1
    assert kinesis.list_tags_for_resource(ResourceARN=made["ConsumerARN"])["Tags"] == [{"Key": "a", "Value": "b"}]
    kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="reader")
    for _ in range(100):
        if not kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]:
            break
        time.sleep(0.05)
    refusal("ResourceNotFoundException", kinesis.describe_stream_consumer, ConsumerARN=made["ConsumerARN"])


def test_a_consumer_name_is_taken_once(kinesis, arn):
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")
    refusal("ResourceInUseException", kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="reader")
    refusal("InvalidArgumentException", kinesis.describe_stream_consumer, ConsumerName="reader")
    refusal("ResourceNotFoundException", kinesis.describe_stream_consumer, StreamARN=arn, ConsumerName="other")


def test_consumers_are_listed_in_pages(kinesis, arn):
    for n in range(4):
        made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"reader-{n}")["Consumer"]
        active(kinesis, made["ConsumerARN"])
    pages = list(kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=arn, PaginationConfig={"PageSize": 3}))
    names = [each["ConsumerName"] for page in pages for each in page["Consumers"]]
    assert sorted(names) == [f"reader-{n}" for n in range(4)]
    assert [len(page["Consumers"]) for page in pages] == [3, 1]


def test_a_stream_with_consumers_is_deleted_only_by_force(kinesis, stream, arn):
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]
    active(kinesis, made["ConsumerARN"])
    message = refusal("ResourceInUseException", kinesis.delete_stream, StreamName=stream)
    assert "set the EnforceConsumerDeletion parameter to true" in message
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
    kinesis.get_waiter("stream_not_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    refusal("ResourceNotFoundException", kinesis.describe_stream_consumer, ConsumerARN=made["ConsumerARN"])
