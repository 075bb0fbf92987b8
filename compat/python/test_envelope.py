"""Client-side encryption: what Flumen seals, AWS's Encryption SDK for Python opens, and the other way round.

`flumen put` and `flumen tail` are tried with streams and keys of a started server. Suites and sizes that they do not reach are
tried with the crate's example program, which FLUMEN_ENVELOPE names (`cargo build -p flumen-envelope --example envelope`).
"""

import json
import os
import subprocess
import time
import warnings

import pytest

warnings.filterwarnings("ignore")
aws_encryption_sdk = pytest.importorskip("aws_encryption_sdk")

from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders  # noqa: E402
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig  # noqa: E402
from aws_cryptographic_material_providers.mpl.models import (  # noqa: E402
    AesWrappingAlg,
    CreateAwsKmsDiscoveryKeyringInput,
    CreateAwsKmsKeyringInput,
    CreateMultiKeyringInput,
    CreateRawAesKeyringInput,
    CreateRawRsaKeyringInput,
    DiscoveryFilter,
    PaddingScheme,
)
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient  # noqa: E402
from aws_encryption_sdk.identifiers import AlgorithmSuite  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402

from harness.client import client, read_shard  # noqa: E402
from harness.flumen import Flumen, binary, running_elsewhere  # noqa: E402
from own_server import key, kinesis, kms, server, stream  # noqa: E402, F401

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

SHARD = "shardId-000000000000"
CONTEXT = {"team": "payments", "\u00e9t\u00e9": "\U0001f512"}
PAIRS = [f"--context={key}={value}" for key, value in CONTEXT.items()]
FLUMEN_ENVELOPE = os.environ.get("FLUMEN_ENVELOPE")
NAMESPACE = "flumen"

providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Keys as files, by their names."""
    folder = tmp_path_factory.mktemp("keys")
    private = rsa.generate_private_key(65537, 2048)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    made = {
        **{f"aes{8 * length}": os.urandom(length) for length in (16, 24, 32)},
        "rsa": private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
        "rsa-public": private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo),
    }
    for name, key in made.items():
        (folder / name).write_bytes(key)
    return folder


def raw_aes(files, name, key_name="aes"):
    key = (files / name).read_bytes()
    algorithm = getattr(AesWrappingAlg, f"ALG_AES{8 * len(key)}_GCM_IV12_TAG16")
    return providers.create_raw_aes_keyring(
        CreateRawAesKeyringInput(key_namespace=NAMESPACE, key_name=key_name, wrapping_key=key, wrapping_alg=algorithm)
    )


def raw_rsa(files, bits=256, key_name="rsa"):
    return providers.create_raw_rsa_keyring(
        CreateRawRsaKeyringInput(
            key_namespace=NAMESPACE,
            key_name=key_name,
            padding_scheme=getattr(PaddingScheme, f"OAEP_SHA{bits}_MGF1"),
            public_key=(files / "rsa-public").read_bytes(),
            private_key=(files / "rsa").read_bytes(),
        )
    )


def of_kms(kms, key):
    return providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=kms))


def multi(first, *others):
    return providers.create_multi_keyring(CreateMultiKeyringInput(generator=first, child_keyrings=list(others)))


def sdk(suite=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384):
    commits = suite.algorithm_id >= 0x0400
    strict, lax = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    return EncryptionSDKClient(commitment_policy=strict if commits else lax)


def run(program, *arguments, given=b"", **environment):
    done = subprocess.run([program, *arguments], input=given, capture_output=True, timeout=60,
                          env=os.environ | {"AWS_ENDPOINT_URL_KMS": ""} | environment)
    return done.returncode, done.stdout, done.stderr.decode()


def flumen(server, *arguments, given=b""):
    return run(binary(), *arguments, f"--endpoint={server.endpoint}", given=given)


def put(server, stream, given, *arguments):
    status, _, told = flumen(server, "put", stream, *arguments, given=given)
    assert status == 0, told


def tail(server, stream, *arguments):
    status, printed, told = flumen(server, "tail", stream, "--no-follow", *arguments)
    assert status == 0, told
    return printed


def stored(kinesis, stream):
    return [record["Data"] for record in read_shard(kinesis, stream, SHARD)]


def uses(server, key):
    """Calls for a key, by their operations: as the audit has summed them."""
    status, printed, told = flumen(server, "audit", "sums", "--json")
    assert status == 0, told
    rows = [json.loads(line) for line in printed.splitlines()]
    return {row["operation"]: row["calls"] for row in rows if row["thing"] == key}


@pytest.mark.parametrize("kind", ["kms", "aes", "rsa"])
@pytest.mark.parametrize("signed", [[], ["--signed"]])
def test_put_encrypts_what_the_sdk_decrypts(server, kinesis, kms, stream, key, files, kind, signed):
    keyring = {"kms": f"kms:{key}", "aes": f"aes:{files / 'aes256'}", "rsa": f"rsa:{files / 'rsa-public'}"}[kind]
    put(server, stream, b"one\n\nthree\n", "--encrypt", keyring, "--key", "k", *PAIRS, *signed)
    held = {"kms": lambda: of_kms(kms, key), "aes": lambda: raw_aes(files, "aes256"), "rsa": lambda: raw_rsa(files)}
    data = stored(kinesis, stream)
    assert len(data) == 3
    for message, plaintext in zip(data, [b"one", b"", b"three"]):
        assert plaintext == b"" or plaintext not in message
        opened, header = sdk().decrypt(source=message, keyring=held[kind](), encryption_context=CONTEXT)
        assert opened == plaintext
        assert header.algorithm.algorithm_id == (0x0578 if signed else 0x0478)
        assert header.encryption_context.items() >= CONTEXT.items()


@pytest.mark.parametrize("kind", ["kms", "aes", "rsa"])
def test_tail_decrypts_what_the_sdk_encrypts(server, kinesis, kms, stream, key, files, kind):
    held = {"kms": lambda: of_kms(kms, key), "aes": lambda: raw_aes(files, "aes128"), "rsa": lambda: raw_rsa(files)}
    for data in [b"one", b"", b"three"]:
        message, _ = sdk().encrypt(source=data, keyring=held[kind](), encryption_context=CONTEXT)
        kinesis.put_record(StreamName=stream, Data=message, PartitionKey="k")
    keyring = {"kms": f"kms:{key}", "aes": f"aes:{files / 'aes128'}", "rsa": f"rsa:{files / 'rsa'}"}[kind]
    assert tail(server, stream, "--decrypt", keyring) == b"one\n\nthree\n"
    printed = tail(server, stream, "--decrypt", keyring, "--json", "--limit=1", *PAIRS)
    assert json.loads(printed)["encryptionContext"] == CONTEXT


def test_any_of_several_keys_opens_records(server, kinesis, kms, stream, key, files):
    keyrings = [f"kms:{key}", f"aes:{files / 'aes192'}", f"rsa:{files / 'rsa'}"]
    put(server, stream, b"record\n", *[f"--encrypt={keyring}" for keyring in keyrings])
    for keyring in keyrings:
        assert tail(server, stream, "--decrypt", keyring) == b"record\n"
    put(server, stream, b"record\n", f"--encrypt=kms:{key}")
    first, second = stored(kinesis, stream)
    for keyring in [of_kms(kms, key), raw_aes(files, "aes192"), raw_rsa(files)]:
        assert sdk().decrypt(source=first, keyring=keyring)[0] == b"record"
    # This SDK discovers nothing in messages that raw keys are for too, even where it has made them.
    discovery = CreateAwsKmsDiscoveryKeyringInput(
        kms_client=kms, discovery_filter=DiscoveryFilter(account_ids=[key.split(":")[4]], partition="aws")
    )
    keyring = providers.create_aws_kms_discovery_keyring(discovery)
    assert sdk().decrypt(source=second, keyring=keyring)[0] == b"record"


def test_a_data_key_is_used_for_many_records_and_each_use_of_the_key_is_audited(server, stream, key):
    lines = b"".join(b"%d\n" % number for number in range(1000))
    put(server, stream, lines, f"--encrypt=kms:{key}", "--context=team=payments", "--key=k")
    assert tail(server, stream, f"--decrypt=kms:{key}", "--context=team=payments") == lines
    assert uses(server, key) == {"GenerateDataKey": 1, "Decrypt": 1}


def test_records_that_cannot_be_opened_are_told_of(server, kinesis, stream, files):
    aes = f"aes:{files / 'aes256'}"
    put(server, stream, b"first\n", "--encrypt", aes)
    clear = kinesis.put_record(StreamName=stream, Data=b"in clear", PartitionKey="k")["SequenceNumber"]
    put(server, stream, b"of another\n", f"--encrypt=aes:{files / 'aes128'}")
    put(server, stream, b"last\n", "--encrypt", aes)
    status, printed, told = flumen(server, "tail", stream, "--no-follow", "--decrypt", aes)
    assert (status, printed) == (1, b"first\nlast\n")
    assert f"{SHARD} {clear}: it is not a message of the AWS Encryption SDK: it begins with 0x69" in told
    assert "cannot be decrypted with these keys and this encryption context" in told
    assert "2 records could not be decrypted" in told
    status, printed, told = flumen(server, "tail", stream, "--no-follow", "--decrypt", aes, "--context=team=x")
    assert (status, printed) == (1, b"") and "4 records could not be decrypted" in told


def test_what_the_key_service_refuses_ends_the_command(server, kms, stream, key):
    put(server, stream, b"record\n", f"--encrypt=kms:{key}")
    kms.disable_key(KeyId=key)
    status, printed, told = flumen(server, "tail", stream, "--no-follow", f"--decrypt=kms:{key}")
    assert (status, printed) == (1, b"") and "DisabledException" in told and SHARD in told
    status, _, told = flumen(server, "put", stream, f"--encrypt=kms:{key}", given=b"record\n")
    assert status == 1 and "DisabledException" in told and "line 1" in told
    kms.enable_key(KeyId=key)
    assert tail(server, stream, f"--decrypt=kms:{key}") == b"record\n"


@pytest.mark.parametrize(("arguments", "told"), [
    (["--encrypt=aes:/nowhere"], "No such file"),
    (["--encrypt=pgp:x"], "is none of kms:ARN, aes:FILE and rsa:FILE"),
    (["--encrypt=kms:not a key"], "neither the ARN of a key"),
    (["--encrypt=aes:{rsa}"], "must have 16, 24 or 32"),
    (["--encrypt=rsa:{aes256}"], "BEGIN PUBLIC KEY"),
    (["--encrypt=aes:{aes256}", "--context=team"], "is not KEY=VALUE"),
    (["--encrypt=aes:{aes256}", "--context=aws-crypto-x=y"], "the format's own"),
    (["--context=a=b"], "--encrypt or --decrypt"),
])
def test_wrong_usage_is_named(server, stream, files, arguments, told):
    named = {path.name.replace("-", "_"): path for path in files.iterdir()}
    status, _, found = flumen(server, "put", stream, *[text.format(**named) for text in arguments], given=b"x\n")
    assert status == 2 and told in found, found


def test_an_alias_encrypts_and_does_not_decrypt(server, kms, stream, key):
    alias = f"alias/{stream[:50]}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    put(server, stream, b"record\n", f"--encrypt=kms:{alias}")
    assert tail(server, stream, f"--decrypt=kms:{key}") == b"record\n"
    status, _, told = flumen(server, "tail", stream, "--no-follow", f"--decrypt=kms:{alias}")
    assert status == 2 and "records name their key by its ARN" in told


program = pytest.mark.skipif(not FLUMEN_ENVELOPE, reason="FLUMEN_ENVELOPE names no program")
KEYRINGS = ["aes128", "aes192", "aes256", "rsa-1", "rsa-256", "rsa-384", "rsa-512", "aes256+rsa-256"]
SIZES = [0, 1, 4095, 4096, 4097, 100_000]


def of_sdk(files, name):
    if "+" in name:
        return multi(*[of_sdk(files, part) for part in name.split("+")])
    return raw_rsa(files, int(name[4:]), name) if name.startswith("rsa") else raw_aes(files, name, name)


def of_program(files, name):
    kinds = [(part, "rsa" if part.startswith("rsa") else part) for part in name.split("+")]
    kind = lambda part: part if part.startswith("rsa") else "aes"  # noqa: E731
    return [f"--keyring={kind(part)}:{NAMESPACE}:{part}:{files / file}" for part, file in kinds]


@program
@pytest.mark.parametrize("suite", list(AlgorithmSuite), ids=lambda suite: f"{suite.algorithm_id:04x}")
@pytest.mark.parametrize("name", KEYRINGS)
def test_every_suite_and_keyring_both_ways(files, suite, name):
    for size in SIZES if name == "aes256" else SIZES[1:5:3]:
        plaintext = os.urandom(size)
        message, _ = sdk(suite).encrypt(
            source=plaintext, keyring=of_sdk(files, name), encryption_context=CONTEXT, algorithm=suite
        )
        for pieces in [[], ["--pieces=1000"]]:
            done = run(FLUMEN_ENVELOPE, "open", *of_program(files, name), *PAIRS, *pieces, given=message)
            assert done == (0, plaintext, "")
            arguments = [f"--suite={suite.algorithm_id:04x}", *PAIRS, *pieces]
            status, message_here, told = run(FLUMEN_ENVELOPE, "seal", *of_program(files, name), *arguments, given=plaintext)
            assert (status, told) == (0, "")
            opened, header = sdk(suite).decrypt(source=message_here, keyring=of_sdk(files, name))
            assert opened == plaintext and header.algorithm == suite


@program
@pytest.mark.parametrize("suite", [AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
                                   AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY])
def test_ten_mebibytes_both_ways(files, suite):
    plaintext = os.urandom(10 * 1024 * 1024)
    message, _ = sdk(suite).encrypt(source=plaintext, keyring=of_sdk(files, "aes256"), algorithm=suite)
    done = run(FLUMEN_ENVELOPE, "open", *of_program(files, "aes256"), given=message)
    assert done == (0, plaintext, "")
    suited = f"--suite={suite.algorithm_id:04x}"
    status, message, _ = run(FLUMEN_ENVELOPE, "seal", suited, *of_program(files, "aes256"), given=plaintext)
    assert status == 0 and sdk(suite).decrypt(source=message, keyring=of_sdk(files, "aes256"))[0] == plaintext


@program
def test_keys_of_the_key_service_with_every_suite(server, kms, key):
    here = {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for suite in AlgorithmSuite:
        message, _ = sdk(suite).encrypt(source=b"order", keyring=of_kms(kms, key), encryption_context=CONTEXT, algorithm=suite)
        for keyring in [f"--keyring=kms:{key}", "--keyring=kms-discovery"]:
            assert run(FLUMEN_ENVELOPE, "open", keyring, *PAIRS, given=message, **here) == (0, b"order", "")
        arguments = [f"--suite={suite.algorithm_id:04x}", f"--keyring=kms:{key}", *PAIRS]
        status, message, told = run(FLUMEN_ENVELOPE, "seal", *arguments, given=b"order", **here)
        assert status == 0, told
        assert sdk(suite).decrypt(source=message, keyring=of_kms(kms, key))[0] == b"order"


@program
def test_pairs_that_are_not_in_the_message(files):
    from aws_cryptographic_material_providers.mpl.models import (
        CreateDefaultCryptographicMaterialsManagerInput,
        CreateRequiredEncryptionContextCMMInput,
    )

    inner = CreateDefaultCryptographicMaterialsManagerInput(keyring=of_sdk(files, "aes256"))
    inner = providers.create_default_cryptographic_materials_manager(inner)
    required = CreateRequiredEncryptionContextCMMInput(required_encryption_context_keys=["team"], underlying_cmm=inner)
    required = providers.create_required_encryption_context_cmm(required)
    status, message, _ = run(FLUMEN_ENVELOPE, "seal", *of_program(files, "aes256"), *PAIRS, "--unstored=team", given=b"order")
    assert status == 0 and b"payments" not in message
    opened, _ = sdk().decrypt(source=message, materials_manager=required, encryption_context={"team": "payments"})
    assert opened == b"order"
    message, _ = sdk().encrypt(source=b"order", materials_manager=required, encryption_context=CONTEXT)
    for pairs, expected in [(["--context=team=payments"], b"order"), ([], b""), (["--context=team=orders"], b"")]:
        status, opened, _ = run(FLUMEN_ENVELOPE, "open", *of_program(files, "aes256"), *pairs, given=message)
        assert (status == 0, opened) == (expected != b"", expected)
