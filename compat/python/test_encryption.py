"""Streams whose records are encrypted by keys of KMS."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest
from botocore.exceptions import ClientError, EventStreamError

from harness.client import client, read_shard
from harness.flumen import Flumen, binary, running_elsewhere
from own_server import key, kinesis, kms, server, stream  # noqa: F401
from test_audit_use import Asking
from test_identities import ACCOUNT, allow, code, credentials, document, refused

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

SHARD = "shardId-000000000000"
ALIAS = "alias/aws/kinesis"


def start(kinesis, stream, key):
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=key)


def stop(kinesis, stream, key):
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=key)


def put(kinesis, stream, data, key="k"):
    return kinesis.put_record(StreamName=stream, Data=data, PartitionKey=key)


def iterator(kinesis, stream, kind="TRIM_HORIZON", **arguments):
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=SHARD, ShardIteratorType=kind, **arguments)["ShardIterator"]


def seen(records):
    return [(record["Data"], record.get("EncryptionType")) for record in records]


def test_every_record_says_whether_it_is_encrypted(kinesis, key, stream):
    assert "EncryptionType" not in put(kinesis, stream, b"clear")
    start(kinesis, stream, key)
    description = kinesis.describe_stream(StreamName=stream)["StreamDescription"]
    assert (description["EncryptionType"], description["KeyId"], description["StreamStatus"]) == ("KMS", key, "ACTIVE")
    summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", key)
    assert put(kinesis, stream, b"one")["EncryptionType"] == "KMS"
    many = kinesis.put_records(StreamName=stream, Records=[{"Data": b"two", "PartitionKey": "k"}] * 2)
    assert many["EncryptionType"] == "KMS" and all("EncryptionType" not in entry for entry in many["Records"])
    stop(kinesis, stream, key)
    assert "EncryptionType" not in put(kinesis, stream, b"again")
    expected = [(b"clear", None), (b"one", "KMS"), (b"two", "KMS"), (b"two", "KMS"), (b"again", None)]
    assert seen(read_shard(kinesis, stream, SHARD)) == expected
    assert kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["EncryptionType"] == "NONE"


@pytest.mark.parametrize("named", ["id", "arn", "alias", "alias arn", ALIAS])
def test_a_key_is_named_in_any_way(kinesis, kms, key, stream, named):
    alias = f"alias/way-{time.monotonic_ns()}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    names = {"id": key.rsplit("/", 1)[1], "arn": key, "alias": alias, "alias arn": f"{key.rsplit(':', 1)[0]}:{alias}"}
    name = names.get(named, named)
    start(kinesis, stream, name)
    assert kinesis.describe_stream(StreamName=stream)["StreamDescription"]["KeyId"] == name
    put(kinesis, stream, b"x")
    assert seen(read_shard(kinesis, stream, SHARD)) == [(b"x", "KMS")]


def test_what_names_no_key_starts_nothing(kinesis, stream):
    absent = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
    for key in (absent, "alias/absent", "no-key-at-all", absent.replace("us-east-1", "eu-west-1")):
        arguments = {"StreamName": stream, "EncryptionType": "KMS", "KeyId": key}
        assert code(kinesis.start_stream_encryption, **arguments) == "KMSNotFoundException", key
    assert kinesis.describe_stream(StreamName=stream)["StreamDescription"]["EncryptionType"] == "NONE"


def test_each_state_of_the_key_gives_its_exception_and_what_stands_before_is_read(kinesis, kms, key, stream):
    put(kinesis, stream, b"before")
    start(kinesis, stream, key)
    numbers = [put(kinesis, stream, b"hidden %d" % n)["SequenceNumber"] for n in range(3)]

    def expect(expected):
        assert code(kinesis.put_record, StreamName=stream, Data=b"x", PartitionKey="k") == expected
        assert code(kinesis.put_records, StreamName=stream, Records=[{"Data": b"x", "PartitionKey": "k"}]) == expected
        first = kinesis.get_records(ShardIterator=iterator(kinesis, stream))
        assert seen(first["Records"]) == [(b"before", None)]
        assert code(kinesis.get_records, ShardIterator=first["NextShardIterator"]) == expected
        at = iterator(kinesis, stream, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])
        assert code(kinesis.get_records, ShardIterator=at) == expected
        assert code(kinesis.start_stream_encryption, StreamName=other, EncryptionType="KMS", KeyId=key) == expected

    other = f"{stream}-other"
    kinesis.create_stream(StreamName=other, ShardCount=1)
    kms.disable_key(KeyId=key)
    expect("KMSDisabledException")
    kms.enable_key(KeyId=key)
    assert len(read_shard(kinesis, stream, SHARD)) == 4
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    expect("KMSInvalidStateException")
    # Whoever stops it can put again, and what is hidden stays where it is.
    stop(kinesis, stream, key)
    put(kinesis, stream, b"behind")
    assert code(kinesis.get_records, ShardIterator=iterator(kinesis, stream, "AT_SEQUENCE_NUMBER",
                                                            StartingSequenceNumber=numbers[0])) == "KMSInvalidStateException"
    latest = iterator(kinesis, stream, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[2])
    assert seen(kinesis.get_records(ShardIterator=latest)["Records"]) == [(b"behind", None)]
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert [data for data, _ in seen(read_shard(kinesis, stream, SHARD))] == [b"before", b"hidden 0", b"hidden 1", b"hidden 2", b"behind"]


def test_another_key_takes_over_and_the_one_before_still_opens(kinesis, kms, key, stream):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    start(kinesis, stream, key)
    put(kinesis, stream, b"one")
    start(kinesis, stream, other)
    put(kinesis, stream, b"two")
    assert seen(read_shard(kinesis, stream, SHARD)) == [(b"one", "KMS"), (b"two", "KMS")]
    kms.disable_key(KeyId=other)
    assert seen(kinesis.get_records(ShardIterator=iterator(kinesis, stream))["Records"]) == [(b"one", "KMS")]
    kms.enable_key(KeyId=other)
    kms.disable_key(KeyId=key)
    assert code(kinesis.get_records, ShardIterator=iterator(kinesis, stream)) == "KMSDisabledException"
    put(kinesis, stream, b"three")
    # What an alias names may change; the next record follows it.
    kms.enable_key(KeyId=key)
    alias = f"alias/moves-{time.monotonic_ns()}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    start(kinesis, stream, alias)
    put(kinesis, stream, b"four")
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    put(kinesis, stream, b"five")
    kms.disable_key(KeyId=key)
    kms.delete_alias(AliasName=alias)
    assert code(kinesis.put_record, StreamName=stream, Data=b"x", PartitionKey="k") == "KMSNotFoundException"
    last = kinesis.get_records(ShardIterator=iterator(kinesis, stream, "LATEST"))
    assert last["Records"] == []


def test_a_key_that_is_rotated_opens_what_it_has_encrypted(kinesis, kms, key, stream):
    start(kinesis, stream, key)
    put(kinesis, stream, b"old material")
    kms.rotate_key_on_demand(KeyId=key)
    put(kinesis, stream, b"new material")
    assert [data for data, _ in seen(read_shard(kinesis, stream, SHARD))] == [b"old material", b"new material"]


def test_a_subscription_is_told_why_it_ends(kinesis, kms, key, stream):
    start(kinesis, stream, key)
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    put(kinesis, stream, b"one")
    events = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=SHARD, StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    events = iter(events)
    first = next(events)["SubscribeToShardEvent"]
    assert seen(first["Records"]) == [(b"one", "KMS")]
    put(kinesis, stream, b"two")
    assert seen(next(events)["SubscribeToShardEvent"]["Records"]) == [(b"two", "KMS")]
    put_by_then = threading.Timer(0.5, lambda: (put(kinesis, stream, b"three"), kms.disable_key(KeyId=key)))
    put_by_then.start()
    put_by_then.join()
    # The record was pushed before the key was disabled; the next one starts from it.
    assert seen(next(events)["SubscribeToShardEvent"]["Records"]) == [(b"three", "KMS")]
    time.sleep(5)
    again = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=SHARD, StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
    with pytest.raises(EventStreamError) as told:
        list(again)
    assert told.value.response["Error"]["Code"] == "KMSDisabledException"
    kms.enable_key(KeyId=key)


def files(server):
    return [path for path in server.data_dir.rglob("*") if path.is_file()]


def holders(server, *wanted):
    found = []
    for path in files(server):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            # Renamed meanwhile.
            continue
        found += [(path.name, want) for want in wanted if want in content]
    return found


def test_nothing_of_the_records_is_in_any_file(tmp_path):
    with Flumen(data_dir=tmp_path / "data") as server:
        kinesis = client(server.endpoint)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        start(kinesis, "s", ALIAS)
        secrets = [b"the-secret-of-%d-" % n + os.urandom(8).hex().encode() for n in range(50)]
        for n, secret in enumerate(secrets):
            kinesis.put_record(StreamName="s", Data=secret * 20, PartitionKey=f"partition-secret-{n}", ExplicitHashKey="7")
        large = os.urandom(500).hex().encode() * 900
        put(kinesis, "s", large)
        expected = [secret * 20 for secret in secrets] + [large]
        wanted = (*secrets, b"partition-secret", large[:64])
        assert holders(server, *wanted) == []
        server.kill()
        assert holders(server, *wanted) == []
        server.start()
        kinesis = client(server.endpoint)
        read = read_shard(kinesis, "s", SHARD)
        assert [record["Data"] for record in read] == expected and {record["EncryptionType"] for record in read} == {"KMS"}
        put(kinesis, "s", secrets[0])
        assert server.stop() == 0
        assert holders(server, *wanted) == []
        server.start()
        assert [record["Data"] for record in read_shard(client(server.endpoint), "s", SHARD)] == [*expected, secrets[0]]
        server.stop()
        # With the root key everything is verified, without it what can be.
        root = server.data_dir / "root.key"
        check = [binary(), "check", str(server.data_dir)]
        whole = subprocess.run(check, capture_output=True, text=True, timeout=60, check=True)
        assert "opened by the root key" in whole.stdout and "without being opened" not in whole.stdout, whole.stdout
        root.rename(tmp_path / "root.key")
        blind = subprocess.run(check, capture_output=True, text=True, timeout=60, check=True)
        assert "without being opened" in blind.stdout, blind.stdout
        (tmp_path / "root.key").rename(root)


def test_ten_kills_while_it_is_started_stopped_and_changed(tmp_path):
    kept, done = [], threading.Event()
    with Flumen(data_dir=tmp_path / "data") as server:
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
        for kill in range(int(os.environ.get("ENCRYPTION_KILLS", "10"))):
            done.clear()

            def puts(endpoint=server.endpoint):
                writer, n = client(endpoint), 0
                while not done.is_set():
                    data = b"%d-%d" % (kill, n)
                    try:
                        answer = put(writer, "s", data)
                    except Exception:
                        return
                    kept.append((data, answer.get("EncryptionType")))
                    n += 1

            def changes(endpoint=server.endpoint):
                setter = client(endpoint)
                try:
                    while not done.is_set():
                        start(setter, "s", keys[0])
                        start(setter, "s", keys[1])
                        stop(setter, "s", keys[1])
                except Exception:
                    return

            threads = [threading.Thread(target=of) for of in (puts, changes)]
            [thread.start() for thread in threads]
            time.sleep(0.15 + 0.05 * kill)
            server.kill()
            done.set()
            [thread.join(timeout=30) for thread in threads]
            server.start()
        read = seen(read_shard(client(server.endpoint), "s", SHARD))
        # What was not answered may be there once.
        found = iter(read)
        assert all(any(record == wanted for record in found) for wanted in kept), "every answered record, in order, as it was answered"
        kinds = {kind for _, kind in kept}
        assert kinds == {None, "KMS"}, kinds


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    made = Asking(tmp_path_factory.mktemp("encryption"))
    made.run("account", "create", "111122223333", "--write-credentials", str(made.credentials.with_name("other")))
    made.other = credentials(made.credentials.with_name("other"))
    with made.server:
        yield made


def user(directory, name, *statements):
    key = directory.user(name)
    directory.client("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    return directory.client("kinesis", key)


def test_the_caller_s_own_rights_to_the_key_count(directory):
    root, kms = directory.client("kinesis"), directory.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root.create_stream(StreamName="s", ShardCount=1)
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    start(root, "s", key)
    put(root, "s", b"of the root")
    nobody = user(directory, "no-key", allow("kinesis:*"))
    message = refused(nobody.put_record, StreamName="s", Data=b"x", PartitionKey="k")
    assert message.startswith(f"User: arn:aws:iam::{ACCOUNT}:user/no-key is not authorized to perform: kms:GenerateDataKey on "
                              f"resource: {key}"), message
    assert code(nobody.put_record, StreamName="s", Data=b"x", PartitionKey="k") == "KMSAccessDeniedException"
    at = iterator(nobody, "s")
    message = refused(nobody.get_records, ShardIterator=at)
    assert "is not authorized to decrypt records in stream" in message and message.startswith("User A"), message
    assert code(nobody.get_records, ShardIterator=at) == "KMSAccessDeniedException"

    writer = user(directory, "writer", allow("kinesis:*"), allow("kms:GenerateDataKey", key))
    put(writer, "s", b"of the writer")
    assert code(writer.get_records, ShardIterator=iterator(writer, "s")) == "KMSAccessDeniedException"
    through = {"StringEquals": {"kms:ViaService": "kinesis.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:kinesis:arn": stream}}
    reader = user(directory, "reader", allow("kinesis:*"), allow("kms:Decrypt", key, Condition=through))
    assert [data for data, _ in seen(read_shard(reader, "s", SHARD))] == [b"of the root", b"of the writer"]
    other = {"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": f"{stream}-other"}}
    outside = user(directory, "outside", allow("kinesis:*"), allow("kms:Decrypt", key, Condition=other))
    assert code(outside.get_records, ShardIterator=iterator(outside, "s")) == "KMSAccessDeniedException"
    # What was let in from the tail a moment ago is not let in by that.
    directory.client("iam").delete_user_policy(UserName="reader", PolicyName="own")
    directory.client("iam").put_user_policy(UserName="reader", PolicyName="own", PolicyDocument=document(allow("kinesis:*")))
    assert code(reader.get_records, ShardIterator=iterator(reader, "s")) == "KMSAccessDeniedException"


def test_the_own_key_of_kinesis_is_for_whoever_may_the_stream_in_its_account(directory):
    root = directory.client("kinesis")
    root.create_stream(StreamName="own", ShardCount=1)
    start(root, "own", ALIAS)
    simple = user(directory, "simple", allow("kinesis:*"))
    assert put(simple, "own", b"x")["EncryptionType"] == "KMS"
    assert seen(read_shard(simple, "own", SHARD)) == [(b"x", "KMS")]
    # A right to the stream across accounts is none to that key.
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/own"
    let_in = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["kinesis:PutRecord"], "Resource": arn}
    root.put_resource_policy(ResourceARN=arn, Policy=document(let_in))
    guest = directory.client("kinesis", directory.other)
    assert code(guest.put_record, StreamARN=arn, Data=b"x", PartitionKey="k") == "KMSAccessDeniedException"


def test_a_key_of_another_account_is_used_by_its_arn_and_both_policies(directory):
    root, theirs = directory.client("kinesis"), directory.client("kms", directory.other)
    key = theirs.create_key()["KeyMetadata"]["Arn"]
    root.create_stream(StreamName="foreign", ShardCount=1)
    setting = {"StreamName": "foreign", "EncryptionType": "KMS", "KeyId": key}
    assert code(root.start_stream_encryption, **setting) == "KMSAccessDeniedException"
    own = json.loads(theirs.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    own["Statement"].append({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                             "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"})
    theirs.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(own))
    root.start_stream_encryption(**setting)
    put(root, "foreign", b"x")
    assert seen(read_shard(root, "foreign", SHARD)) == [(b"x", "KMS")]
    no_identity = user(directory, "half", allow("kinesis:*"))
    assert code(no_identity.put_record, StreamName="foreign", Data=b"x", PartitionKey="k") == "KMSAccessDeniedException"
    both = user(directory, "both", allow("kinesis:*"), allow("kms:GenerateDataKey", key))
    put(both, "foreign", b"y")
    theirs.disable_key(KeyId=key)
    assert code(both.put_record, StreamName="foreign", Data=b"x", PartitionKey="k") == "KMSDisabledException"


def test_uses_of_keys_are_summed_and_denials_told(directory):
    root, kms = directory.client("kinesis"), directory.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    root.create_stream(StreamName="summed", ShardCount=1)
    start(root, "summed", key)
    writer = user(directory, "summed-writer", allow("kinesis:*"), allow("kms:GenerateDataKey", key))
    for _ in range(3):
        put(writer, "summed", b"x")
    assert code(writer.get_records, ShardIterator=iterator(writer, "summed")) == "KMSAccessDeniedException"
    rows = directory.lines("audit", "sums", "--who", "summed-writer", key=directory.root)
    of_key = {(row["operation"], row.get("outcome") or ""): row["calls"] for row in rows if row["thing"] == key}
    assert of_key == {("GenerateDataKey", ""): 3, ("Decrypt", "KMSAccessDeniedException"): 1}, rows
    denied = directory.lines("audit", "search", "--denied", "--who", "summed-writer", key=directory.root)
    assert [(event["eventName"], event["errorCode"]) for event in denied] == [("GetRecords", "KMSAccessDeniedException")]


def test_it_is_started_and_stopped_as_often_as_it_may_be_in_a_day():
    with Flumen(ephemeral=True, limits="aws") as server:
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]

        def patiently(call):
            while True:
                try:
                    return call()
                except ClientError as error:
                    text = error.response["Error"]
                    if text["Code"] == "ResourceInUseException" or "Rate exceeded" in text.get("Message", ""):
                        time.sleep(0.1)
                        continue
                    raise

        for n in range(25):
            patiently(lambda n=n: start(kinesis, "s", keys[n % 2]))
        with pytest.raises(ClientError) as raised:
            patiently(lambda: start(kinesis, "s", keys[1]))
        assert raised.value.response["Error"]["Code"] == "LimitExceededException"
        # By the key that it has it is nothing, and it can still be stopped.
        patiently(lambda: start(kinesis, "s", keys[0]))
        patiently(lambda: stop(kinesis, "s", keys[0]))


def rekey(server, *arguments):
    environment = os.environ | {"FLUMEN_ENDPOINT": server.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                                "AWS_REGION": "us-east-1"}
    return subprocess.run([binary(), "rekey", *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_records_are_sealed_again_under_the_present_key_also_those_in_clear(tmp_path):
    with Flumen(data_dir=tmp_path / "data") as server:
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        kinesis.create_stream(StreamName="s", ShardCount=2)
        marks = {name: f"mark-of-{name}-{os.urandom(8).hex()}".encode() for name in ("clear", "old", "beside")}

        def put_some(stream, mark):
            for n in range(60):
                kinesis.put_record(StreamName=stream, Data=mark + b"-%d" % n, PartitionKey=f"{mark.decode()}-key-{n}")
            records = [{"Data": mark * 1000, "PartitionKey": f"{mark.decode()}-{n}"} for n in range(20)]
            kinesis.put_records(StreamName=stream, Records=records)

        def everything():
            return [read_shard(client(server.endpoint), "s", f"shardId-00000000000{n}") for n in range(2)]

        kinesis.create_stream(StreamName="beside", ShardCount=1)
        put_some("s", marks["clear"])
        put_some("beside", marks["beside"])
        server.restart()
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        put_some("s", marks["clear"])
        refused_rekey = rekey(server, "s")
        assert refused_rekey.returncode != 0 and "not encrypted" in refused_rekey.stderr, refused_rekey
        old, new = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        start(kinesis, "s", old)
        put_some("s", marks["old"])
        start(kinesis, "s", new)
        before = everything()
        assert holders(server, marks["clear"]) and not holders(server, marks["old"])

        begun = rekey(server, "s", "--no-wait", "--json")
        assert begun.returncode == 0, begun
        server.kill()
        server.start()
        done = rekey(server, "s", "--json")
        assert done.returncode == 0, done
        told = json.loads(done.stdout)
        assert "sinceMs" not in told and "failure" not in told and told["keysLeft"] == [], told
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        after = everything()
        plain = [[{key: value for key, value in record.items() if key != "EncryptionType"} for record in shard] for shard in before]
        assert [[{key: value for key, value in record.items() if key != "EncryptionType"} for record in shard] for shard in after] == plain
        kms.disable_key(KeyId=old)
        server.restart()
        assert {record.get("EncryptionType") for shard in everything() for record in shard} == {"KMS"}, "by the new key alone"
        assert holders(server, marks["clear"]) == []
        assert holders(server, marks["beside"]), "another stream's is as it was"
        assert server.stop() == 0
        assert holders(server, marks["clear"], marks["old"]) == []
        check = subprocess.run([binary(), "check", str(server.data_dir)], capture_output=True, text=True, timeout=60, check=True)
        assert "without being opened" not in check.stdout
        server.start()


def test_what_cannot_be_opened_stays_as_it_is_and_is_told(tmp_path):
    with Flumen(data_dir=tmp_path / "data") as server:
        kinesis, kms = client(server.endpoint), client(server.endpoint, service="kms")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        old, new = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        start(kinesis, "s", old)
        put(kinesis, "s", b"one")
        start(kinesis, "s", new)
        put(kinesis, "s", b"two")
        kms.disable_key(KeyId=new)
        cannot = rekey(server, "s")
        assert cannot.returncode != 0 and "disabled" in cannot.stderr, cannot
        kms.enable_key(KeyId=new)
        status = rekey(server, "s", "--status")
        assert status.returncode == 0 and "nothing is under way" in status.stdout, status
        unknown = rekey(server, "absent")
        assert unknown.returncode != 0 and "not found" in unknown.stderr, unknown
        # A key that is disabled opens nothing, nor for this.
        kms.disable_key(KeyId=old)
        left = rekey(server, "s")
        assert left.returncode == 0 and f"records under {old} stay as they are" in left.stdout, left
        kms.enable_key(KeyId=old)
        assert rekey(server, "s").returncode == 0
        kms.disable_key(KeyId=old)
        assert seen(read_shard(kinesis, "s", SHARD)) == [(b"one", "KMS"), (b"two", "KMS")]


def test_records_under_a_key_elsewhere(tmp_path):
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = here\naws_secret_access_key = secret\n")
    with Flumen() as there:
        kms = client(there.endpoint, service="kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        (tmp_path / "flumen.toml").write_text(
            f'[[external-keys]]\narn = "{key}"\nendpoint = "{there.endpoint}"\ncredentials = "{tmp_path}/credentials"\ntimeout = "2s"\n')
        with Flumen("--config", str(tmp_path / "flumen.toml"), data_dir=tmp_path / "data") as here:
            kinesis = client(here.endpoint)
            kinesis.create_stream(StreamName="s", ShardCount=1)
            start(kinesis, "s", key)
            assert put(kinesis, "s", b"the-first-secret")["EncryptionType"] == "KMS"
            assert seen(read_shard(kinesis, "s", SHARD)) == [(b"the-first-secret", "KMS")]
            here.restart()
            put(kinesis, "s", b"the-second-secret")
            both = [(b"the-first-secret", "KMS"), (b"the-second-secret", "KMS")]
            assert seen(read_shard(kinesis, "s", SHARD)) == both
            assert holders(here, b"the-first-secret", b"the-second-secret") == []

            # What the service has answered counts on while it is away, and is nothing to a process that has not asked yet.
            there.stop()
            put(kinesis, "s", b"the-third-secret")
            assert len(read_shard(kinesis, "s", SHARD)) == 3
            here.restart()
            calls = ((kinesis.put_record, {"StreamName": "s", "Data": b"x", "PartitionKey": "k"}),
                     (kinesis.get_records, {"ShardIterator": iterator(kinesis, "s")}))
            for call, arguments in calls:
                assert code(call, **arguments) == "KMSInvalidStateException"
            kinesis.create_stream(StreamName="other", ShardCount=1)
            assert code(kinesis.start_stream_encryption, StreamName="other", EncryptionType="KMS", KeyId=key) == "KMSInvalidStateException"

            def until_served():
                end = time.monotonic() + 60
                while True:
                    try:
                        return put(kinesis, "s", b"again"), read_shard(kinesis, "s", SHARD)
                    except ClientError as refused:
                        assert time.monotonic() < end, refused
                        time.sleep(0.5)

            there.start()
            _, records = until_served()
            assert [record["Data"] for record in records][:3] == [b"the-first-secret", b"the-second-secret", b"the-third-secret"]

            # One that takes calls and answers none is as if it were not there, and holds up nothing else.
            here.stop()
            os.kill(there.process.pid, signal.SIGSTOP)
            try:
                here.start()
                began = time.monotonic()
                for call, arguments in (calls[0], (kinesis.get_records, {"ShardIterator": iterator(kinesis, "s")})):
                    assert code(call, **arguments) == "KMSInvalidStateException"
                assert time.monotonic() - began < 20, "two seconds a call, and the client's own attempts"
                assert "EncryptionType" not in put(kinesis, "other", b"clear")
            finally:
                os.kill(there.process.pid, signal.SIGCONT)
            until_served()

            kms.disable_key(KeyId=key)
            here.restart()
            for call, arguments in ((calls[0]), (kinesis.get_records, {"ShardIterator": iterator(kinesis, "s")})):
                assert code(call, **arguments) == "KMSDisabledException"
            kms.enable_key(KeyId=key)
            until_served()
