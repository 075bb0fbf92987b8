"""What was done, as people ask for it: `flumen audit`, `flumen policy explain EVENT-ID`, `flumen policy replay`."""

import json
import os
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from harness.flumen import binary, running_elsewhere
from test_identities import ACCOUNT, ROOT, Directory, allow, assumed, document

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
PUTS = 7


def user(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


class Asking(Directory):
    """Some calls that were made, and commands that ask for them."""

    def prepare(self):
        kinesis = self.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        self.ana = self.user("ana", "FlumenProducer")
        self.bob = self.user("bob")
        self.auditor = self.user("audrey", "FlumenAuditor")
        role = self.role("Reader", ROOT, allow("kinesis:*"))
        self.client("iam").put_user_policy(UserName="bob", PolicyName="become", PolicyDocument=document(allow("sts:AssumeRole")))
        trust = {"Effect": "Allow", "Principal": {"AWS": user("bob")}, "Action": "sts:AssumeRole"}
        self.client("iam").update_assume_role_policy(RoleName="Reader", PolicyDocument=document(trust))
        for _ in range(PUTS):
            records = [{"Data": b"12345", "PartitionKey": "k"}] * 3
            self.client("kinesis", self.ana).put_records(StreamName="s", Records=records)
        for _ in range(2):
            with pytest.raises(ClientError):
                self.client("kinesis", self.bob).put_record(StreamName="s", Data=b"x", PartitionKey="k")
        session = assumed(self.client("sts", self.bob), role)
        self.client("kinesis", session).list_shards(StreamName="s")

    def command(self, *arguments, key=None, given=None):
        access_key, secret, *_ = key or self.auditor
        environment = os.environ | {
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
            "FLUMEN_ENDPOINT": self.server.endpoint,
        }
        return subprocess.Popen([binary(), *arguments], env=environment, text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def asked(self, *arguments, key=None, given=None, fails=False):
        process = self.command(*arguments, key=key)
        out, err = process.communicate(given, timeout=60)
        assert (process.returncode != 0) == fails, err
        return err if fails else out

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self.asked(*arguments, "--json", **more).splitlines()]

    def denied(self):
        events = self.lines("audit", "search", "--denied", "--who", "bob")
        return [event for event in events if event["eventName"] == "PutRecord"]


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    made = Asking(tmp_path_factory.mktemp("audit"))
    with made.server:
        made.prepare()
        yield made


def test_what_was_put_is_summed_by_who_and_into_what(asking):
    for _ in range(2):
        rows = asking.lines("audit", "sums", "--who", "ana")
        puts = [row for row in rows if row["operation"] == "PutRecords"]
        assert [(row["principal"], row["thing"], row["calls"], row["records"], row["bytes"]) for row in puts] == [
            (user("ana"), STREAM, PUTS, PUTS * 3, PUTS * 3 * 6)]
        by = asking.lines("audit", "sums", "--by", "stream", "--what", "s")
        assert [(row["thing"], "principal" in row) for row in by] == [(STREAM, False)]
        denied = asking.lines("audit", "sums", "--denied")
        assert [(row["principal"], row["operation"], row["calls"]) for row in denied] == [(user("bob"), "PutRecord", 2)]
        assert "PutRecords" in asking.asked("audit", "sums")
        assert asking.lines("audit", "sums", "--since", "2001-01-01", "--until", "2002-01-01") == []
        # A stop writes the minute that ran.
        asking.server.restart()


def test_events_of_all_accounts_are_found_by_who_and_what(asking):
    names = [event["eventName"] for event in asking.lines("audit", "search", "--all", "--what", "s")]
    assert "CreateStream" in names and "PutRecords" not in names
    made = asking.lines("audit", "search", "--all", "--what", "iam:CreateUser")
    assert [event["requestParameters"]["userName"] for event in made] == ["audrey", "bob", "ana"], "the newest first"
    assert [event["eventName"] for event in asking.lines("audit", "search", "--all", "--who", "Reader")] == ["ListShards"]
    assert len(asking.lines("audit", "search", "--all", "--limit", "2")) == 2
    text = asking.asked("audit", "search", "--all", "--what", "CreateStream")
    assert f"{ROOT}  kinesis:CreateStream  stream/s  127.0.0.1" in text


def test_ones_own_account_is_asked_for_through_cloudtrail(asking):
    made = asking.lines("audit", "search", "--what", "iam:CreateUser")
    assert [event["requestParameters"]["userName"] for event in made] == ["audrey", "bob", "ana"], "the newest first"
    assert [event["eventName"] for event in asking.lines("audit", "search", "--who", "Reader")] == ["ListShards"]
    assert len(asking.lines("audit", "search", "--limit", "2")) == 2
    names = {event["eventName"] for event in asking.lines("audit", "search", "--what", "s")}
    assert "CreateStream" in names and "PutRecord" not in names
    looker = asking.user("looker")
    asking.client("iam").put_user_policy(UserName="looker", PolicyName="look", PolicyDocument=document(allow("cloudtrail:LookupEvents")))
    process = asking.command("audit", "search", "--denied", "--who", "bob", key=looker)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "what was denied of records and items is not told: 403 Forbidden" in err
    event = asking.lines("audit", "search", "--what", "CreateStream", key=looker)[0]
    assert "flumen" not in event
    assert "What decided is not in the event" in asking.asked("policy", "explain", event["eventID"], key=looker)


def test_what_decided_is_in_the_event_and_said_in_words(asking):
    events = asking.denied()
    assert len(events) == 2
    decided = events[0]["flumen"]
    assert (decided["decision"], decided["side"], decided["action"], decided["resource"]) == (
        "implicitDeny", "identity", "kinesis:PutRecord", STREAM)
    said = asking.asked("policy", "explain", events[0]["eventID"])
    assert "was denied: no identity-based policy allows it" in said
    assert "add a statement that allows kinesis:PutRecord to a policy of the caller" in said
    iam = asking.client("iam")
    deny = {"Sid": "NotFromHere", "Effect": "Deny", "Action": "kinesis:Put*", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    iam.put_user_policy(UserName="bob", PolicyName="network", PolicyDocument=document(allow("kinesis:*"), deny))
    with pytest.raises(ClientError):
        asking.client("kinesis", asking.bob).put_record(StreamName="s", Data=b"x", PartitionKey="k")
    iam.delete_user_policy(UserName="bob", PolicyName="network")
    said = asking.asked("policy", "explain", asking.denied()[0]["eventID"])
    assert f'statement "NotFromHere" of the identity-based policy network, which {user("bob")} has' in said
    assert "aws:SourceIp (NotIpAddress), which was 127.0.0.1" in said
    made = asking.lines("audit", "search", "--all", "--what", "CreateStream")[0]
    assert "the root user may do everything" in asking.asked("policy", "explain", made["eventID"])
    assert "root" not in asking.asked("policy", "explain", made["eventID"], key=asking.bob, fails=True)


@pytest.mark.parametrize("of", [[], ["--all"]])
def test_what_is_done_is_followed(asking, of):
    following = asking.command("audit", "tail", *of, "--json", "--what", "AddTagsToStream", "--limit", "2")
    time.sleep(1)
    kinesis = asking.client("kinesis")
    deadline = time.monotonic() + 60
    while following.poll() is None and time.monotonic() < deadline:
        kinesis.add_tags_to_stream(StreamName="s", Tags={"a": "b"})
        time.sleep(0.5)
    out, err = following.communicate(timeout=10)
    assert following.returncode == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    assert len({event["eventID"] for event in events}) == 2
    assert events[0]["eventTime"] <= events[1]["eventTime"]


def rows(lines):
    return {(row["effect"], row["action"], row["calls"], *row.get("keys", [])) for row in lines if "effect" in row}


def test_a_proposed_policy_is_played_against_what_was_done(asking):
    def replay(proposed, *arguments):
        return asking.lines("policy", "replay", "-", *arguments, given=proposed)

    reads = document(allow("kinesis:Get*"))
    lines = replay(reads, "--principal", user("ana"))
    assert rows(lines) == {("denied", "kinesis:PutRecords", PUTS)}
    assert lines[-1]["summary"]["denied"] == PUTS
    # Beside what ana has it takes nothing away.
    assert rows(replay(reads, "--on", user("ana"), "--name", "new")) == set()
    puts = document(allow("kinesis:PutRecord"))
    allowed = {row for row in rows(replay(puts, "--on", user("bob"), "--name", "new"))}
    assert {(effect, action) for effect, action, _ in allowed} == {("allowed", "kinesis:PutRecord")}
    here = document(allow("kinesis:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    assert rows(replay(here, "--principal", user("ana"))) == {("untold", "kinesis:PutRecords", PUTS, "aws:sourceip")}
    role = f"arn:aws:iam::{ACCOUNT}:role/Reader"
    assert rows(replay(here, "--principal", role)) == {("denied", "kinesis:ListShards", 1)}, "its address is in the event"
    deny = {"Effect": "Deny", "Principal": {"AWS": user("ana")}, "Action": "kinesis:PutRecords", "Resource": STREAM}
    assert rows(replay(document(deny), "--on", STREAM)) == {("denied", "kinesis:PutRecords", PUTS)}
    text = asking.asked("policy", "replay", "-", "--principal", user("ana"), given=reads)
    assert f"{PUTS} would be denied, 0 newly allowed" in text
    wrong = asking.asked("policy", "replay", "-", "--on", user("nobody"), given=reads, fails=True)
    assert f"there is no {user('nobody')}" in wrong


def test_keys_and_actions_that_nobody_used_are_found(asking):
    lines = {row["principal"]: row for row in asking.lines("audit", "unused", "--since", "1h")}
    ana = lines[user("ana")]
    assert "kinesis:PutRecord" in ana["actions"] and "kinesis:PutRecords" not in ana["actions"]
    assert all("keys" not in row for row in lines.values()), "all of them are new"
    future = {row["principal"]: row for row in asking.lines("audit", "unused", "--since", "2100-01-01")}
    assert [key["id"] for key in future[user("ana")]["keys"]] == [asking.ana[0]]
    assert "not used: " in asking.asked("audit", "unused", "--who", "ana")


@pytest.mark.parametrize("command", [
    ["audit", "search", "--all"], ["audit", "tail", "--all"], ["audit", "sums"], ["audit", "unused"],
    ["policy", "replay", "-", "--on", STREAM],
])
def test_only_who_may_is_told(asking, command):
    err = asking.asked(*command, key=asking.ana, given=document(allow("*")), fails=True)
    assert "403 Forbidden" in err and "is not authorized to perform: flumen:" in err
