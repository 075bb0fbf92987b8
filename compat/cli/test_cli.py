"""The AWS command line, version 1 and, where Debian's package is installed, version 2."""

import base64
import json
import os
import pathlib
import subprocess

import pytest

from harness import with_server

VERSIONS = {"v1": pathlib.Path(__file__).parents[1] / "out" / "awscli1" / "bin" / "aws", "v2": pathlib.Path("/usr/bin/aws")}


@pytest.fixture(scope="module")
def environment():
    with with_server.environment() as found:
        yield os.environ | found | {"AWS_PAGER": "", "AWS_CONFIG_FILE": "/nonexistent", "AWS_MAX_ATTEMPTS": "1"}


@pytest.fixture(params=VERSIONS)
def aws(request, environment):
    program = VERSIONS[request.param]
    if not program.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI has every version of the command line: {program} is missing")
        pytest.skip(f"{program} is not installed")

    def run(*arguments, fails=False, tls=False, service="kinesis", key=None):
        endpoint = environment.get("FLUMEN_TLS_ENDPOINT") if tls else environment.get("FLUMEN_ENDPOINT", os.environ.get("FLUMEN_ENDPOINT"))
        command = [str(program), "--endpoint-url", endpoint, "--output", "json", service, *arguments]
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment | dict(zip(names, key or ())), check=False)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout or "{}")

    run.version = request.param
    return run


def blob(aws, data):
    """Version 2 takes binary arguments in base64, version 1 as they are."""
    return data if aws.version == "v1" else base64.b64encode(data.encode()).decode()


def test_a_stream_is_made_filled_split_read_and_deleted(aws):
    stream = f"cli-{aws.version}"
    aws("create-stream", "--stream-name", stream, "--shard-count", "1")
    aws("add-tags-to-stream", "--stream-name", stream, "--tags", "team=ours")
    aws("wait", "stream-exists", "--stream-name", stream)
    put = aws("put-record", "--stream-name", stream, "--partition-key", "k", "--data", blob(aws, "before"))
    aws("split-shard", "--stream-name", stream, "--shard-to-split", put["ShardId"], "--new-starting-hash-key", str(2**127))
    aws("wait", "stream-exists", "--stream-name", stream)
    records = [{"Data": blob(aws, f"after {n}"), "PartitionKey": f"k{n}"} for n in range(10)]
    answer = aws("put-records", "--stream-name", stream, "--records", json.dumps(records))
    assert answer["FailedRecordCount"] == 0

    seen = aws("describe-stream", "--stream-name", stream)["StreamDescription"]
    assert [shard["ShardId"][-1] for shard in seen["Shards"]] == ["0", "1", "2"]
    found = []
    for shard in aws("list-shards", "--stream-name", stream)["Shards"]:
        iterator = aws("get-shard-iterator", "--stream-name", stream, "--shard-id", shard["ShardId"],
                       "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
        found += [base64.b64decode(record["Data"]).decode() for record in aws("get-records", "--shard-iterator", iterator)["Records"]]
    assert found[0] == "before"
    assert sorted(found[1:]) == [f"after {n}" for n in range(10)]

    assert aws("list-tags-for-stream", "--stream-name", stream)["Tags"] == [{"Key": "team", "Value": "ours"}]
    assert stream in aws("list-streams", "--page-size", "1")["StreamNames"]
    aws("increase-stream-retention-period", "--stream-name", stream, "--retention-period-hours", "48")
    assert aws("describe-stream-summary", "--stream-name", stream)["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48
    aws("delete-stream", "--stream-name", stream)
    aws("wait", "stream-not-exists", "--stream-name", stream)


def test_an_error_is_shown_with_its_code_and_words(aws):
    shown = aws("describe-stream", "--stream-name", "missing", fails=True)
    assert "(ResourceNotFoundException)" in shown
    assert "Stream missing under account" in shown


def test_tls_is_trusted(aws, environment):
    if "FLUMEN_TLS_ENDPOINT" not in environment:
        pytest.skip("this server has no TLS port")
    assert "StreamNames" in aws("list-streams", tls=True)


def test_metrics_are_put_and_read(aws):
    def cloudwatch(*arguments):
        # Version 1 sends JSON or CBOR, whichever its release prefers, version 2 forms.
        return aws(*arguments, service="cloudwatch", tls=True)

    namespace = f"cli {aws.version}"
    cloudwatch("put-metric-data", "--namespace", namespace, "--metric-name", "Lag", "--value", "2.5", "--dimensions", "Shard=0")
    (metric,) = cloudwatch("list-metrics", "--namespace", namespace)["Metrics"]
    assert metric["MetricName"] == "Lag" and metric["Dimensions"] == [{"Name": "Shard", "Value": "0"}]
    seen = cloudwatch("get-metric-statistics", "--namespace", namespace, "--metric-name", "Lag", "--dimensions", "Name=Shard,Value=0",
                      "--start-time", "2026-01-01T00:00:00Z", "--end-time", "2126-01-01T00:00:00Z", "--period", "864000000",
                      "--statistics", "Average")
    assert [point["Average"] for point in seen["Datapoints"]] == [2.5]


@pytest.mark.timeout(300)
def test_a_user_is_made_told_may_what_its_policies_say_and_is_taken_away(aws, environment):
    if "FLUMEN_TLS_ENDPOINT" not in environment:
        pytest.skip("needs a root's credentials")
    name = f"cli-{aws.version}"

    def iam(*arguments, **more):
        return aws(*arguments, service="iam", **more)

    account = aws("get-caller-identity", service="sts")["Account"]
    policy = iam("create-policy", "--policy-name", name, "--policy-document", statement("kinesis:ListStreams", Resource="*"))["Policy"]["Arn"]
    iam("create-user", "--user-name", name, "--tags", "Key=team,Value=ours")
    iam("create-group", "--group-name", name)
    iam("add-user-to-group", "--group-name", name, "--user-name", name)
    iam("attach-group-policy", "--group-name", name, "--policy-arn", policy)
    made = iam("create-access-key", "--user-name", name)["AccessKey"]
    key = made["AccessKeyId"], made["SecretAccessKey"]
    user = iam("get-user", "--user-name", name)["User"]
    assert (user["Arn"], user["Tags"]) == (f"arn:aws:iam::{account}:user/{name}", [{"Key": "team", "Value": "ours"}])
    told = iam("simulate-principal-policy", "--policy-source-arn", user["Arn"], "--action-names", "kinesis:ListStreams", "kinesis:PutRecord")
    assert [result["EvalDecision"] for result in told["EvaluationResults"]] == ["allowed", "implicitDeny"]
    assert "StreamNames" in aws("list-streams", key=key)
    assert "(AccessDeniedException)" in aws("describe-limits", key=key, fails=True)

    iam("update-access-key", "--user-name", name, "--access-key-id", key[0], "--status", "Inactive")
    assert "(UnrecognizedClientException)" in aws("list-streams", key=key, fails=True)
    assert "(DeleteConflict)" in iam("delete-user", "--user-name", name, fails=True)
    iam("delete-access-key", "--user-name", name, "--access-key-id", key[0])
    iam("remove-user-from-group", "--group-name", name, "--user-name", name)
    iam("delete-user", "--user-name", name)
    assert "(NoSuchEntity)" in iam("get-user", "--user-name", name, fails=True)


@pytest.mark.timeout(300)
def test_a_role_is_assumed_until_it_is_taken_away(aws, environment):
    if "FLUMEN_TLS_ENDPOINT" not in environment:
        pytest.skip("needs a root's credentials")
    name = f"cli-role-{aws.version}"

    def iam(*arguments, **more):
        return aws(*arguments, service="iam", **more)

    who = aws("get-caller-identity", service="sts")
    trust = statement("sts:AssumeRole", Principal={"AWS": who["Arn"]})
    role = iam("create-role", "--role-name", name, "--assume-role-policy-document", trust)["Role"]["Arn"]
    iam("put-role-policy", "--role-name", name, "--policy-name", "own", "--policy-document", statement("kinesis:ListStreams", Resource="*"))
    iam("create-user", "--user-name", name)
    iam("put-user-policy", "--user-name", name, "--policy-name", "own", "--policy-document", statement("sts:AssumeRole", Resource=role))
    made = iam("create-access-key", "--user-name", name)["AccessKey"]
    session = aws("assume-role", "--role-arn", role, "--role-session-name", "deploy", service="sts",
                  key=(made["AccessKeyId"], made["SecretAccessKey"]))["Credentials"]
    key = session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
    assert aws("get-caller-identity", service="sts", key=key)["Arn"] == f"arn:aws:sts::{who['Account']}:assumed-role/{name}/deploy"
    assert "StreamNames" in aws("list-streams", key=key)
    iam("delete-role-policy", "--role-name", name, "--policy-name", "own")
    iam("delete-role", "--role-name", name)
    assert "(UnrecognizedClientException)" in aws("list-streams", key=key, fails=True)


def test_a_key_encrypts_is_rotated_and_leaves(aws, environment, tmp_path):
    def kms(*arguments, **more):
        return aws(*arguments, service="kms", **more)

    alias = f"alias/cli-{aws.version}"
    key = kms("create-key", "--description", "of a walk", "--tags", "TagKey=team,TagValue=ours")["KeyMetadata"]["KeyId"]
    kms("create-alias", "--alias-name", alias, "--target-key-id", key)
    # Debian's version 2 is older than periods and rotation on demand.
    is_new = aws.version == "v1"
    kms("enable-key-rotation", "--key-id", key, *(("--rotation-period-in-days", "180") if is_new else ()))
    status = kms("get-key-rotation-status", "--key-id", key)
    assert status["KeyRotationEnabled"] and status.get("RotationPeriodInDays", 180) == 180
    context = ("--encryption-context", "team=ours,for=a walk")
    encrypted = kms("encrypt", "--key-id", alias, "--plaintext", blob(aws, "secret"), *context)
    if is_new:
        kms("rotate-key-on-demand", "--key-id", key)
    file = tmp_path / "ciphertext"
    file.write_bytes(base64.b64decode(encrypted["CiphertextBlob"]))
    opened = kms("decrypt", "--ciphertext-blob", f"fileb://{file}", *context)
    assert base64.b64decode(opened["Plaintext"]) == b"secret" and opened["KeyId"].endswith(key)
    assert "(InvalidCiphertextException)" in kms("decrypt", "--ciphertext-blob", f"fileb://{file}", fails=True)
    assert [one["AliasName"] for one in kms("list-aliases", "--key-id", key)["Aliases"]] == [alias]
    policy = kms("get-key-policy", "--key-id", key, "--policy-name", "default")["Policy"]
    kms("put-key-policy", "--key-id", key, "--policy-name", "default", "--policy", policy)
    kms("schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")
    assert kms("describe-key", "--key-id", alias)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert "(KMSInvalidStateException)" in kms("encrypt", "--key-id", key, "--plaintext", blob(aws, "x"), fails=True)


def test_a_stream_is_encrypted_and_shut_by_its_key(aws):
    stream, shard = f"cli-encrypted-{aws.version}", "shardId-000000000000"
    key = aws("create-key", service="kms")["KeyMetadata"]["Arn"]
    aws("create-stream", "--stream-name", stream, "--shard-count", "1")
    aws("wait", "stream-exists", "--stream-name", stream)
    by = ("--stream-name", stream, "--encryption-type", "KMS", "--key-id")

    def put(data, **more):
        return aws("put-record", "--stream-name", stream, "--partition-key", "k", "--data", blob(aws, data), **more)

    def read(**more):
        at = aws("get-shard-iterator", "--stream-name", stream, "--shard-id", shard, "--shard-iterator-type", "TRIM_HORIZON")
        answer = aws("get-records", "--shard-iterator", at["ShardIterator"], **more)
        return answer if more else [(base64.b64decode(record["Data"]), record.get("EncryptionType")) for record in answer["Records"]]

    put("clear")
    aws("start-stream-encryption", *by, key)
    aws("wait", "stream-exists", "--stream-name", stream)
    seen = aws("describe-stream-summary", "--stream-name", stream)["StreamDescriptionSummary"]
    assert (seen["EncryptionType"], seen["KeyId"]) == ("KMS", key)
    assert put("sealed")["EncryptionType"] == "KMS"
    assert read() == [(b"clear", None), (b"sealed", "KMS")]
    aws("disable-key", "--key-id", key, service="kms")
    assert "(KMSDisabledException)" in put("refused", fails=True)
    # What stands before the first record that does not open is given.
    assert read() == [(b"clear", None)]
    aws("enable-key", "--key-id", key, service="kms")
    aws("start-stream-encryption", *by, "alias/aws/kinesis")
    put("by another")
    assert read()[1:] == [(b"sealed", "KMS"), (b"by another", "KMS")]
    aws("stop-stream-encryption", *by, "alias/aws/kinesis")
    assert aws("describe-stream", "--stream-name", stream)["StreamDescription"]["EncryptionType"] == "NONE"
    aws("schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7", service="kms")
    assert "(KMSInvalidStateException)" in aws("start-stream-encryption", *by, key, fails=True)
    aws("delete-stream", "--stream-name", stream)


def statement(action, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, **more}})
