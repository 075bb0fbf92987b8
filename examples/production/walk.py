"""Flumen from an open server to a restored backup, as README.md and docs/ say it; every step is checked.

    walk.py --flumen FILE --aws FILE [--java FOLDER]

`run` beside it finds these. The servers are the walk's own, on free ports, in a temporary folder that goes with them. The
status is 1 at the first thing that is not so.
"""

import argparse
import base64
import gzip
import hashlib
import json
import pathlib
import re
import socket
import ssl
import sys
import tempfile
import time

import libraries
from shell import NotSo, Person, Place, Server, check, ended_by_signals, say, title

HERE = pathlib.Path(__file__).resolve().parent
STORED = HERE.parents[1] / "crates" / "server" / "tests" / "stored" / "1" / "clean.json.gz"
ACCOUNT = "000000000000"
ORDERS = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/orders"
DAYS_8_S = 8 * 86_400
# What makes the audit's files come while one waits for them; an hour and five minutes are for production.
AUDIT_AT_ONCE = "--audit-file-every 1s --audit-digest-every 2s"
# A clock for servers and clients that is not the machine's: the same trick as that of crates/server/tests/stored/make.py.
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *out) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(id, out);
    if (id == CLOCK_REALTIME) out->tv_sec += atol(getenv("CLOCK_AHEAD_S"));
    return done;
}
"""


def records(person, stream, also=None):
    """All of a stream's, by shard and number: data, and how many there are."""
    done = person.run(f"flumen tail {stream} --from-start --no-follow --json", also=also)
    found = [json.loads(line) for line in done.lines()]
    return {(record["shard"], record["sequenceNumber"]): json.dumps(record.get("data")) for record in found}


class Walk:
    def __init__(self, place, java):
        self.place, self.java = place, java
        self.plain, self.secure = place.port(), place.port()
        self.operator = Person(place, "operator")
        self.server = None

    def person(self, name, file, profile="default", secure=True):
        exported = {"AWS_SHARED_CREDENTIALS_FILE": file, "AWS_PROFILE": profile}
        if secure:
            exported |= {"AWS_ENDPOINT_URL": f"https://localhost:{self.secure}", "AWS_CA_BUNDLE": str(self.place.folder / "flumen-ca.pem")}
        else:
            exported |= {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.plain}"}
        return Person(self.place, name, **exported)

    def start(self, more=""):
        self.server = Server(self.place, " ".join(f"--data-dir data --listen 127.0.0.1:{self.plain} {more}".split()))

    def restart(self, more):
        self.server.stop()
        self.start(more)

    def walk(self):
        self.an_open_server()
        self.moved_to_signed_requests()
        self.users_and_policies()
        if self.java:
            libraries.under_least_privilege(self)
        else:
            title("KPL and KCL under least privilege: left out")
            say("`--short` was given, or Java or Maven is missing.")
        self.encrypted_and_destroyed()
        self.the_audit_verified()
        self.a_backup_restored()
        self.server.stop()
        self.upgraded()

    def an_open_server(self):
        title("A server that runs open, with streams, records and consumers in it")
        self.start()
        keys = {"orders-producer": "AKIAORDERSPRODUCER01", "billing": "AKIABILLINGCONSUMER1"}
        self.place.write("clients.credentials", "".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{name}\n" for name, key in keys.items()))
        self.producer, self.billing = (self.person(name, "clients.credentials", name, secure=False) for name in keys)
        # Enough for a record in each shard.
        self.place.write("orders.jsonl", "".join(json.dumps({"customer": f"customer-{n % 9}", "item": n}) + "\n" for n in range(50)))
        self.producer.run("aws kinesis create-stream --stream-name orders --shard-count 2")
        self.producer.run("flumen put orders --key-field customer < orders.jsonl")
        made = self.billing.run(f"aws kinesis register-stream-consumer --stream-arn {ORDERS} --consumer-name billing")
        self.consumer = json.loads(made.out)["Consumer"]["ConsumerARN"]
        self.billing.run("aws dynamodb create-table --table-name billing --billing-mode PAY_PER_REQUEST --key-schema "
                         "AttributeName=leaseKey,KeyType=HASH --attribute-definitions AttributeName=leaseKey,AttributeType=S")
        lease = {"leaseKey": {"S": "shardId-000000000000"}, "checkpoint": {"S": "TRIM_HORIZON"}}
        self.billing.run(f"aws dynamodb put-item --table-name billing --item '{json.dumps(lease)}'")
        self.before = records(self.billing, "orders")
        check(len(self.before) == 50, "the 50 records that were put are there", self.before)
        self.anybody = Person(self.place, "anybody", AWS_ENDPOINT_URL=self.producer.exported["AWS_ENDPOINT_URL"],
                              AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any")
        self.anybody.run("flumen streams")
        events = json.loads(self.producer.run("aws cloudtrail lookup-events --query 'Events[].CloudTrailEvent'").out)
        seen = {json.loads(event)["userIdentity"].get("accessKeyId") for event in events}
        check({*keys.values(), "any"} <= seen, "the audit says with which keys clients sign", seen)

    def moved_to_signed_requests(self):
        title("The same server, moved to signed requests and policies")
        self.server.stop()
        self.operator.run("flumen backup data backups-before")
        self.place.write("any.credentials", "[anybody]\naws_access_key_id = any\naws_secret_access_key = any\n")
        self.operator.run("flumen init --data-dir data --import any.credentials", fails="must have 16 to 128 letters, digits and underscores")
        self.operator.run("flumen init --data-dir data --import clients.credentials --write-credentials root.credentials")
        self.operator.run(f"flumen serve --data-dir data --listen 0.0.0.0:{self.plain} --require-tls", fails="require-tls")
        self.secured = f"--tls 127.0.0.1:{self.secure} --tls-name streams.example.com {AUDIT_AT_ONCE}"
        self.start(f"{self.secured} --identities report")
        self.operator.run("flumen trust --data-dir data > flumen-ca.pem")
        self.root = self.person("root", "root.credentials")
        same = records(self.billing, "orders")
        check(same == self.before, "clients that changed nothing read the same records under the same numbers", same)
        listed = self.billing.run(f"aws kinesis list-stream-consumers --stream-arn {ORDERS} --query 'Consumers[].ConsumerARN'").out
        check(json.loads(listed) == [self.consumer], "the consumer is the one that it was", listed)
        leases = self.billing.run("aws dynamodb scan --table-name billing --query Count").out
        check(leases.strip() == "1", "and so is the lease", leases)
        self.anybody.run("flumen streams", fails="UnrecognizedClientException")

        say("Each client gets the narrowest policy that does, and the log says what that would deny.")
        narrow = {"orders-producer": "FlumenProducer", "billing": "FlumenConsumerLibrary"}
        self.place.write("clients.toml", "version = 1\n" + "".join(
            f'[[users]]\nname = "{name}"\npolicies = ["{policy}"]\n' for name, policy in narrow.items()))
        self.root.run("flumen apply clients.toml")
        self.producer.run("flumen put orders --data one-more --key k")
        self.before = records(self.billing, "orders")
        check(not self.would_be_denied(), "what clients do is within their policies: the log is quiet", self.would_be_denied())
        self.producer.run(f"aws kinesis list-stream-consumers --stream-arn {ORDERS}")
        check(any("kinesis:ListStreamConsumers" in line for line in self.would_be_denied()),
              "what is beyond them is carried out still, and the log says that it would be denied", self.server.told())
        self.restart(self.secured)
        self.producer.run(f"aws kinesis list-stream-consumers --stream-arn {ORDERS}", fails="AccessDeniedException")
        self.producer.run("flumen put orders --data and-another --key k")
        check(len(records(self.billing, "orders")) == len(self.before) + 1, "clients go on as they did")

        say("TLS, with the server as its own certificate authority:")
        distrustful = Person(self.place, "root", **{**self.root.exported, "AWS_CA_BUNDLE": ""})
        distrustful.run("flumen streams", fails="certificate")
        self.root.run("flumen streams")
        check(self.trusted_as("streams.example.com"), "its certificate has the name of --tls-name, too")
        check(not self.trusted_as("other.example.com"), "and not just any name")

    def trusted_as(self, name):
        context = ssl.create_default_context(cafile=self.place.folder / "flumen-ca.pem")
        with socket.create_connection(("127.0.0.1", self.secure)) as plain:
            try:
                context.wrap_socket(plain, server_hostname=name).close()
            except ssl.SSLCertVerificationError:
                return False
            return True

    def would_be_denied(self):
        return [line for line in self.server.told() if "would be denied" in line]

    def key_of(self, user):
        """Makes a key for a user, and the file in which the user has it."""
        made = self.root.run(f"aws iam create-access-key --user-name {user} --query AccessKey")
        key = json.loads(made.out)
        self.place.write(f"{user}.credentials", f"[default]\naws_access_key_id = {key['AccessKeyId']}\n"
                         f"aws_secret_access_key = {key['SecretAccessKey']}\n")
        return self.person(user, f"{user}.credentials"), key["AccessKeyId"]

    def users_and_policies(self):
        title("Users and policies")
        self.root.run("aws iam create-user --user-name ana")
        ana, key = self.key_of("ana")
        put = "flumen put orders --data of-ana --key ana"
        ana.run(put, fails="not authorized to perform")
        denied = json.loads(self.root.run("flumen audit search --who ana --denied --json").lines()[0])
        why = self.root.run(f"flumen policy explain {denied['eventID']}").out
        check("To allow it: add a statement that allows kinesis:" in why, "what decided, and what would have to change, can be asked", why)
        self.place.write("orders-writer.json", json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "kinesis:PutRecords", "Resource": ORDERS}]}))
        self.root.run("aws iam create-policy --policy-name orders-writer --policy-document file://orders-writer.json")
        self.root.run("aws iam create-group --group-name writers")
        self.root.run(f"aws iam attach-group-policy --group-name writers --policy-arn arn:aws:iam::{ACCOUNT}:policy/orders-writer")
        simulate = ("aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::000000000000:user/ana --action-names kinesis:PutRecords "
                    f"--resource-arns {ORDERS} --query 'EvaluationResults[0].EvalDecision'")
        check("implicitDeny" in self.root.run(simulate).out, "what would be denied can be asked beforehand")
        self.root.run("aws iam add-user-to-group --group-name writers --user-name ana")
        ana.run(put)
        ana.run("flumen tail orders --no-follow", fails="not authorized to perform")
        say("A user who goes:")
        self.root.run("aws iam remove-user-from-group --group-name writers --user-name ana")
        self.root.run(f"aws iam delete-access-key --user-name ana --access-key-id {key}")
        self.root.run("aws iam delete-user --user-name ana")
        ana.run(put, fails="UnrecognizedClientException")

    def on_disk(self, text, folder="data"):
        """Files below in which the text stands."""
        files = (path for path in (self.place.folder / folder).rglob("*") if path.is_file())
        return [str(path.relative_to(self.place.folder)) for path in files if text.encode() in path.read_bytes()]

    def encrypted_and_destroyed(self):
        title("A stream encrypted, and destroyed by its key")
        before, after = "written-before-the-key", "written-under-the-key"
        self.root.run("aws kinesis create-stream --stream-name letters --shard-count 1")
        self.root.run("aws kinesis increase-stream-retention-period --stream-name letters --retention-period-hours 720")
        self.root.run(f"flumen put letters --data {before}")
        check(self.on_disk(before), "what is put without encryption can be read in the files")
        of_others = self.materials("data")
        key = json.loads(self.root.run("aws kms create-key --query KeyMetadata.KeyId").out)
        material = self.materials("data") - of_others
        check(len(material) == 1, "what the key is made of lies sealed in a file", material)
        self.root.run(f"aws kms create-alias --alias-name alias/letters --target-key-id {key}")
        self.root.run("aws kinesis start-stream-encryption --stream-name letters --encryption-type KMS --key-id alias/letters")
        self.root.run(f"flumen put letters --data {after}")
        check(not self.on_disk(after), "what is put from then on cannot", self.on_disk(after))
        self.root.run("flumen rekey letters")
        check(not self.on_disk(before), "and once it is under the key, nor can what was there before", self.on_disk(before))
        read = list(records(self.root, "letters").values())
        check(read == [json.dumps(before), json.dumps(after)], "whoever may use the key reads both", read)
        self.producer.run("flumen put letters --data of-a-producer", fails="kms:GenerateDataKey")
        self.place.write("letters-key.json", json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}",
            "Condition": {"StringEquals": {"kms:ViaService": "kinesis.us-east-1.amazonaws.com"}}}]}))
        self.root.run("aws iam put-user-policy --user-name orders-producer --policy-name letters-key --policy-document file://letters-key.json")
        self.producer.run("flumen put letters --data of-a-producer")

        self.root.run(f"aws kms schedule-key-deletion --key-id {key} --pending-window-in-days 7")
        self.root.run("flumen tail letters --from-start --no-follow", fails="KMSInvalidStateException")
        self.root.run("flumen put letters --data too-late", fails="KMSInvalidStateException")
        check(material <= self.materials("data"), "for seven days the key can still be taken back: its file is there")
        later = {"LD_PRELOAD": self.clock(), "CLOCK_AHEAD_S": str(DAYS_8_S)}
        self.operator.run("flumen backup data backups")
        self.operator.run("cp -a backups/2*Z later")
        say("Eight days later, by a clock that is set ahead, on a copy of the directory:")
        port = self.place.port()
        server = Server(self.place, f"--data-dir later --listen 127.0.0.1:{port}", also=later)
        later["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        self.root.run("flumen streams", also=later)
        self.until(lambda: not material & self.materials("later"), "the key's file is gone", material)
        self.root.run("flumen tail letters --from-start --no-follow", fails="KMSNotFoundException", also=later)
        self.root.run(f"aws kms cancel-key-deletion --key-id {key}", fails="NotFoundException", also=later)
        server.stop()
        self.operator.run("flumen check later")

    def materials(self, folder):
        return {path.name for path in (self.place.folder / folder / "keys").rglob("*.sealed")}

    def until(self, condition, what, seen=""):
        tries = time.monotonic() + 20
        while not condition() and time.monotonic() < tries:
            time.sleep(0.1)
        check(condition(), what, seen)

    def clock(self):
        """A library that sets the clock of a program ahead."""
        self.place.write("clock.c", CLOCK)
        if not (self.place.folder / "clock.so").exists():
            self.operator.run("cc -shared -fPIC -o clock.so clock.c -ldl")
        return str(self.place.folder / "clock.so")

    def the_audit_verified(self):
        title("The audit, verified with the AWS command line")
        trail = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/ops"
        self.root.run("aws cloudtrail create-trail --name ops --s3-bucket-name ops-logs --is-multi-region-trail --enable-log-file-validation")
        self.root.run("aws cloudtrail start-logging --name ops")
        self.root.run("aws kinesis create-stream --stream-name watched --shard-count 1")
        files = self.place.folder / "data" / "audit" / "ops-logs"
        self.until(lambda: list(files.rglob("*_CloudTrail_*")), "the trail delivers a file of events", files)
        self.root.run("aws cloudtrail stop-logging --name ops")
        validate = f"aws cloudtrail validate-logs --verbose --trail-arn {trail} --start-time 2026-01-01T00:00:00Z"
        self.root.run("aws s3 ls --recursive s3://ops-logs/")
        valid = self.root.run(validate).out
        check(re.search(r"^(\d+)/\1 log files valid", valid, re.M) and "INVALID" not in valid, "all log files are valid", valid)
        check(re.search(r"^(\d+)/\1 digest files valid", valid, re.M), "and all digests", valid)
        self.operator.run("flumen audit verify data")

        file = sorted(files.rglob("*_CloudTrail_*"))[0]
        whole = file.read_bytes()
        with open(file, "r+b") as changed:
            changed.seek(len(whole) // 2)
            changed.write(bytes([whole[len(whole) // 2] ^ 1]))
        say(f"One bit of a byte is changed in {file.name}.")
        self.root.run(validate, fails="INVALID")
        self.operator.run("flumen audit verify data", fails=file.name.removesuffix(".sealed"))
        file.write_bytes(whole)
        self.operator.run("flumen audit verify data")

    def a_backup_restored(self):
        title("A backup, restored")
        self.root.run("aws iam create-user --user-name ben")
        self.root.run("aws iam attach-user-policy --user-name ben --policy-arn arn:aws:iam::aws:policy/FlumenProducer")
        ben, key = self.key_of("ben")
        begun = json.loads(ben.run("aws sts get-session-token --query Credentials").out)
        session = Person(self.place, "bens-session", AWS_ENDPOINT_URL=ben.exported["AWS_ENDPOINT_URL"],
                         AWS_CA_BUNDLE=ben.exported["AWS_CA_BUNDLE"], AWS_ACCESS_KEY_ID=begun["AccessKeyId"],
                         AWS_SECRET_ACCESS_KEY=begun["SecretAccessKey"], AWS_SESSION_TOKEN=begun["SessionToken"])
        session.run("flumen put orders --data by-a-session --key ben")
        then = records(self.billing, "orders")
        self.operator.run("flumen backup data backups-hourly")
        self.producer.run("flumen put orders --data after-the-backup --key k")
        self.root.run("aws iam detach-user-policy --user-name ben --policy-arn arn:aws:iam::aws:policy/FlumenProducer")
        self.root.run(f"aws iam delete-access-key --user-name ben --access-key-id {key}")
        self.root.run("aws iam delete-user --user-name ben")
        check(len(records(self.billing, "orders")) == len(then) + 1, "the running server has one record more than the backup")

        self.operator.run("flumen check backups-hourly/2*Z")
        self.operator.run("cp -a backups-hourly/2*Z restored")
        port = self.place.port()
        server = Server(self.place, f"--data-dir restored --listen 127.0.0.1:{port} --revoke-sessions-before now")
        there = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        check(records(self.billing, "orders", also=there) == then, "the records of the time of the backup read back, under the same numbers")
        listed = self.root.run(f"aws kinesis list-stream-consumers --stream-arn {ORDERS} --query 'Consumers[].ConsumerARN'", also=there).out
        check(self.consumer in listed, "so does the consumer", listed)
        leases = self.billing.run("aws dynamodb scan --table-name billing --query Count", also=there).out
        check(leases.strip() == "1", "and the lease", leases)
        session.run("flumen put orders --data by-a-session --key ben", fails="UnrecognizedClientException", also=there)
        say("A user who was deleted since the backup is there again, until the file that says who there is is applied:")
        ben.run("flumen put orders --data of-ben --key ben", also=there)
        names = json.loads(self.root.run("aws iam list-users --query 'Users[].UserName'", also=there).out)
        self.place.write("who.toml", "version = 1\n" + "".join(f'[[users]]\nname = "{name}"\n' for name in names if name != "ben"))
        told = self.root.run("flumen apply --prune who.toml", also=there).all
        check("deleted user ben" in told, "the run says whom it has deleted", told)
        ben.run("flumen put orders --data of-ben --key ben", fails="UnrecognizedClientException", also=there)
        server.stop()

    def upgraded(self):
        title("A directory of the first version, upgraded")
        stored = json.loads(gzip.decompress(STORED.read_bytes()))
        say(f"It was written by {stored['program']}, whose directories are of format 1: crates/server/tests/stored/1.")
        unpack(stored, self.place.folder / "old")
        check(self.format_of("old") == 1, "its format is 1")
        self.operator.run("flumen backup old backups-old")
        then = {"LD_PRELOAD": self.clock(), "CLOCK_AHEAD_S": str(stored["at_ms"] // 1000 - int(time.time()) + 60)}
        say("The clock is set to the minute after it was stopped, so that nothing in it has expired.")
        port = self.place.port()
        server = Server(self.place, f"--data-dir old --listen 127.0.0.1:{port}", also=then)
        anybody = Person(self.place, "anybody", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_ACCESS_KEY_ID="any",
                         AWS_SECRET_ACCESS_KEY="any", **then)
        wanted = {(shard["shard"], number): (key, md5) for shard in stored["records"]
                  if (shard["account"], shard["stream"]) == (ACCOUNT, "orders") for number, key, _, md5 in shard["records"]}
        found = {}
        for line in anybody.run("flumen tail orders --from-start --no-follow --json").lines():
            record = json.loads(line)
            found[record["shard"], record["sequenceNumber"]] = (record["partitionKey"], md5(record))
        check(found == wanted, f"its {len(wanted)} records read back under their numbers", (len(found), len(wanted)))
        scanned = json.loads(anybody.run("aws dynamodb scan --table-name app").out)
        before = next(json.loads(asked["output"]) for asked in stored["tables"] if asked["operation"] == "Scan")
        check(scanned["Items"] and same_items(scanned["Items"], before["Items"]), "and so do the leases", scanned)
        check(any("which encrypted nothing" in line and 'stream="orders"' in line for line in server.told()),
              "a stream that only said that it is encrypted is warned of", server.told())
        anybody.run("aws kinesis start-stream-encryption --stream-name orders --encryption-type KMS --key-id alias/aws/kinesis")
        anybody.run("flumen put orders --data after-the-upgrade --key k")
        server.stop()
        self.operator.run("flumen check old")
        check(self.format_of("old") > 1, "the directory is of a later format now")
        check(self.format_of("backups-old") == 1, "and the backup is of the first one still, for whoever goes back")

    def format_of(self, folder):
        (path,) = (self.place.folder / folder).rglob("log/FORMAT")
        return int(path.read_text().split()[-1])


def unpack(stored, folder):
    """Files as offsets and what is there; everything else is zeros."""
    for file in stored["files"]:
        path = folder / file["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as out:
            out.truncate(file["bytes"])
            for offset, run in file["runs"]:
                out.seek(offset)
                out.write(base64.b64decode(run)[:file["bytes"] - offset])


def md5(record):
    data = base64.b64decode(record["dataBase64"]) if "dataBase64" in record else record["data"].encode()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def same_items(found, wanted):
    def plain(items):
        return sorted(json.dumps(item, sort_keys=True) for item in items)

    return plain(found) == plain(wanted)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--flumen", required=True, help="the program")
    arguments.add_argument("--aws", required=True, help="the AWS command line")
    arguments.add_argument("--java", help="where the programs with KPL and KCL are built; without it they are left out")
    arguments = arguments.parse_args()
    ended_by_signals()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flumen-production-") as folder:
        place = Place(folder, arguments.flumen, arguments.aws)
        try:
            Walk(place, arguments.java).walk()
        except NotSo as found:
            print(f"\nNOT SO: {found}", file=sys.stderr)
            for server in place.servers[-1:]:
                print(f"\nthe last lines of {server.log.name}:", *server.told()[-10:], sep="\n", file=sys.stderr)
            return 1
        finally:
            place.end()
    print(f"\nall of it is so, after {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
