"""Trails by CloudTrail's own client, and their files by the unmodified `aws cloudtrail validate-logs`."""

import contextlib
import datetime
import gzip
import json
import os
import pathlib
import subprocess
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.client import noting
from harness.flumen import running_elsewhere
from harness.with_server import started

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server that delivers every second")

AWS = pathlib.Path(__file__).parents[1] / "out" / "awscli1" / "bin" / "aws"
OFTEN = ("--audit-file-every", "1s", "--audit-digest-every", "2s")
ACCOUNT = "000000000000"
WITHIN = 60


@contextlib.contextmanager
def server(*flags):
    with started(*OFTEN, *flags) as (running, environment):
        yield Server(running, environment)


class Server:
    def __init__(self, running, environment):
        self.running, self.environment = running, environment
        self.begun = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)

    def client(self, service, region="us-east-1", key=None, **config):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        access, secret = key or (self.environment[name] for name in names)
        return noting(boto3.client(
            service, endpoint_url=self.running.endpoint, region_name=region, aws_access_key_id=access, aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 1}, **config)))

    def validate(self, trail, region="us-east-1"):
        """The exit status, and what was printed to either."""
        if not AWS.exists():
            if os.environ.get("CI"):
                pytest.fail(f"CI has the command line: {AWS} is missing")
            pytest.skip(f"{AWS} is not installed")
        environment = os.environ | self.environment | {
            "AWS_ENDPOINT_URL": self.running.endpoint, "AWS_PAGER": "", "AWS_CONFIG_FILE": "/nonexistent"}
        command = [AWS, "--region", region, "cloudtrail", "validate-logs", "--trail-arn", trail, "--verbose",
                   "--start-time", self.begun.strftime("%Y-%m-%dT%H:%M:%SZ")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
        return done.returncode, done.stdout + done.stderr


def until(condition):
    """What a condition becomes that has to hold before long."""
    last = time.monotonic() + WITHIN
    while not (held := condition()):
        assert time.monotonic() < last, "it does not come to that"
        time.sleep(0.1)
    return held


def code(call, **asked):
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return refused.value.response["Error"]["Code"]


def keys(s3, bucket, prefix=""):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": 2})
    return [found["Key"] for page in pages for found in page.get("Contents", ())]


def records(s3, bucket, region):
    """The events in the files of a region."""
    found = []
    for key in keys(s3, bucket, f"AWSLogs/{ACCOUNT}/CloudTrail/{region}/"):
        found += json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))["Records"]
    return found


def digests(s3, bucket, region="us-east-1"):
    return keys(s3, bucket, f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{region}/")


def test_every_operation_of_a_trail():
    with server() as here:
        trails = here.client("cloudtrail")
        made = trails.create_trail(Name="ops", S3BucketName="logs", EnableLogFileValidation=True, IsMultiRegionTrail=True,
                                   TagsList=[{"Key": "team", "Value": "ours"}])
        arn = made["TrailARN"]
        assert arn == f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/ops"
        assert code(trails.create_trail, Name="ops", S3BucketName="logs") == "TrailAlreadyExistsException"
        assert trails.update_trail(Name="ops", S3KeyPrefix="team")["S3KeyPrefix"] == "team"
        assert [trail["Name"] for trail in trails.describe_trails()["trailList"]] == ["flumen", "ops"]
        assert trails.get_trail(Name=arn)["Trail"]["HomeRegion"] == "us-east-1"
        assert {trail["Name"] for page in trails.get_paginator("list_trails").paginate() for trail in page["Trails"]} == {"flumen", "ops"}
        trails.put_event_selectors(TrailName="ops", AdvancedEventSelectors=[{"Name": "all", "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]}]}])
        selectors = trails.get_event_selectors(TrailName="ops")
        assert selectors["AdvancedEventSelectors"][0]["FieldSelectors"][0]["Equals"] == ["Management"]
        assert code(trails.get_insight_selectors, TrailName="ops") == "InsightNotEnabledException"
        trails.start_logging(Name="ops")
        assert trails.get_trail_status(Name="ops")["IsLogging"]
        trails.stop_logging(Name="ops")
        status = trails.get_trail_status(Name="ops")
        assert not status["IsLogging"] and status["LatestDigestDeliveryTime"] >= status["StopLoggingTime"]
        trails.add_tags(ResourceId=arn, TagsList=[{"Key": "a", "Value": "b"}])
        trails.remove_tags(ResourceId=arn, TagsList=[{"Key": "team"}])
        assert trails.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == [{"Key": "a", "Value": "b"}]
        [key] = trails.list_public_keys()["PublicKeyList"]
        assert key["ValidityStartTime"] < key["ValidityEndTime"] and len(key["Fingerprint"]) == 32
        trails.delete_trail(Name="ops")
        assert code(trails.get_trail, Name="ops") == "TrailNotFoundException"
        assert code(trails.stop_logging, Name="flumen") == "OperationNotPermittedException"
        assert code(trails.list_channels) == "UnsupportedOperationException"

        found = trails.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn}])["Events"]
        assert [event["EventName"] for event in found][-1] == "CreateTrail"
        assert json.loads(found[-1]["CloudTrailEvent"])["requestParameters"]["s3BucketName"] == "logs"


def test_files_and_digests_are_valid_for_the_command_of_aws():
    with server() as here:
        trails, s3 = here.client("cloudtrail"), here.client("s3")
        arn = trails.create_trail(Name="ops", S3BucketName="logs", EnableLogFileValidation=True, IsMultiRegionTrail=True)["TrailARN"]
        trails.start_logging(Name="ops")
        here.client("kinesis").create_stream(StreamName="here", ShardCount=1)
        here.client("kinesis", "eu-west-1").create_stream(StreamName="there", ShardCount=1)
        until(lambda: len(digests(s3, "logs")) >= 2 and digests(s3, "logs", "eu-west-1"))
        for region, stream in (("us-east-1", "here"), ("eu-west-1", "there")):
            status, printed = here.validate(arn, region)
            assert status == 0 and "INVALID" not in printed, printed
            assert "digest files valid" in printed and "log files valid" in printed, printed
            names = [event["requestParameters"]["streamName"] for event in records(s3, "logs", region) if event["eventName"] == "CreateStream"]
            assert names == [stream]
        # The server's own, which nobody asked for.
        status, printed = here.validate(f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/flumen")
        assert status == 0 and "log files valid" in printed and "INVALID" not in printed, printed

        # A restart goes on with the chain.
        before = digests(s3, "logs")
        here.running.restart()
        here.client("kinesis").delete_stream(StreamName="here")
        until(lambda: len(digests(s3, "logs")) >= len(before) + 2)
        until(lambda: any(event["eventName"] == "DeleteStream" for event in records(s3, "logs", "us-east-1")))
        status, printed = here.validate(arn)
        assert status == 0 and "INVALID" not in printed and "No log files were delivered" not in printed, printed

        # So does a crash.
        before = digests(s3, "logs")
        here.running.kill()
        here.running.start()
        until(lambda: len(digests(s3, "logs")) > len(before))
        status, printed = here.validate(arn)
        assert status == 0 and "INVALID" not in printed, printed


def test_stopping_delivers_a_last_digest_and_starting_again_begins_a_chain():
    with server() as here:
        trails, s3 = here.client("cloudtrail"), here.client("s3")
        arn = trails.create_trail(Name="ops", S3BucketName="logs", EnableLogFileValidation=True)["TrailARN"]
        trails.start_logging(Name="ops")
        here.client("kinesis").create_stream(StreamName="here", ShardCount=1)
        trails.stop_logging(Name="ops")
        # Everything is there when the call is answered.
        assert any(event["eventName"] == "CreateStream" for event in records(s3, "logs", "us-east-1"))
        last = digests(s3, "logs")
        status, printed = here.validate(arn)
        assert status == 0 and "INVALID" not in printed and "log files valid" in printed, printed
        here.client("kinesis").delete_stream(StreamName="here")
        time.sleep(3)
        assert digests(s3, "logs") == last, "nothing is delivered that nobody logs"
        trails.start_logging(Name="ops")
        until(lambda: len(digests(s3, "logs")) > len(last))
        status, printed = here.validate(arn)
        assert status == 0 and "INVALID" not in printed, printed
        assert "No log files were delivered by CloudTrail between" in printed, "the time between is a gap"
        assert not any(event["eventName"] == "DeleteStream" for event in records(s3, "logs", "us-east-1"))


def test_records_leave_events_where_a_selector_asks():
    with server() as here:
        trails, s3, kinesis = here.client("cloudtrail"), here.client("s3"), here.client("kinesis")
        for name in ("seen", "unseen"):
            kinesis.create_stream(StreamName=name, ShardCount=1)
        trails.create_trail(Name="ops", S3BucketName="logs")
        trails.put_event_selectors(TrailName="ops", AdvancedEventSelectors=[{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::Kinesis::Stream"]},
            {"Field": "resources.ARN", "EndsWith": ["/seen"]}, {"Field": "readOnly", "Equals": ["false"]}]}])
        trails.start_logging(Name="ops")
        for name in ("seen", "unseen"):
            kinesis.put_record(StreamName=name, PartitionKey="k", Data=b"told to nobody")
            kinesis.get_shard_iterator(StreamName=name, ShardId="0", ShardIteratorType="LATEST")
        trails.stop_logging(Name="ops")
        [event] = records(s3, "logs", "us-east-1")
        assert (event["eventName"], event["eventCategory"]) == ("PutRecord", "Data")
        assert event["resources"][0]["ARN"].endswith(":stream/seen")
        assert "told" not in json.dumps(event) and "partitionKey" not in json.dumps(event)


def test_files_are_only_read():
    with server() as here:
        s3 = here.client("s3")
        until(lambda: digests(s3, "flumen-audit"))
        key = digests(s3, "flumen-audit")[0]
        assert s3.get_bucket_location(Bucket="flumen-audit")["LocationConstraint"] is None
        s3.head_bucket(Bucket="flumen-audit")
        whole = s3.get_object(Bucket="flumen-audit", Key=key)
        content = whole["Body"].read()
        assert whole["Metadata"]["signature-algorithm"] == "SHA256withRSA"
        assert s3.head_object(Bucket="flumen-audit", Key=key)["ContentLength"] == len(content)
        assert s3.get_object(Bucket="flumen-audit", Key=key, Range="bytes=0-1")["Body"].read() == content[:2] == b"\x1f\x8b"
        listed = s3.list_objects(Bucket="flumen-audit", Delimiter="/", Prefix=f"AWSLogs/{ACCOUNT}/")
        assert f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/" in [found["Prefix"] for found in listed["CommonPrefixes"]]
        shared = here.client("s3", signature_version="s3v4").generate_presigned_url("get_object", Params={"Bucket": "flumen-audit", "Key": key}, ExpiresIn=60)
        curl = subprocess.run(["curl", "-sS", "-f", shared], capture_output=True, timeout=30, check=True)
        assert curl.stdout == content
        assert code(s3.get_object, Bucket="flumen-audit", Key="none") == "NoSuchKey"
        assert code(s3.list_objects_v2, Bucket="nobodys") == "NoSuchBucket"
        for call, asked in ((s3.put_object, {"Key": key, "Body": b"x"}), (s3.delete_object, {"Key": key}),
                            (s3.delete_objects, {"Delete": {"Objects": [{"Key": key}]}}), (s3.delete_bucket, {})):
            assert code(call, Bucket="flumen-audit", **asked) == "MethodNotAllowed"
        wrong = here.client("s3", key=(here.environment["AWS_ACCESS_KEY_ID"], "wrong"))
        assert code(wrong.get_object, Bucket="flumen-audit", Key=key) == "SignatureDoesNotMatch"
