"""IAM and STS as boto3 has them: who there is, what they may, and credentials for a while."""

import configparser
import json
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from harness.client import client
from harness.flumen import Flumen, binary, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

ACCOUNT = "000000000000"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


class Directory:
    """An initialised data directory with its server, and the root's credentials."""

    def __init__(self, path):
        self.server = Flumen(data_dir=path / "data")
        self.credentials = path / "root"
        self.run("init", "--write-credentials", str(self.credentials))
        self.root = credentials(self.credentials)

    def run(self, *arguments, fails=False):
        command = [binary(), *arguments, "--data-dir", str(self.server.data_dir)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    def client(self, service, key=None):
        access_key, secret, *token = key or self.root
        return client(self.server.endpoint, access_key, secret, service=service, token=token[0] if token else None)

    def user(self, name, *policies):
        iam = self.client("iam")
        iam.create_user(UserName=name)
        for policy in policies:
            iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def role(self, name, principal, statement):
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(statement))
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def credentials(path):
    parser = configparser.ConfigParser()
    parser.read(path)
    section = parser["default"]
    return section["aws_access_key_id"], section["aws_secret_access_key"]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def code(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Message"]


def assumed(sts, arn, **arguments):
    found = sts.assume_role(RoleArn=arn, RoleSessionName="session", **arguments)["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    made = Directory(tmp_path_factory.mktemp("identities"))
    with made.server:
        made.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        yield made


def test_whoever_initialised_is_root(directory):
    who = directory.client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, ROOT)
    assert directory.client("iam").get_user()["User"]["Arn"] == ROOT
    unsigned = client(directory.server.endpoint, "AKIANOBODYNOBODYNOBO", "x")
    assert code(unsigned.list_streams) == "UnrecognizedClientException"


def test_a_directory_is_initialised_once(directory, tmp_path):
    made = Directory(tmp_path)
    assert "is already initialised" in made.run("init", fails=True)
    out = made.run("init", "--recover")
    assert "aws_access_key_id" in out
    (tmp_path / "recovered").write_text(out)
    with made.server:
        assert code(made.client("sts").get_caller_identity) == "InvalidClientTokenId"
        new = credentials(tmp_path / "recovered")
        assert made.client("sts", new).get_caller_identity()["Arn"] == ROOT


def test_a_file_of_credentials_becomes_users(tmp_path):
    file = tmp_path / "clients"
    file.write_text("[kcl-app]\naws_access_key_id = AKIACLIENTCLIENTCLIE\naws_secret_access_key = theirs\n")
    made = Directory(tmp_path)
    made.run("init", "--import", str(file))
    key = ("AKIACLIENTCLIENTCLIE", "theirs")
    with made.server:
        assert made.client("sts", key).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/kcl-app"
        made.client("kinesis", key).create_stream(StreamName="s", ShardCount=1)
        assert code(made.client("iam", key).list_users) == "AccessDenied"


def test_a_user_may_what_policies_say_from_the_next_call_on(directory):
    key = directory.user("ana")
    kinesis, iam = directory.client("kinesis", key), directory.client("iam")
    put = {"StreamName": "s", "Data": b"x", "PartitionKey": "k"}
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    assert refused(kinesis.put_record, **put) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: kinesis:PutRecord on resource: {arn} because "
        "no identity-based policy allows the kinesis:PutRecord action")
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=document(allow("kinesis:Put*", arn)))
    kinesis.put_record(**put)
    # What is not there is decided about by the ARN that it would have.
    assert code(kinesis.put_record, **(put | {"StreamName": "t"})) == "AccessDeniedException"
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=document(allow("kinesis:Put*")))
    assert code(kinesis.put_record, **(put | {"StreamName": "t"})) == "ResourceNotFoundException"
    deny = allow("kinesis:PutRecord") | {"Effect": "Deny"}
    iam.put_user_policy(UserName="ana", PolicyName="no", PolicyDocument=document(deny))
    assert refused(kinesis.put_record, **put).endswith("with an explicit deny in an identity-based policy")
    assert iam.get_user_policy(UserName="ana", PolicyName="no")["PolicyDocument"]["Statement"] == [deny]
    iam.delete_user_policy(UserName="ana", PolicyName="no")
    kinesis.put_record(**put)


def test_an_iterator_is_decided_about_by_the_stream_that_it_is_of(directory):
    root = directory.client("kinesis")
    key = directory.user("reader")
    directory.client("iam").put_user_policy(
        UserName="reader", PolicyName="p",
        PolicyDocument=document(allow(["kinesis:GetRecords"], f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/allowed")))
    kinesis = directory.client("kinesis", key)
    for stream in ("allowed", "other"):
        root.create_stream(StreamName=stream, ShardCount=1)
        iterator = root.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="LATEST")
        arguments = {"ShardIterator": iterator["ShardIterator"]}
        if stream == "allowed":
            kinesis.get_records(**arguments)
        else:
            assert code(kinesis.get_records, **arguments) == "AccessDeniedException"
            # What stands beside it changes nothing.
            beside = arguments | {"StreamARN": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/allowed"}
            assert code(kinesis.get_records, **beside) == "AccessDeniedException"


def test_tags_decide_where_a_policy_asks_for_them(directory):
    root = directory.client("kinesis")
    root.create_stream(StreamName="tagged", ShardCount=1, Tags={"team": "data"})
    key = directory.user("tags")
    own = {"StringEquals": {"aws:ResourceTag/team": "data"}}
    asked = {"StringEquals": {"aws:RequestTag/team": "data"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    directory.client("iam").put_user_policy(
        UserName="tags", PolicyName="p",
        PolicyDocument=document(allow("kinesis:DescribeStreamSummary", Condition=own), allow("kinesis:AddTagsToStream", Condition=asked)))
    kinesis = directory.client("kinesis", key)
    kinesis.describe_stream_summary(StreamName="tagged")
    assert code(kinesis.describe_stream_summary, StreamName="s") == "AccessDeniedException"
    kinesis.add_tags_to_stream(StreamName="s", Tags={"team": "data"})
    kinesis.describe_stream_summary(StreamName="s")
    assert code(kinesis.add_tags_to_stream, StreamName="s", Tags={"team": "other"}) == "AccessDeniedException"
    assert code(kinesis.add_tags_to_stream, StreamName="s", Tags={"team": "data", "x": "y"}) == "AccessDeniedException"
    root.remove_tags_from_stream(StreamName="s", TagKeys=["team"])


def test_another_account_needs_both_sides(directory, tmp_path):
    made = Directory(tmp_path)
    made.run("account", "create", "111122223333", "--write-credentials", str(tmp_path / "other"))
    other = credentials(tmp_path / "other")
    with made.server:
        made.client("kinesis").create_stream(StreamName="shared", ShardCount=1)
        arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/shared"
        iam = made.client("iam", other)
        iam.create_user(UserName="guest")
        key = iam.create_access_key(UserName="guest")["AccessKey"]
        guest = made.client("kinesis", (key["AccessKeyId"], key["SecretAccessKey"]))
        put = {"StreamARN": arn, "Data": b"x", "PartitionKey": "k"}
        assert code(guest.put_record, **put) == "AccessDeniedException"
        iam.put_user_policy(UserName="guest", PolicyName="p", PolicyDocument=document(allow("kinesis:PutRecord", arn)))
        assert "no resource-based policy allows" in refused(guest.put_record, **put)
        let_in = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kinesis:PutRecord", "Resource": arn}
        made.client("kinesis").put_resource_policy(ResourceARN=arn, Policy=document(let_in))
        guest.put_record(**put)
        iam.delete_user_policy(UserName="guest", PolicyName="p")
        assert "no identity-based policy allows" in refused(guest.put_record, **put)


def test_a_session_is_the_role_within_its_policy(directory):
    arn = directory.role("writer", ROOT, allow("kinesis:*"))
    key = directory.user("assumes")
    directory.client("iam").put_user_policy(
        UserName="assumes", PolicyName="p", PolicyDocument=document(allow("sts:AssumeRole", arn)))
    sts = directory.client("sts", key)
    session = assumed(sts, arn)
    who = directory.client("sts", session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/writer/session"
    directory.client("kinesis", session).list_streams()
    bounded = assumed(sts, arn, Policy=document(allow("kinesis:PutRecord")))
    assert "no session policy allows" in refused(directory.client("kinesis", bounded).list_streams)
    # A token belongs to its key.
    assert code(directory.client("kinesis", session[:2]).list_streams) == "UnrecognizedClientException"
    assert code(directory.client("kinesis", (*session[:2], bounded[2])).list_streams) == "UnrecognizedClientException"
    assert code(directory.client("sts").assume_role, RoleArn=arn, RoleSessionName="session") == "AccessDenied"
    assert code(sts.assume_role, RoleArn=arn, RoleSessionName="session", DurationSeconds=3601) == "ValidationError"
    directory.server.restart()
    directory.client("kinesis", session).list_streams()
    directory.client("iam").delete_role_policy(RoleName="writer", PolicyName="own")
    assert code(directory.client("kinesis", session).list_streams) == "AccessDeniedException"
    directory.client("iam").delete_role(RoleName="writer")
    assert code(directory.client("kinesis", session).list_streams) == "UnrecognizedClientException"


def test_a_session_token_is_the_user_but_for_iam(directory):
    key = directory.user("short", "AdministratorAccess")
    found = directory.client("sts", key).get_session_token(DurationSeconds=900)["Credentials"]
    session = found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
    directory.client("kinesis", session).list_streams()
    assert code(directory.client("iam", session).list_users) == "AccessDenied"


def test_a_key_that_is_inactive_or_gone_signs_nothing(directory):
    iam = directory.client("iam")
    key = directory.user("rotates", "FlumenReadOnly")
    kinesis = directory.client("kinesis", key)
    kinesis.list_streams()
    used = iam.get_access_key_last_used(AccessKeyId=key[0])
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("rotates", "kinesis")
    iam.update_access_key(UserName="rotates", AccessKeyId=key[0], Status="Inactive")
    assert code(kinesis.list_streams) == "UnrecognizedClientException"
    iam.update_access_key(UserName="rotates", AccessKeyId=key[0], Status="Active")
    kinesis.list_streams()
    assert code(iam.delete_user, UserName="rotates") == "DeleteConflict"
    iam.delete_access_key(UserName="rotates", AccessKeyId=key[0])
    assert code(kinesis.list_streams) == "UnrecognizedClientException"
    iam.detach_user_policy(UserName="rotates", PolicyArn="arn:aws:iam::aws:policy/FlumenReadOnly")
    iam.delete_user(UserName="rotates")
    assert code(iam.get_user, UserName="rotates") == "NoSuchEntity"


def test_lists_come_page_by_page(directory):
    iam = directory.client("iam")
    names = [f"page-{n:02}" for n in range(7)]
    for name in names:
        iam.create_user(UserName=name, Path="/pages/")
    found = iam.get_paginator("list_users").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 3})
    assert [[user["UserName"] for user in page["Users"]] for page in found] == [names[:3], names[3:6], names[6:]]
    assert code(iam.create_user, UserName="PAGE-00") == "EntityAlreadyExists"
    assert code(iam.create_user, UserName="a/b") == "ValidationError"
    assert code(iam.put_user_policy, UserName="page-00", PolicyName="p", PolicyDocument="{}") == "MalformedPolicyDocument"


def test_simulation_says_what_a_call_is_told(directory):
    iam = directory.client("iam")
    directory.user("simulated", "FlumenProducer")
    arn = f"arn:aws:iam::{ACCOUNT}:user/simulated"
    found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["kinesis:PutRecord", "kinesis:GetRecords"])
    decisions = {result["EvalActionName"]: result["EvalDecision"] for result in found["EvaluationResults"]}
    assert decisions == {"kinesis:PutRecord": "allowed", "kinesis:GetRecords": "implicitDeny"}
    tagged = document(allow("kinesis:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}}))
    found = iam.simulate_custom_policy(PolicyInputList=[tagged], ActionNames=["kinesis:PutRecord"])["EvaluationResults"][0]
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", ["aws:principaltag/team"])
    context = [{"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyValues": ["data"], "ContextKeyType": "string"}]
    found = iam.simulate_custom_policy(PolicyInputList=[tagged], ActionNames=["kinesis:PutRecord"], ContextEntries=context)
    assert found["EvaluationResults"][0]["EvalDecision"] == "allowed"


def test_a_subscription_whose_right_is_gone_ends_in_order(directory):
    root, iam = directory.client("kinesis"), directory.client("iam")
    root.create_stream(StreamName="pushed", ShardCount=1)
    arn = root.describe_stream_summary(StreamName="pushed")["StreamDescriptionSummary"]["StreamARN"]
    consumer = root.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    key = directory.user("subscribes", "FlumenConsumerLibrary")
    kinesis = directory.client("kinesis", key)
    subscribe = {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "LATEST"}}
    events = kinesis.subscribe_to_shard(**subscribe)["EventStream"]
    iam.detach_user_policy(UserName="subscribes", PolicyArn="arn:aws:iam::aws:policy/FlumenConsumerLibrary")
    begun = time.monotonic()
    seen = [next(iter(event)) for event in events]
    assert set(seen) == {"SubscribeToShardEvent"}, "no exception comes"
    assert time.monotonic() - begun < 30
    assert code(kinesis.subscribe_to_shard, **subscribe) == "AccessDeniedException"


def test_a_server_that_only_reports_denies_nothing(tmp_path):
    made = Directory(tmp_path)
    made.server.flags += ["--identities", "report"]
    with made.server:
        key = made.user("ana")
        made.client("kinesis", key).create_stream(StreamName="s", ShardCount=1)
        assert f"would be denied: User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized" in made.server.text()
        assert code(made.client("kinesis", (key[0], "wrong")).list_streams) == "InvalidSignatureException"


def test_nobody_is_let_in_unsigned_once_there_is_somebody(tmp_path):
    made = Directory(tmp_path)
    with made.server:
        open_client = client(made.server.endpoint, "test", "test")
        assert code(open_client.list_streams) == "UnrecognizedClientException"
