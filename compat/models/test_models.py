"""Requests to DynamoDB and CloudWatch against the models that AWS publishes with its SDKs: one member at a time breaks one
constraint (required, length, range, count, enumeration, pattern, type), and each is refused as the caller's fault."""

import copy
import json
import re

import pytest
from botocore.loaders import Loader

from harness import raw
from harness.client import client
from harness.flumen import Flumen, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

TARGETS = {"dynamodb": "DynamoDB_20120810.", "cloudwatch": "GraniteServiceVersion20100801."}
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/there"
KEY = {"k": {"S": "x"}}
TIMES = {"StartTime": 1_790_000_000, "EndTime": 1_790_003_600}
# What is refused only for the member that is broken afterwards.
REQUESTS = {
    "dynamodb": {
        "BatchGetItem": {"RequestItems": {"there": {"Keys": [KEY]}}},
        "BatchWriteItem": {"RequestItems": {"there": [{"PutRequest": {"Item": KEY}}]}},
        "CreateTable": {"TableName": "other", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
                        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"},
        "DeleteItem": {"TableName": "there", "Key": KEY},
        "DeleteTable": {"TableName": "other"},
        "DescribeContinuousBackups": {"TableName": "there"},
        "DescribeTable": {"TableName": "there"},
        "DescribeTimeToLive": {"TableName": "there"},
        "GetItem": {"TableName": "there", "Key": KEY},
        "ListTables": {},
        "ListTagsOfResource": {"ResourceArn": ARN},
        "PutItem": {"TableName": "there", "Item": KEY},
        "Query": {"TableName": "there", "KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": {"S": "x"}}},
        "Scan": {"TableName": "there"},
        "TagResource": {"ResourceArn": ARN, "Tags": [{"Key": "k", "Value": "v"}]},
        "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "there", "Key": KEY}}]},
        "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": "there", "Item": KEY}}]},
        "UntagResource": {"ResourceArn": ARN, "TagKeys": ["k"]},
        "UpdateContinuousBackups": {"TableName": "there", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
        "UpdateItem": {"TableName": "there", "Key": KEY},
        "UpdateTable": {"TableName": "there", "BillingMode": "PAY_PER_REQUEST"},
        "UpdateTimeToLive": {"TableName": "there", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "t"}},
    },
    "cloudwatch": {
        "PutMetricData": {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.0}]},
        "GetMetricData": TIMES | {"MetricDataQueries": [{"Id": "a", "MetricStat": {
            "Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}]},
        "GetMetricStatistics": TIMES | {"Namespace": "n", "MetricName": "m", "Period": 60, "Statistics": ["Sum"]},
        "ListMetrics": {},
    },
}
# Whole members that the service names as not served, or takes and does not use: docs/differences.md.
NOT_SERVED = {
    "dynamodb": {"StreamSpecification", "SSESpecification", "ResourcePolicy", "GlobalTableWitnessUpdates", "ReplicaUpdates",
                 "WarmThroughput", "OnDemandThroughput", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "TableClass",
                 "VectorIndexes", "GlobalTableSourceArn", "GlobalTableSettingsReplicationMode", "MultiRegionConsistency",
                 "DisassociationProtectionEnabled", "NextToken"},
    "cloudwatch": {"EntityMetricData", "StrictEntityValidation", "Expression", "ExtendedStatistics", "OwningAccount",
                   "IncludeLinkedAccounts", "AccountId", "Entity"},
}
ANY = ["", "x", "a b", "é", ":", "-", "9", "\x00", "x" * 3000]


def broken_values(shape):
    """What it may not be, with the constraint."""
    bounds = shape.get("min"), shape.get("max")
    match shape["type"]:
        case "string":
            if "enum" in shape:
                yield "enumeration", "NONE-OF-THEM"
                return
            yield "type", 5
            if bounds[0]:
                yield "length", ""
            if bounds[1] and bounds[1] < 100_000:
                yield "length", "x" * (bounds[1] + 1)
            if "pattern" in shape:
                for text in ANY:
                    fits = (bounds[0] or 0) <= len(text) <= (bounds[1] or 10**9)
                    if fits and not re.fullmatch(shape["pattern"], text):
                        yield "pattern", text
                        break
        case "integer" | "long" | "double":
            yield "type", "text"
            if bounds[0] is not None:
                yield "range", bounds[0] - 1
            if bounds[1] is not None:
                yield "range", bounds[1] + 1
        case "list":
            yield "type", "text"
            if bounds[0]:
                yield "count", []
            if bounds[1] and bounds[1] <= 1000:
                yield "count", None
        case "map" | "structure":
            yield "type", ["text"]
        case "boolean":
            yield "type", [1]


class Breaks:
    """Each place of a request that may break, and how."""

    def __init__(self, service, operation):
        self.model = Loader().load_service_model(service, "service-2")
        self.shapes, self.service = self.model["shapes"], service
        self.found = []
        root = self.model["operations"][operation]["input"]["shape"]
        self.walk(self.shapes[root], REQUESTS[service][operation], (), 0)

    def minimal(self, shape):
        """A value that the model allows."""
        match shape["type"]:
            case "string":
                texts = ["xxx", "abc", "a", "arn:aws:dynamodb:us-east-1:000000000000:table/there"]
                fits = [text for text in texts if len(text) >= (shape.get("min") or 0) and re.fullmatch(shape.get("pattern", "(?s).*"), text)]
                return shape["enum"][0] if "enum" in shape else fits[0]
            case "integer" | "long" | "double" | "timestamp":
                return max(shape.get("min", 1), 1)
            case "list":
                return [self.minimal(self.shapes[shape["member"]["shape"]])] * max(shape.get("min") or 0, 1)
            case "map":
                return {"k": self.minimal(self.shapes[shape["value"]["shape"]])}
            case "boolean":
                return True
            case "blob":
                return "eA=="
        if "AttributeValue" in str(shape.get("members", {}).get("L", "")) or "S" in shape["members"]:
            return {"S": "x"}
        return {name: self.minimal(self.shapes[shape["members"][name]["shape"]]) for name in shape.get("required", [])}

    def walk(self, shape, value, path, depth):
        if depth > 7:
            return
        if shape["type"] == "structure":
            for name in shape.get("required", []):
                self.found.append((path + (name,), "required", KeyError))
            if set(shape["members"]) >= {"S", "N", "BOOL"}:
                return
            for name, member in shape["members"].items():
                if name in NOT_SERVED[self.service]:
                    continue
                of_member = self.shapes[member["shape"]]
                within = value[name] if name in value else self.minimal(of_member)
                for why, broken in broken_values(of_member):
                    if why == "count" and broken is None:
                        broken = (within or [self.minimal(self.shapes[of_member["member"]["shape"]])])[:1] * (of_member["max"] + 1)
                    self.found.append((path + (name,), why, broken))
                if name in value or of_member["type"] in ("structure", "list"):
                    self.walk(of_member, within, path + ((name, within),), depth + 1)
        elif shape["type"] == "list" and value:
            of_member = self.shapes[shape["member"]["shape"]]
            for why, broken in broken_values(of_member):
                if not (why == "count" and broken is None):
                    self.found.append((path + (0,), why, broken))
            self.walk(of_member, value[0], path + ((0, value[0]),), depth + 1)


def place(path):
    return ".".join(str(step[0] if isinstance(step, tuple) else step) for step in path)


def broken(request, path, value):
    request = copy.deepcopy(request)
    at = request
    for step, within in path[:-1]:
        if isinstance(at, dict) and step not in at:
            at[step] = copy.deepcopy(within)
        at = at[step]
    if value is KeyError:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = value
    return request


CASES = [(service, operation) for service, operations in REQUESTS.items() for operation in operations]


@pytest.fixture(scope="module")
def server():
    with Flumen(ephemeral=True) as started:
        dynamodb = client(started.endpoint, service="dynamodb")
        dynamodb.create_table(TableName="there", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                              AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
        yield started


def ask(server, service, operation, request):
    """As JSON and past every client library, since they refuse or repair some of this themselves."""
    return raw.post(server.port, operation, json.dumps(request).encode(), raw.signed_for(service, TARGETS[service] + operation))


@pytest.mark.parametrize(("service", "operation"), CASES)
def test_a_broken_constraint_is_refused(server, service, operation):
    let_in, places = [], Breaks(service, operation).found
    for path, why, value in places:
        answer = ask(server, service, operation, broken(REQUESTS[service][operation], path, value))
        if answer.status != 400:
            told = "" if value is KeyError else repr(value)[:40]
            let_in.append(f"{place(path)}, {why} {told}: {answer.status}")
    assert places and not let_in, f"{len(let_in)} of {len(places)}:\n" + "\n".join(let_in)


@pytest.mark.parametrize(("service", "operation"), CASES)
def test_what_is_broken_is_else_let_in(server, service, operation):
    """Or the test above would pass for another reason."""
    answer = ask(server, service, operation, REQUESTS[service][operation])
    ends = b"ResourceNotFoundException" in answer.body and operation == "DeleteTable"
    assert answer.status == 200 or ends, answer.body
