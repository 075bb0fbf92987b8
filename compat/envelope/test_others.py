"""Messages both ways with AWS's Encryption SDKs for JavaScript and Java: every suite and raw keyring, from nothing to 10 MiB.

A program of each SDK takes a list of tasks as JSON and answers with a list: `action` (`seal` or `open`), `suite`, `keys` (`kind`, which
is `aes` or `rsa-` and the bits of a hash, `namespace`, `name`, `key` in base64 or PEM, `publicKey`), `context`, `data` in base64,
`frameBytes`; and `data`, with `suite` and `context` of what was opened, or `error`.
"""

import base64
import json
import os
import pathlib
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = pathlib.Path(__file__).parent
FLUMEN_ENVELOPE = os.environ["FLUMEN_ENVELOPE"]
PROGRAMS = {
    "javascript": ["node", str(HERE / "javascript" / "envelope.js")],
    "java": ["java", "-cp", f"{HERE}/java/target/classes:{HERE}/java/target/dependency/*", "Envelope"],
}
SUITES = [0x0578, 0x0478, 0x0378, 0x0346, 0x0214, 0x0178, 0x0146, 0x0114, 0x0078, 0x0046, 0x0014]
KEYRINGS = ["aes128", "aes192", "aes256", "rsa-1", "rsa-256", "rsa-384", "rsa-512", "aes256+rsa-256"]
# Java's SDK refuses empty values.
CONTEXT = {"team": "payments", "\u00e9t\u00e9": "\U0001f512"}
PAIRS = [f"--context={key}={value}" for key, value in CONTEXT.items()]
FRAME_BYTES = 4096
SIZES = [0, 1, FRAME_BYTES, FRAME_BYTES + 1, 100_000]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    private = rsa.generate_private_key(65537, 2048)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    for bits in (128, 192, 256):
        (folder / f"aes{bits}").write_bytes(os.urandom(bits // 8))
    (folder / "rsa").write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "rsa-public").write_bytes(public)
    return folder


def kind(name):
    return name if name.startswith("rsa") else "aes"


def keys(files, keyring):
    def one(name):
        key = {"kind": kind(name), "namespace": "compat", "name": name}
        if kind(name) == "aes":
            return key | {"key": base64.b64encode((files / name).read_bytes()).decode()}
        return key | {"key": (files / "rsa").read_text(), "publicKey": (files / "rsa-public").read_text()}

    return [one(name) for name in keyring.split("+")]


def here(files, action, keyring, *arguments, given):
    """The same by this project's program."""
    file = {"rsa": "rsa"}
    named = [f"--keyring={kind(name)}:compat:{name}:{files / file.get(name[:3], name)}" for name in keyring.split("+")]
    done = subprocess.run([FLUMEN_ENVELOPE, action, *named, *arguments], input=given, capture_output=True, timeout=60)
    assert done.returncode == 0, (action, keyring, arguments, done.stderr.decode())
    return done.stdout


def there(program, tasks):
    done = subprocess.run(PROGRAMS[program], input=json.dumps(tasks).encode(), capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def task(files, action, suite, keyring, data):
    return {
        "action": action, "suite": suite, "keys": keys(files, keyring), "context": CONTEXT,
        "data": base64.b64encode(data).decode(), "frameBytes": FRAME_BYTES,
    }


def cases():
    for suite in SUITES:
        for keyring in KEYRINGS:
            for size in SIZES if keyring == "aes256" else SIZES[1:4:2]:
                yield suite, keyring, os.urandom(size)
    yield 0x0578, "aes256", os.urandom(10 * 1024 * 1024)
    yield 0x0478, "aes256", os.urandom(10 * 1024 * 1024)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_sealed_there_opens_here(files, program):
    all_cases = list(cases())
    sealed = there(program, [task(files, "seal", suite, keyring, data) for suite, keyring, data in all_cases])
    assert len(sealed) == len(all_cases)
    for (suite, keyring, data), result in zip(all_cases, sealed):
        message = base64.b64decode(result["data"])
        for pieces in [[], ["--pieces=1000"]]:
            assert here(files, "open", keyring, *PAIRS, *pieces, given=message) == data, (f"{suite:04x}", keyring, len(data))


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_sealed_here_opens_there(files, program):
    all_cases = list(cases())
    suited = lambda suite: [f"--suite={suite:04x}", f"--frame-bytes={FRAME_BYTES}", *PAIRS]  # noqa: E731
    sealed = [here(files, "seal", keyring, *suited(suite), given=data) for suite, keyring, data in all_cases]
    opened = there(program, [task(files, "open", suite, keyring, message)
                             for (suite, keyring, _), message in zip(all_cases, sealed)])
    for (suite, keyring, data), result in zip(all_cases, opened):
        assert "error" not in result, (f"{suite:04x}", keyring, len(data), result)
        assert base64.b64decode(result["data"]) == data
        assert (result["suite"], result["context"]) == (suite, CONTEXT)


@pytest.mark.parametrize("program", PROGRAMS)
def test_altered_messages_open_nowhere(files, program):
    """That the programs do say so: what opens everything would pass the tests above."""
    message = here(files, "seal", "aes256", "--suite=0478", *PAIRS, given=b"order")
    altered = message[:-1] + bytes([message[-1] ^ 1])
    good, bad = there(program, [task(files, "open", 0x0478, "aes256", data) for data in (message, altered)])
    assert base64.b64decode(good["data"]) == b"order" and "error" in bad
