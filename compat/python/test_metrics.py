"""CloudWatch's part: what clients report is read back, in each of the three protocols, and seen by a Prometheus."""

import datetime
import gzip
import re
import time
import urllib.parse
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness.client import REGION, client
from harness.flumen import Flumen, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="peers have no metrics")


@pytest.fixture(scope="module")
def cloudwatch(server):
    return client(server.endpoint, service="cloudwatch")


def around_now():
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"StartTime": now - datetime.timedelta(minutes=10), "EndTime": now + datetime.timedelta(minutes=2)}


def statistics(cloudwatch, namespace, metric, dimensions=(), **arguments):
    """Of all points of the last minutes together."""
    answer = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=metric, Dimensions=[{"Name": n, "Value": v} for n, v in dimensions], Period=86400,
        Statistics=["SampleCount", "Sum", "Minimum", "Maximum", "Average"], **(around_now() | arguments))
    return answer["Datapoints"]


def post(server, form, packed=False, secret="test"):
    """As SDKs that know only the query protocol send it."""
    body = urllib.parse.urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    if packed:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    request = AWSRequest("POST", server.endpoint + "/", headers, body)
    SigV4Auth(Credentials("test", secret), "monitoring", REGION).add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(request.url, body, dict(request.headers)), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_reported_metrics_are_read_back(cloudwatch):
    data = [{"MetricName": "Lag", "Dimensions": [{"Name": "ShardId", "Value": "s-1"}], "Unit": "Milliseconds", "Value": 1.5},
            {"MetricName": "Lag", "Dimensions": [{"Name": "ShardId", "Value": "s-1"}], "Unit": "Milliseconds",
             "StatisticValues": {"SampleCount": 2, "Sum": 6, "Minimum": 2, "Maximum": 4}},
            {"MetricName": "Count", "Values": [1, 2], "Counts": [3, 1], "Timestamp": time.time()}]
    cloudwatch.put_metric_data(Namespace="read back", MetricData=data)
    (lag,) = statistics(cloudwatch, "read back", "Lag", [("ShardId", "s-1")])
    assert (lag["SampleCount"], lag["Sum"], lag["Minimum"], lag["Maximum"], lag["Average"]) == (3, 7.5, 1.5, 4, 2.5)
    assert lag["Unit"] == "Milliseconds"
    listed = cloudwatch.list_metrics(Namespace="read back")["Metrics"]
    assert [(m["MetricName"], m["Dimensions"]) for m in listed] == [("Count", []), ("Lag", data[0]["Dimensions"])]
    query = {"Id": "a", "MetricStat": {"Metric": listed[0], "Period": 60, "Stat": "Sum"}}
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **around_now())["MetricDataResults"]
    assert (result["Id"], sum(result["Values"]), result["StatusCode"]) == ("a", 5, "Complete")
    assert abs(result["Timestamps"][0].timestamp() - time.time()) < 120


def test_large_reports_come_packed(cloudwatch):
    # Above 10 KiB the SDK packs by itself.
    data = [{"MetricName": f"a metric with a long name, and that is number {n}", "Value": n} for n in range(1000)]
    cloudwatch.put_metric_data(Namespace="packed", MetricData=data)
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="packed")
    assert sum(len(page["Metrics"]) for page in pages) == 1000


@pytest.mark.parametrize("packed", [False, True])
def test_forms_are_answered_with_xml(server, packed):
    namespace = f"form {packed}"
    form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": namespace,
            "MetricData.member.1.MetricName": "RecordsProcessed", "MetricData.member.1.Unit": "Count",
            "MetricData.member.1.Dimensions.member.1.Name": "Operation",
            "MetricData.member.1.Dimensions.member.1.Value": "Process<Task>",
            "MetricData.member.1.StatisticValues.SampleCount": "2.0", "MetricData.member.1.StatisticValues.Sum": "3.5",
            "MetricData.member.1.StatisticValues.Minimum": "1.0", "MetricData.member.1.StatisticValues.Maximum": "2.5"}
    status, body = post(server, form, packed)
    assert status == 200 and re.fullmatch(
        '<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><ResponseMetadata>'
        "<RequestId>[0-9a-f-]{36}</RequestId></ResponseMetadata></PutMetricDataResponse>", body), body
    status, body = post(server, {"Action": "ListMetrics", "Version": "2010-08-01", "Namespace": namespace}, packed)
    assert "<Name>Operation</Name><Value>Process&lt;Task&gt;</Value>" in body, body
    ask = {"Action": "GetMetricStatistics", "Version": "2010-08-01", "Namespace": namespace, "MetricName": "RecordsProcessed",
           "Dimensions.member.1.Name": "Operation", "Dimensions.member.1.Value": "Process<Task>", "Period": "86400",
           "Statistics.member.1": "Sum"} | {name: time.isoformat() for name, time in around_now().items()}
    status, body = post(server, ask, packed)
    assert "<Sum>3.5</Sum><Unit>Count</Unit>" in body, body
    status, body = post(server, form | {"MetricData.member.1.Unit": "Miles"}, packed)
    assert status == 400 and "<Type>Sender</Type><Code>ValidationError</Code>" in body, body
    status, body = post(server, {"Action": "Nonsense"}, packed)
    assert status == 400 and "<Code>InvalidAction</Code>" in body, body


def rpc(server, operation, body):
    """As SDKs that prefer Smithy's RPC v2 send it."""
    url = f"{server.endpoint}/service/GraniteServiceVersion20100801/operation/{operation}"
    headers = {"Content-Type": "application/cbor", "Accept": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "x-amzn-query-mode": "true"}
    request = AWSRequest("POST", url, headers, body)
    SigV4Auth(Credentials("test", "test"), "monitoring", REGION).add_auth(request)
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, body, dict(request.headers)), timeout=10)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.headers, answer.read()


def test_cbor_is_answered_with_cbor(server, cloudwatch):
    # {Namespace: "cbor", MetricData: [{MetricName: "m", Timestamp: now, Value: 7}]}, with the whole number as an integer.
    time_of_it = b"\xc1\x1a" + int(time.time()).to_bytes(4, "big")
    body = b"\xa2\x69Namespace\x64cbor\x6aMetricData\x81\xa3\x6aMetricName\x61m\x69Timestamp" + time_of_it + b"\x65Value\x07"
    status, headers, answer = rpc(server, "PutMetricData", body)
    assert (status, headers["smithy-protocol"], headers["Content-Type"], answer) == (200, "rpc-v2-cbor", "application/cbor", b"\xbf\xff")
    assert statistics(cloudwatch, "cbor", "m")[0]["Sum"] == 7
    status, headers, answer = rpc(server, "ListMetrics", b"\xa1\x69Namespace\x64cbor")
    assert status == 200 and b"\x6aMetricName\x61m" in answer
    status, headers, answer = rpc(server, "PutMetricData", b"\xa1\x69Namespace\x64cbor")
    assert (status, headers["smithy-protocol"], headers["x-amzn-query-error"]) == (400, "rpc-v2-cbor", "MissingParameter;Sender")
    assert b"com.amazonaws.cloudwatch#MissingRequiredParameterException" in answer
    assert rpc(server, "PutMetricData", b"\xff")[0] == 400


def test_a_small_body_that_unpacks_to_much_is_refused(server):
    status, body = post(server, {"Action": "PutMetricData", "Namespace": "x" * 30_000_000}, packed=True)
    assert status == 400 and "larger than 1048576 bytes" in body, body[:500]


def test_refusals_have_the_codes_that_clients_know(cloudwatch):
    def refused(call, **arguments):
        with pytest.raises(ClientError) as raised:
            call(**arguments)
        return raised.value.response["Error"]["Code"]

    datum = {"MetricName": "m", "Value": 1}
    assert refused(cloudwatch.put_metric_data, Namespace="AWS/Mine", MetricData=[datum]) == "InvalidParameterValue"
    assert refused(cloudwatch.put_metric_data, Namespace="n", MetricData=[]) == "MissingParameter"
    both = datum | {"Values": [1]}
    assert refused(cloudwatch.put_metric_data, Namespace="n", MetricData=[both]) == "InvalidParameterCombination"
    assert refused(cloudwatch.describe_alarms) == "UnsupportedOperation"


def test_kinesis_reports_of_itself(cloudwatch, kinesis, stream):
    for n in range(3):
        kinesis.put_record(StreamName=stream, Data=b"12345", PartitionKey="key")
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinesis.get_records(ShardIterator=iterator)
    of = [("StreamName", stream)]
    sums = {name: statistics(cloudwatch, "AWS/Kinesis", name, of)[0]["Sum"]
            for name in ("IncomingRecords", "IncomingBytes", "PutRecord.Success", "GetRecords.Records",
                         "WriteProvisionedThroughputExceeded")}
    assert sums == {"IncomingRecords": 3, "IncomingBytes": 24, "PutRecord.Success": 3, "GetRecords.Records": 3,
                    "WriteProvisionedThroughputExceeded": 0}
    assert statistics(cloudwatch, "AWS/Kinesis", "PutRecord.Latency", of)[0]["Average"] > 0
    named = {m["MetricName"] for m in cloudwatch.list_metrics(Namespace="AWS/Kinesis", Dimensions=[{"Name": "StreamName", "Value": stream}])["Metrics"]}
    assert "GetRecords.IteratorAgeMilliseconds" in named and "PutRecords.Success" not in named


def test_a_prometheus_sees_what_is_reported(server, cloudwatch):
    dimensions = [{"Name": "ShardId", "Value": "s-9"}]
    cloudwatch.put_metric_data(Namespace="seen", MetricData=[{"MetricName": "MillisBehindLatest", "Dimensions": dimensions, "Value": 7}])
    page = urllib.request.urlopen(server.endpoint + "/metrics", timeout=10).read().decode()
    assert ('cloudwatch_millis_behind_latest_sum{account="000000000000",metric="MillisBehindLatest",namespace="seen",'
            'region="us-east-1",shard_id="s-9",unit="None"} 7\n') in page


def test_accounts_and_regions_do_not_see_each_other(server):
    mine = client(server.endpoint, access_key="111111111111", service="cloudwatch")
    mine.put_metric_data(Namespace="mine", MetricData=[{"MetricName": "m", "Value": 1}])
    assert len(mine.list_metrics(Namespace="mine")["Metrics"]) == 1
    for other in (client(server.endpoint, access_key="222222222222", service="cloudwatch"),
                  client(server.endpoint, access_key="111111111111", region="eu-west-1", service="cloudwatch")):
        assert other.list_metrics(Namespace="mine")["Metrics"] == []


def test_the_series_reported_longest_ago_make_room(tmp_path):
    with Flumen("--metrics-series", "16") as server:
        cloudwatch = client(server.endpoint, service="cloudwatch")
        for n in range(40):
            cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": f"m{n:02}", "Value": n}])
        assert [m["MetricName"] for m in cloudwatch.list_metrics()["Metrics"]][-1] == "m39"
        assert 14 <= len(cloudwatch.list_metrics()["Metrics"]) <= 16


def test_only_whoever_signs_with_a_known_key_is_heard(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[test]\naws_access_key_id = test\naws_secret_access_key = test\n")
    file.chmod(0o600)
    with Flumen("--credentials", str(file)) as server:
        datum = {"MetricName": "m", "Value": 1}
        client(server.endpoint, service="cloudwatch").put_metric_data(Namespace="n", MetricData=[datum])
        for secret, key, code in (("wrong", "test", "SignatureDoesNotMatch"), ("test", "unknown", "InvalidClientTokenId")):
            with pytest.raises(ClientError) as raised:
                client(server.endpoint, key, secret, service="cloudwatch").put_metric_data(Namespace="n", MetricData=[datum])
            assert raised.value.response["Error"]["Code"] == code
        assert post(server, {"Action": "ListMetrics"})[0] == 200
        status, body = post(server, {"Action": "ListMetrics"}, secret="wrong")
        assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in body, body
