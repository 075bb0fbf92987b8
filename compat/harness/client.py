"""boto3 clients for a server of the harness, and the errors that they raise."""

import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"

# What was answered with success, by whichever client of the suite: pairs such as ("kinesis", "PutRecord").
ANSWERED = set()


def noting(made):
    """The client, whose successes are noted."""
    def note(http_response, model, **_):
        if http_response.status_code == 200:
            ANSWERED.add((model.service_model.service_name, model.name))
    made.meta.events.register("after-call", note)
    return made


def client(endpoint, access_key="test", secret_key="test", region=REGION, verify=None, service="kinesis", token=None, **config):
    # Without the client's own checks, so that the server's are seen; without retries, so that each answer is.
    defaults = {"parameter_validation": False, "retries": {"total_max_attempts": 1}, "read_timeout": 30,
                "max_pool_connections": 64}
    return noting(boto3.client(
        service, endpoint_url=endpoint, region_name=region, aws_access_key_id=access_key, aws_secret_access_key=secret_key,
        aws_session_token=token, verify=verify, config=Config(**(defaults | config))))


def refusal(code, call, **arguments):
    """The message of the error that the call must end in."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    assert error["Code"] == code, error
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.get("Message", "")


def patiently(call, **arguments):
    """Where limits are on, others may have read what the shard gives in a second."""
    for _ in range(100):
        try:
            return call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ProvisionedThroughputExceededException":
                raise
            time.sleep(0.1)
    raise TimeoutError(f"throttled for too long: {arguments}")


def read_shard(kinesis, stream, shard, kind="TRIM_HORIZON", **arguments):
    """All records from there to the tip, or to the end of a closed shard."""
    iterator = patiently(kinesis.get_shard_iterator, StreamName=stream, ShardId=shard, ShardIteratorType=kind, **arguments)["ShardIterator"]
    found = []
    while iterator:
        answer = patiently(kinesis.get_records, ShardIterator=iterator)
        found += answer["Records"]
        iterator = answer.get("NextShardIterator")
        if not answer["Records"] and answer["MillisBehindLatest"] == 0:
            break
    return found


def shards(kinesis, stream, **arguments):
    # By hand: the paginator repeats the stream's name beside the token, which the service refuses.
    page = kinesis.list_shards(StreamName=stream, **arguments)
    found = page["Shards"]
    while token := page.get("NextToken"):
        page = kinesis.list_shards(NextToken=token)
        found += page["Shards"]
    return found


def read_stream(kinesis, stream):
    """The records of every shard, parents before children."""
    return {shard["ShardId"]: read_shard(kinesis, stream, shard["ShardId"]) for shard in shards(kinesis, stream)}


def is_open(shard):
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]
