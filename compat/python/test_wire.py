"""Headers, statuses and the answers to what is no request at all."""

import base64
import json
import uuid

import pytest

from harness import raw

JSON = "application/x-amz-json-1.1"


def test_every_answer_carries_its_ids(server, kinesis):
    answer = raw.post(server.port, "ListStreams", b"{}")
    assert answer.status == 200
    headers = {name.lower(): value for name, value in answer.headers.items()}
    uuid.UUID(headers["x-amzn-requestid"])
    assert len(base64.b64decode(headers["x-amz-id-2"])) >= 64
    assert headers["content-type"] == JSON
    assert "date" in headers and headers["content-length"] == str(len(answer.body))


def test_an_operation_without_output_answers_nothing(server, kinesis, name):
    answer = raw.post(server.port, "CreateStream", json.dumps({"StreamName": name, "ShardCount": 1}).encode())
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("request_, status, body", [
    ({"operation": "Nothing", "body": b"{}"}, 400, {"__type": "UnknownOperationException"}),
    ({"operation": "ListStreams", "body": b""}, 400, {"__type": "SerializationException"}),
    ({"operation": "ListStreams", "body": b"{"}, 400, {"__type": "SerializationException"}),
    ({"operation": "ListStreams", "body": b"7"}, 400, {"__type": "SerializationException"}),
])
def test_what_is_no_request_is_refused_in_its_encoding(server, kinesis, request_, status, body):
    answer = raw.post(server.port, request_["operation"], request_["body"])
    assert (answer.status, json.loads(answer.body)) == (status, body)


def test_other_methods_are_refused_in_xml(server, kinesis):
    answer = raw.post(server.port, "ListStreams", None, method="GET")
    assert answer.status == 403
    assert b"Unable to determine service/operation name to be authorized" in answer.body


def test_browsers_are_let_in(server, kinesis):
    asked = {"Origin": "http://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
    answer = raw.post(server.port, "ListStreams", None, headers=asked, method="OPTIONS")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == 200
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-headers"] == "x-amz-target"
    assert headers["access-control-allow-methods"] == "POST"
    assert headers["access-control-max-age"] == "172800"


def test_accounts_and_regions_do_not_see_each_other(server, kinesis, stream):
    from harness.client import client

    if server.__class__.__name__ == "Running":
        pytest.skip("a property of Flumen")
    for other in (client(server.endpoint, access_key="111122223333"), client(server.endpoint, region="eu-west-1")):
        assert stream not in other.list_streams()["StreamNames"]
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.describe_stream_summary(StreamName=stream)


NEWEST = ["CreateQueue", "DescribeQueue", "ListQueues", "UpdateQueue", "DeleteQueue", "ReceiveQueueRecords", "AcknowledgeQueueRecords",
          "UpdateQueueRecordsVisibility", "ReceiveDeadLetterQueueRecords", "AcknowledgeDeadLetterQueueRecords",
          "UpdateDeadLetterQueueRecordsVisibility", "RestoreDeadLetterQueueRecords", "CreateChannel", "DescribeChannel", "ListChannels",
          "UpdateChannel", "DeleteChannel", "UpdateStreamRecordDistributionStrategy", "SubscribeToShard"]


@pytest.mark.parametrize("operation", NEWEST)
def test_what_is_not_served_yet_is_named(server, kinesis, operation):
    answer = raw.post(server.port, operation, b"{}")
    assert answer.status in (400, 501)
    error = json.loads(answer.body)
    assert error["__type"] != "UnknownOperationException"
    # The operation is known: what it was given is checked, or it is said that it is not served.
    assert error["__type"] == "ValidationException" or operation in error.get("message", error.get("Message", ""))
