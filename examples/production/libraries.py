"""The Kinesis Producer and Client Libraries, as programs of compat/kcl, with no more rights than kpl.json and kcl.json give."""

import json
import pathlib
import subprocess
import threading
import time

from shell import NotSo, check, say, title

HERE = pathlib.Path(__file__).resolve().parent
RECORDS = 1000
APPLICATION = "orders-reader"
WITHIN = 120.0
JAVA = "java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


class Program:
    """A Java program whose lines are kept, and which ends when its standard input does."""

    def __init__(self, walk, person, module, arguments):
        self.lines, self.log = [], walk.place.folder / f"{module}.log"
        target = pathlib.Path(walk.java) / module / "target"
        command = (f"{JAVA} -Djavax.net.ssl.trustStore=flumen.p12 -Djavax.net.ssl.trustStorePassword=changeit "
                   f"-cp '{target}/classes:{target}/lib/*' {arguments}")
        print(f"{person.name}$ java -Djavax.net.ssl.trustStore=flumen.p12 ... {arguments}", flush=True)
        endpoint = f"https://localhost:{walk.secure}"
        environment = walk.place.environment | person.exported | {
            "FLUMEN_ENDPOINT": endpoint, "FLUMEN_TLS_ENDPOINT": endpoint, "FLUMEN_CA": str(walk.place.folder / "flumen-ca.pem")}
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=walk.place.folder, env=environment,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        walk.place.servers.append(self)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode().rstrip("\n").split("\t"))

    def told(self):
        return self.log.read_text(errors="replace").splitlines()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def read_records(self):
        return {line[6].rsplit(":", 1)[0] for line in self.lines if line[1:2] == ["record"]}


def wait(what, condition, program):
    until = time.monotonic() + WITHIN
    while not (found := condition()):
        if time.monotonic() > until or program.process.poll() is not None:
            raise NotSo(f"{what}, within {WITHIN:.0f} s\n" + "\n".join(program.told()[-20:]))
        time.sleep(0.2)
    check(found, what)
    return found


def without(policy, action):
    """The document with one action fewer."""
    document = json.loads(json.dumps(policy))
    for statement in document["Statement"]:
        if isinstance(statement["Action"], list) and action in statement["Action"]:
            statement["Action"].remove(action)
    assert document != policy, action
    return document


def under_least_privilege(walk):
    title("KPL and KCL under least privilege")
    walk.operator.run("keytool -importcert -noprompt -alias flumen -file flumen-ca.pem -keystore flumen.p12 -storetype PKCS12 "
                      "-storepass changeit")
    people = {}
    for name, action in {"kpl": "kinesis:PutRecords", "kcl": "kinesis:GetRecords"}.items():
        policy = json.loads((HERE / f"{name}.json").read_text())
        walk.place.write(f"{name}.json", json.dumps(policy))
        walk.place.write(f"{name}-less.json", json.dumps(without(policy, action)))
        walk.root.run(f"aws iam create-user --user-name {name}")
        people[name], _ = walk.key_of(name)
        allow(walk, name, f"{name}-less.json")
    written_by_kpl(walk, people["kpl"])
    read_by_kcl(walk, people["kcl"])
    unused = [json.loads(line) for line in walk.root.run("flumen audit unused --since 1h --json").lines()]
    ours = [row for row in unused if row["principal"].endswith(("/kpl", "/kcl")) and row.get("actions")]
    check(not ours, "each action that the two policies allow was used, so none of them is one too many", ours)


def allow(walk, name, document):
    walk.root.run(f"aws iam put-user-policy --user-name {name} --policy-name least --policy-document file://{document}")


def denied(walk, name):
    found = walk.root.run(f"flumen audit search --who {name} --denied --json", quietly=True).lines()
    return {event["eventName"] for event in map(json.loads, found)}


def used(walk, name):
    found = walk.root.run(f"flumen audit sums --who {name} --json", quietly=True).lines()
    return {row["operation"] for row in map(json.loads, found) if "outcome" not in row}


def written_by_kpl(walk, person):
    # Records of 100 bytes and 100 keys.
    arguments = f"flumen.Producer orders {RECORDS} 100 100"
    program = Program(walk, person, "kpl", arguments)
    wait("KPL without kinesis:PutRecords is denied", lambda: "PutRecords" in denied(walk, "kpl"), program)
    # Every two seconds, so the next run may end before.
    wait("and reports its metrics", lambda: "PutMetricData" in used(walk, "kpl"), program)
    program.end()
    allow(walk, "kpl", "kpl.json")
    program = Program(walk, person, "kpl", arguments)
    status = program.process.wait(WITHIN)
    seen = dict(zip(program.lines[-1][::2], program.lines[-1][1::2])) if program.lines else {}
    is_stored = status == 0 and seen.get("stored") == str(RECORDS)
    check(is_stored, f"with it KPL has stored {RECORDS} records", program.lines + program.told()[-20:])


def read_by_kcl(walk, person):
    program = Program(walk, person, "kcl3", f"flumen.Worker orders {APPLICATION} worker-1 polling")
    wait("KCL without kinesis:GetRecords is denied", lambda: "GetRecords" in denied(walk, "kcl"), program)
    check(not program.read_records(), "and reads nothing")
    allow(walk, "kcl", "kcl.json")
    wanted = {f"key-{n % 100}:{n // 100}" for n in range(RECORDS)}
    wait(f"with it KCL has read all {RECORDS} records", lambda: wanted <= program.read_records(), program)
    # It scans for its leases until the table's index is there.
    wait("and finds its leases by the table's index", lambda: "Query" in used(walk, "kcl"), program)
    program.process.stdin.close()
    check(program.process.wait(WITHIN) == 0, "and ends in good order", program.told()[-20:])
    program.end()
