"""Ansible's modules of amazon.aws and community.aws for users, groups, roles, policies, access keys, keys of KMS and encrypted streams: what
a playbook says becomes so, a second run changes nothing, and checks foretell what runs do."""

import os
import pathlib
import re
import subprocess

import pytest

from harness.client import client
from harness.flumen import Flumen, binary, running_elsewhere
from harness.people import Key, environment

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(300)]

HERE = pathlib.Path(__file__).parent
OUT = HERE.parent / "out"
ROOT = Key("AKIAROOTROOTROOTROOT", "root/secret+key")
FIRST = {"team": "ops", "action": "kinesis:PutRecords", "policy": "FlumenProducer", "session": 3600}
LATER = {"team": "data", "action": "kinesis:PutRecord", "policy": "FlumenOperator", "session": 7200}


@pytest.fixture
def server(tmp_path):
    given = {"FLUMEN_ROOT_ACCESS_KEY_ID": ROOT.access_key, "FLUMEN_ROOT_SECRET_ACCESS_KEY": ROOT.secret_key}
    subprocess.run([binary(), "init", "--data-dir", str(tmp_path / "data")], env=os.environ | given, check=True, capture_output=True, timeout=60)
    with Flumen(data_dir=tmp_path / "data") as started:
        yield started


def play(server, book, tmp_path, check=False, **variables):
    """How many tasks changed something."""
    command = [str(OUT / "ansible" / "bin" / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(HERE / book)]
    command += ["--check"] if check else []
    for name, value in variables.items():
        command += ["-e", f"{name}={value}"]
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(OUT), "ANSIBLE_HOME": str(tmp_path / "ansible"), "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_PYTHON_INTERPRETER": str(OUT / "ansible" / "bin" / "python"), "ANSIBLE_DEPRECATION_WARNINGS": "0",
                "AWS_ENDPOINT_URL": server.endpoint, "AWS_CONFIG_FILE": "/nonexistent", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=os.environ | environment(ROOT) | settings, capture_output=True, text=True, timeout=120,
                          check=False, cwd=tmp_path)
    recap = re.search(r"changed=(\d+)", done.stdout)
    assert done.returncode == 0 and recap, done.stdout + done.stderr
    return int(recap[1])


def test_a_second_run_changes_nothing(server, tmp_path):
    assert play(server, "present.yml", tmp_path, **FIRST) == 7
    assert play(server, "present.yml", tmp_path, **FIRST) == 0
    assert play(server, "present.yml", tmp_path, check=True, **FIRST) == 0
    # Of everything something is another.
    assert play(server, "present.yml", tmp_path, check=True, **LATER) == 7
    assert play(server, "present.yml", tmp_path, **LATER) == 7
    assert play(server, "present.yml", tmp_path, **LATER) == 0
    play(server, "keys.yml", tmp_path)

    iam = client(server.endpoint, *ROOT, service="iam")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["ana"]
    iam.create_access_key(UserName="ana")
    assert play(server, "absent.yml", tmp_path, check=True) == 4
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["ana"], "a check changes nothing"
    assert play(server, "absent.yml", tmp_path) == 4
    assert play(server, "absent.yml", tmp_path) == 0
    left = iam.list_users()["Users"] + iam.list_groups()["Groups"] + iam.list_roles()["Roles"] + iam.list_policies(Scope="Local")["Policies"]
    assert left == []


def test_a_key_becomes_what_a_playbook_says(server, tmp_path):
    first = {"description": "first", "enabled": "true", "team": "ops"}
    later = {"description": "later", "enabled": "true", "team": "data"}
    assert play(server, "kms.yml", tmp_path, **first) == 1
    assert play(server, "kms.yml", tmp_path, **first) == 0
    assert play(server, "kms.yml", tmp_path, **later) == 1
    assert play(server, "kms.yml", tmp_path, **later) == 0
    kms = client(server.endpoint, *ROOT, service="kms")
    key = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert key["Description"] == "later" and key["Enabled"]
    assert [grant["GranteePrincipal"].rsplit("/")[-1] for grant in kms.list_grants(KeyId=key["KeyId"])["Grants"]] == ["data"]
    assert play(server, "kms.yml", tmp_path, **later | {"enabled": "false"}) == 1
    assert not kms.describe_key(KeyId="alias/orders")["KeyMetadata"]["Enabled"]
    assert play(server, "kms_absent.yml", tmp_path) == 1
    assert play(server, "kms_absent.yml", tmp_path) == 0
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_stream_is_encrypted_as_a_playbook_says(server, tmp_path):
    kinesis, kms = client(server.endpoint, *ROOT), client(server.endpoint, *ROOT, service="kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert play(server, "stream.yml", tmp_path, encryption="enabled", key=key) == 2
    assert play(server, "stream.yml", tmp_path, encryption="enabled", key=key) == 0
    seen = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert (seen["EncryptionType"], seen["KeyId"]) == ("KMS", key)
    assert play(server, "stream.yml", tmp_path, encryption="enabled", key="alias/aws/kinesis") == 1
    assert kinesis.put_record(StreamName="orders", Data=b"sealed", PartitionKey="k")["EncryptionType"] == "KMS"
    assert play(server, "stream.yml", tmp_path, encryption="disabled", key="alias/aws/kinesis") == 1
    assert play(server, "stream.yml", tmp_path, encryption="disabled", key="alias/aws/kinesis") == 0
    assert kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["EncryptionType"] == "NONE"
