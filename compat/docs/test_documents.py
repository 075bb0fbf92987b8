"""The commands in README.md and docs/, run as they stand.

Each document is one script of bash, in a folder, a network and a table of processes of its own: its ports are free, the names of hosts
in it are this machine, and what it has started ends with it. Line n of the script is line n of the document. Every block that is
indented or fenced is run, so a new one cannot be forgotten, or stands in one of the first tables, which say what it is or why not.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import textwrap
from dataclasses import dataclass

import botocore
import pytest

from harness.flumen import binary, running_elsewhere

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
OUT = HERE.parent / "out"
BELOW_DOCS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
DOCUMENTS = ["README.md", *BELOW_DOCS, "compat/README.md", "bench/README.md"]

# Blocks are named by how they begin. Why these are not run:
NOT_RUN = {
    "README.md": {
        "examples/flights/run": "minutes; CI's stages `example` and `tests` are these two",
    },
    "compat/README.md": {
        "cargo build --release": "runs this suite, and all others",
        "FLUMEN_EARLIER_BIN=OLD": "needs a version without identities",
    },
    "bench/README.md": {
        "cargo build --release": "half an hour; CI's stage `bench` is the third line",
        "bench/tables": "needs DynamoDB Local, and minutes",
        "bench/identities": "minutes",
        "bench/clients": "minutes",
        "cargo run": "builds and measures for minutes",
    },
    "docs/clients.md": {
        "AWS_ENDPOINT_URL=https://streams.example.com:4568 java": "the suite `kcl_others` runs that daemon",
    },
}
# No commands, and nothing else that is read here.
OTHER_TEXT = {
    "README.md": {
        "$ flumen describe": "what a command prints",
    },
    "docs/ARCHITECTURE.md": {
        "listener ->": "a picture",
        "types, protocol ": "a picture",
    },
    "docs/clients.md": {
        "'connector' =": "settings of Flink",
        "[OUTPUT]": "settings of Fluent Bit",
        "[sinks.orders]": "settings of Vector",
    },
    "docs/format.md": {
        "log/ ": "a list of files",
        "FORMAT ": "a list of files",
        "audit/<bucket>": "a list of files",
        "keys/<first": "a list of files",
    },
    "docs/operations.md": {
        "[Unit]": "a unit of systemd",
    },
    "docs/security.md": {
        '{"Version"': "a role's trust policy",
        "volumes:": "settings of Kubernetes",
        '{"principal"': "the form of a line that is put in",
        '{"decision"': "a line that comes out",
        "flumen-anchor-1": "the form of a line that comes out",
    },
}
SHELL = {"", "sh", "bash"}
# Other languages of fenced blocks. Those in none of these are commands, settings or Python.
NOT_READ = {"hcl", "java", "json", "yaml", "text"}
# Parts of flumen.toml, and what they are about: a server is started with each.
SETTINGS = {
    "README.md": {'limits = "aws"': "limits of single streams"},
    "docs/security.md": {
        "[[oidc-providers]]": "identity providers",
        "[[listeners]]": "ports",
        "[[external-keys]]": "key services",
    },
}
# Files that commands of the same document are given.
SHOWN = {
    "docs/security.md": {"version = 1": "who.toml"},
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}]}
TRUST = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}}
# What has been done when a reader comes to a block, as commands.
BEFORE = {
    "docs/clients.md": {
        "aws iam create-user": "export AWS_ACCESS_KEY_ID=AKIAREADER AWS_SECRET_ACCESS_KEY=secret AWS_CA_BUNDLE=$PWD/flumen-ca.pem",
    },
    "README.md": {
        "aws kinesis start-stream-encryption": "aws kinesis create-stream --stream-name orders --shard-count 1",
    },
    "docs/operations.md": {
        "flumen backup /var/lib/flumen": "flumen init --data-dir /var/lib/flumen; flumen serve --data-dir /var/lib/flumen",
    },
    "docs/security.md": {
        "aws iam put-role-policy": f"aws iam create-role --role-name billing --assume-role-policy-document '{json.dumps(TRUST)}'",
        "flumen keys status": "export FLUMEN_DATA_DIR=/data; openssl rand -base64 32 > other-root.key; flumen end-server",
        "flumen serve --root-key kms": (
            "export FLUMEN_ROOT_KEY=other-root.key FLUMEN_DATA_DIR=by-kms; cp -a data copied; key=$(prepare key_service)"
        ),
        "aws kinesis start-stream-encryption": (
            "rm flumen.toml; prepare audited_server; aws kinesis create-stream --stream-name orders --shard-count 1"
        ),
        "aws kms schedule-key-deletion": "key=$(aws kms create-key --query KeyMetadata.KeyId --output text)",
        "flumen put orders --encrypt": "key=$(aws kms create-key --query KeyMetadata.Arn --output text)",
        "aws cloudtrail put-event-selectors": "aws cloudtrail create-trail --name ops --s3-bucket-name ops-logs",
        "flumen audit verify /data": "flumen backup /data /backups; prepare audit_pem > audit.pem",
        "flumen audit tail": "event=$(flumen audit search --what CreateStream --json | jq -r .eventID)",
        "flumen apply who.toml": "unset FLUMEN_DATA_DIR FLUMEN_ROOT_KEY",
    },
}
# What a reader puts in the place of names, by the block.
FILLED = {
    "docs/clients.md": {
        "keytool": {" ...": " -version"},
    },
    "docs/durability.md": {
        # Its own process, which is killed.
        "flumen serve": {"flumen serve": "\"$FLUMEN_BIN\" serve", "--seconds 5": "--seconds 1"},
    },
    "docs/security.md": {
        "aws iam put-role-policy": {"ROLE": "billing"},
        "flumen policy explain --cases": {"FILE": "cases.jsonl"},
        "flumen keys status": {"SOURCE": "other-root.key"},
        "flumen serve --root-key kms": {
            # The one that was made before this.
            "key/1234abcd-12ab-34cd-56ef-1234567890ab": "key/$key",
            "kms:ARN": "kms:arn:aws:kms:eu-west-1:111122223333:key/$key",
            # Of a copy of the directory, since that which was started first has such a key.
            "rotate-root --new": "rotate-root --data-dir copied --new",
        },
        "aws kms schedule-key-deletion": {" ID": " $key"},
        "flumen put orders --encrypt": {
            "kms:arn:aws:kms:eu-west-1:111122223333:key/...": "kms:$key",
        },
        "flumen audit tail": {"EVENT-ID": "$event", "FILE": "payments.json", "ARN": "arn:aws:kinesis:us-east-1:000000000000:stream/orders"},
    },
    "README.md": {
        # What it shows is that it runs.
        "flumen bench": {"--seconds 10": "--seconds 1"},
        "export AWS_ENDPOINT_URL=http://127.0.0.1:4567\naws kms": {" ID": " $(aws kms list-keys --query 'Keys[0].KeyId' --output text)"},
    },
}
# The same in every document.
FILLED_EVERYWHERE = {
    # bash does not end where something fails that stands before this.
    r" && ": "; ",
    # The command line's version 1, which takes data as they are, has no such flag.
    r" --cli-binary-format raw-in-base64-out": "",
    # Folders of the machine are beneath the one in which the document is run.
    r"(?<=[\s=:\"])/(?=(data|backups|etc/flumen|run|var)\b)": "./",
    # Backups are called after the time.
    r"\b20261129T101500Z\b": "2*Z",
}
CLUSTER_KEYS = {"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "e": "AQAB",
                          "n": base64.urlsafe_b64encode(b"\xc1" * 256).decode().rstrip("=")}]}


def credentials(profile):
    return f"[{profile}]\naws_access_key_id = AKIAREADER\naws_secret_access_key = secret\n"


# Files that a reader has.
FILES = {
    "orders.jsonl": '{"customer": "ana", "item": 1}\n{"customer": "ben", "item": 2}\n',
    "orders.json": '[{"customer": "ana", "item": 1}, {"customer": "ben", "item": 2}]',
    "cases.jsonl": json.dumps({"principal": "arn:aws:iam::111111111111:user/ann", "action": "kinesis:PutRecord", "identity": [POLICY],
                               "resource": "arn:aws:kinesis:eu-west-1:111111111111:stream/orders"}) + "\n",
    "orders-reader.json": json.dumps(POLICY),
    "kcl.json": (ROOT / "examples" / "production" / "kcl.json").read_text(),
    "payments.json": json.dumps({"Statement": [POLICY["Statement"][0] | {"Principal": "*"}]}),
    "var/log/auth.log": "",
    "etc/flumen/cluster-keys.json": json.dumps(CLUSTER_KEYS),
    "run/secrets/flumen-credentials": credentials("default"),
    "credentials": credentials("default"),
    "etc/flumen/kms-credentials": credentials("kms"),
    "etc/flumen/kms-ca.pem": pathlib.Path(botocore.__file__).with_name("cacert.pem").read_text(),
}
# Seconds that a document may take.
WITHIN = 100
HOSTS = ["localhost", "streams.example.com"]
ADDRESSES = ["127.0.0.1/8", "10.0.0.5/32"]

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="documents start their servers themselves")


@dataclass
class Block:
    document: str
    line: int
    language: str
    text: str

    def begin(self, table):
        """By which a table of documents and begins names this block."""
        found = [begin for begin in table.get(self.document, ()) if self.text.startswith(begin)]
        assert len(found) < 2, f"{self}: is named twice, by {found}"
        return found[0] if found else None

    def of(self, table):
        """What the table says of it."""
        return table[self.document][self.begin(table)] if self.begin(table) else None

    def place(self):
        return f"{self.document}:{self.line}"

    def __str__(self):
        return f"{self.place()}: {self.text.splitlines()[0]}"


def blocks(document):
    """Those that are indented, after an empty line, or fenced, also within lists."""
    lines = (ROOT / document).read_text().splitlines()
    found, at = [], 0
    while at < len(lines):
        begin = at
        at += 1
        if fence := re.match(r"\s*(```+)\s*(\w*)", lines[begin]):
            while lines[at].strip() != fence[1]:
                at += 1
            found.append(Block(document, begin + 2, fence[2], textwrap.dedent("\n".join(lines[begin + 1:at]))))
            at += 1
        elif lines[begin].startswith("    ") and not lines[begin - 1].strip():
            while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                at += 1
            found.append(Block(document, begin + 1, "", textwrap.dedent("\n".join(lines[begin:at])).strip("\n")))
    return found


BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
EXCEPT = {"NOT_RUN": NOT_RUN, "OTHER_TEXT": OTHER_TEXT, "SETTINGS": SETTINGS, "SHOWN": SHOWN}
COMMANDS = [block for block in BLOCKS if block.language in SHELL and not any(block.of(table) for table in EXCEPT.values())]
PYTHON = [block for block in BLOCKS if block.language == "python"]


def filled(text):
    for pattern, value in FILLED_EVERYWHERE.items():
        text = re.sub(pattern, value, text)
    return text


def script(document):
    lines = [""] * len((ROOT / document).read_text().splitlines())
    # In the place of the title; what is run is printed after its line.
    lines[0] = "PS4='+ $LINENO: '; set -x"
    for block in COMMANDS:
        if block.document == document:
            assert block.line > 2, f"{block}: stands where the title belongs"
            lines[block.line - 2] = filled(block.of(BEFORE) or "")
            text = block.text
            for name, value in (block.of(FILLED) or {}).items():
                assert name in text, f"{block}: has no {name!r}"
                text = text.replace(name, value)
            lines[block.line - 1:block.line - 1 + text.count("\n") + 1] = filled(text).splitlines()
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path):
    """A function that runs a script of bash there, and returns its status and what it printed."""
    home = tmp_path / "reader"
    for name, content in FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (home / "target" / "release").mkdir(parents=True)
    (home / "target" / "release" / "flumen").symlink_to(HERE / "bin" / "flumen")
    (tmp_path / "hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in HOSTS))
    environment = {
        "HOME": str(home), "LANG": "C.UTF-8", "FLUMEN_BIN": binary(), "DOCUMENTS_STATE": str(tmp_path),
        "PATH": os.pathsep.join([str(HERE / "bin"), str(OUT / "awscli1" / "bin"), str(OUT / "venv" / "bin"), os.environ["PATH"]]),
    }
    # bash is the first process there, which takes note of the end of others.
    alone = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    prepare = " && ".join([
        *(f"ip address add {address} dev lo" for address in ADDRESSES), "ip link set lo up",
        f"mount --bind {tmp_path}/hosts /etc/hosts",
        # A document writes nothing elsewhere.
        f"mount --bind {tmp_path} {tmp_path}", "mount -o remount,bind,ro /", f"cd {home}",
        'exec "$@"',
    ])

    def run(text):
        path = tmp_path / "script"
        path.write_text(text)
        command = [*alone, "sh", "-c", prepare, "sh", "bash", "-euo", "pipefail", str(path)]
        try:
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=WITHIN, check=False)
        except subprocess.TimeoutExpired as late:
            return f"nothing after {WITHIN} s", (late.stdout or b"").decode(errors="replace")
        return done.returncode, done.stdout.decode(errors="replace")

    status, output = run("true")
    if status:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to make a network of its own: {output}")
        pytest.skip(f"SKIPPED ALOUD: cannot make a network here, which needs root or user namespaces: {output}")
    run.home = home
    return run


def last_command(output):
    """From the last line of a document that was begun to the end. Lines that it runs within others begin with more pluses."""
    begun = list(re.finditer(r"^\+ (\d+): ", output, re.MULTILINE))
    return (int(begun[-1][1]), output[begun[-1].start():]) if begun else (0, output)


@pytest.mark.parametrize("document", sorted({block.document for block in COMMANDS}))
def test_commands_of_a_document_run_as_they_stand(document, folder):
    for block in BLOCKS:
        if block.document == document and block.of(SHOWN):
            (folder.home / block.of(SHOWN)).write_text(filled(block.text))
    status, output = folder(script(document))
    if status:
        line, said = last_command(output)
        pytest.fail(f"{document}:{line}: ended with {status}\n{said}", pytrace=False)
    # Seen with -rP.
    print(output)


@pytest.mark.parametrize("block", PYTHON, ids=Block.place)
def test_python_runs(block, folder):
    (folder.home / "block.py").write_text(block.text)
    status, output = folder("python block.py")
    assert status == 0, f"{block}\n{output}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.of(SETTINGS)], ids=Block.place)
def test_a_server_starts_with_settings(block, folder):
    (folder.home / "flumen.toml").write_text(filled(block.text))
    status, output = folder("flumen init\nflumen serve\n")
    assert status == 0, f"{block}\n{output}"


def test_every_block_is_run_or_named():
    for block in BLOCKS:
        named = [name for name, table in EXCEPT.items() if block.of(table)]
        assert len(named) < 2, f"{block}: stands in {named}"
        assert named or block.language in SHELL | {"python"} | NOT_READ, f"{block}: stands in none of {list(EXCEPT)}"


@pytest.mark.parametrize("name", [*EXCEPT, "BEFORE", "FILLED"])
def test_every_entry_is_about_a_block(name):
    table = globals()[name]
    entries = {(document, begin) for document, begins in table.items() for begin in begins}
    stale = entries - {(block.document, block.begin(table)) for block in BLOCKS}
    assert not stale, f"{name} names what no document has: {sorted(stale)}"
