"""Last by its name: the suite has seen every operation of every service succeed."""

import subprocess

import pytest

from harness.client import ANSWERED
from harness.flumen import binary, running_elsewhere


# Nobody has a password, and no trail has insights: AWS answers so too.
NEVER = {("iam", "GetLoginProfile"), ("cloudtrail", "GetInsightSelectors")}


def served():
    """What the program says that it serves: pairs such as ("kinesis", "PutRecord")."""
    told = subprocess.run([binary(), "policy", "actions"], capture_output=True, text=True, timeout=30, check=True).stdout
    header, *rows = (line.split() for line in told.splitlines())
    assert (header[:2], header[-1]) == (["service", "operation"], "served")
    return {(row[0], row[1]) for row in rows if row[-1] == "yes"}


@pytest.mark.skipif(running_elsewhere(), reason="only a part of the suite is run on a server elsewhere")
def test_every_operation_was_answered(request):
    if len(request.session.items) < 250:
        pytest.skip("only a part of the suite was run")
    operations = served()
    assert {service for service, _ in operations} == {"kinesis", "iam", "sts", "kms", "dynamodb", "cloudwatch", "cloudtrail"}
    assert sorted(operations - ANSWERED) == sorted(NEVER)
