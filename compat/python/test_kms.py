"""KMS as boto3 has it: keys, aliases, grants, rotation, deletion, and what is encrypted with keys."""

import base64
import json
import os
import pathlib
import secrets
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness.client import client
from harness.flumen import Flumen, binary, running_elsewhere
from own_server import key, kms, server  # noqa: F401
from test_identities import ACCOUNT, ROOT, Directory, credentials, document

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

REGION = "us-east-1"
DAY = 24 * 3600


def refused(code, call, **asked):
    with pytest.raises(ClientError) as caught:
        call(**asked)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"].get("Message", "")


def identity(arn):
    return arn.rsplit("/", 1)[1]


def test_a_key_is_described_as_it_was_made(kms):
    made = kms.create_key(Description="of a test", Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyMetadata"]
    assert made["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['KeyId']}"
    expected = {
        "AWSAccountId": ACCOUNT, "Enabled": True, "Description": "of a test", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled",
        "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False,
    }
    assert made.items() >= expected.items() and abs(made["CreationDate"].timestamp() - time.time()) < 60
    for named in (made["KeyId"], made["Arn"]):
        assert kms.describe_key(KeyId=named)["KeyMetadata"] == made
    kms.update_key_description(KeyId=made["KeyId"], Description="")
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"] == ""


def test_keys_that_are_not_there_are_not_found(kms, key):
    absent = "00000000-0000-4000-8000-000000000000"
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{absent}"
    assert refused("NotFoundException", kms.describe_key, KeyId=absent) == f"Key '{arn}' does not exist"
    assert refused("NotFoundException", kms.describe_key, KeyId="nothing") == "Invalid keyId 'nothing'"
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/none"
    assert refused("NotFoundException", kms.encrypt, KeyId="alias/none", Plaintext=b"x") == f"Alias {alias} is not found."
    assert refused("NotFoundException", kms.describe_key, KeyId=key.replace(REGION, "eu-west-1")) == "Invalid arn eu-west-1"
    refused("InvalidArnException", kms.describe_key, KeyId="arn:aws:kms:here")


@pytest.mark.parametrize("asked", [
    {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"KeySpec": "HMAC_256"}, {"KeyUsage": "SIGN_VERIFY"}, {"Origin": "EXTERNAL"},
    {"MultiRegion": True}, {"CustomKeyStoreId": "cks-1"},
])
def test_keys_of_other_kinds_are_refused(kms, asked):
    refused("UnsupportedOperationException", kms.create_key, **asked)


def test_operations_that_are_not_served_say_so(kms, key):
    assert "GetPublicKey" in refused("UnsupportedOperationException", kms.get_public_key, KeyId=key)


def test_what_is_encrypted_is_decrypted_with_the_same_context_alone(kms, key):
    context = {"department": "it", "purpose": "test"}
    done = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)
    assert done["KeyId"] == key and done["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    blob = done["CiphertextBlob"]
    assert b"secret" not in blob and len(blob) <= 6144
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"], opened["EncryptionAlgorithm"]) == (b"secret", key, "SYMMETRIC_DEFAULT")
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context, KeyId=key)["Plaintext"] == b"secret"
    for wrong in ({}, {"department": "it"}, {**context, "more": ""}, {"department": "IT", "purpose": "test"}):
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong)
    for wrong in (b"x", blob[:-1], blob[:-1] + bytes([blob[-1] ^ 1]), base64.b64encode(blob)):
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=wrong, EncryptionContext=context)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, KeyId=other)
    assert len(kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)["CiphertextBlob"]) <= 6144
    refused("ValidationException", kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)
    refused("InvalidKeyUsageException", kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    refused("ValidationException", kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"a": "x" * 8192})


def test_data_keys_come_in_clear_and_as_ciphertext(kms, key):
    for asked, size in (({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)):
        made = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **asked)
        assert len(made["Plaintext"]) == size and made["KeyId"] == key and len(made["KeyMaterialId"]) == 64
        opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
        assert opened["Plaintext"] == made["Plaintext"]
        hidden = kms.generate_data_key_without_plaintext(KeyId=key, **asked)
        assert "Plaintext" not in hidden
        assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size
    told = "Please specify either number of bytes or key spec."
    assert refused("ValidationException", kms.generate_data_key, KeyId=key) == told
    assert refused("ValidationException", kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32) == told
    refused("DryRunOperationException", kms.generate_data_key, KeyId=key, KeySpec="AES_256", DryRun=True)
    assert len(kms.generate_random(NumberOfBytes=77)["Plaintext"]) == 77


def test_ciphertext_becomes_that_of_another_key(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "1"})["CiphertextBlob"]
    other = kms.create_key()["KeyMetadata"]["Arn"]
    asked = {"SourceEncryptionContext": {"a": "1"}, "DestinationKeyId": other, "DestinationEncryptionContext": {"b": "2"}}
    done = kms.re_encrypt(CiphertextBlob=blob, **asked)
    assert (done["SourceKeyId"], done["KeyId"]) == (key, other)
    opened = kms.decrypt(CiphertextBlob=done["CiphertextBlob"], EncryptionContext={"b": "2"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"secret", other)
    refused("InvalidCiphertextException", kms.re_encrypt, CiphertextBlob=blob, **{**asked, "SourceEncryptionContext": {}})
    refused("DryRunOperationException", kms.re_encrypt, CiphertextBlob=blob, DryRun=True, **asked)


def test_a_key_that_is_disabled_or_leaves_is_not_used(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"].items() >= {"Enabled": False, "KeyState": "Disabled"}.items()
    for call, asked in ((kms.encrypt, {"KeyId": key, "Plaintext": b"x"}), (kms.decrypt, {"CiphertextBlob": blob}),
                        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"})):
        assert refused("DisabledException", call, **asked) == f"{key} is disabled."
    kms.enable_key(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key)
    for days in (6, 31):
        refused("ValidationException", kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)
    leaves = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (leaves["KeyId"], leaves["KeyState"], leaves["PendingWindowInDays"]) == (key, "PendingDeletion", 7)
    assert abs(leaves["DeletionDate"].timestamp() - time.time() - 7 * DAY) < 60
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"] == leaves["DeletionDate"]
    for call in (kms.enable_key, kms.disable_key, kms.schedule_key_deletion, kms.rotate_key_on_demand):
        assert refused("KMSInvalidStateException", call, KeyId=key) == f"{key} is pending deletion."
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob)
    kms.put_key_policy(KeyId=key, Policy=kms.get_key_policy(KeyId=key)["Policy"])
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == key
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"


def test_aliases_name_a_key_and_are_moved(kms, key):
    kms.create_alias(AliasName="alias/team/one", TargetKeyId=key)
    assert kms.describe_key(KeyId="alias/team/one")["KeyMetadata"]["Arn"] == key
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/team/one"
    blob = kms.encrypt(KeyId=arn, Plaintext=b"secret")["CiphertextBlob"]
    told = refused("AlreadyExistsException", kms.create_alias, AliasName="alias/team/one", TargetKeyId=key)
    assert told == f"An alias with the name {arn} already exists"
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/team/one", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/team/one")["KeyMetadata"]["Arn"] == other
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, KeyId="alias/team/one")
    [listed] = kms.list_aliases(KeyId=other)["Aliases"]
    assert (listed["AliasName"], listed["AliasArn"], listed["TargetKeyId"]) == ("alias/team/one", arn, identity(other))
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    kms.delete_alias(AliasName="alias/team/one")
    refused("NotFoundException", kms.describe_key, KeyId="alias/team/one")
    refused("NotFoundException", kms.delete_alias, AliasName="alias/team/one")
    for wrong, code in (("team", "ValidationException"), ("alias/aws/mine", "InvalidAliasNameException"),
                        ("alias/a:b", "ValidationException"), ("alias/ä", "ValidationException")):
        refused(code, kms.create_alias, AliasName=wrong, TargetKeyId=key)


def test_the_key_of_kinesis_is_there_without_being_made(kms, server):
    there = kms.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]
    assert there["KeyManager"] == "AWS" and there["Enabled"]
    assert kms.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"] == there
    assert ("alias/aws/kinesis", there["KeyId"]) in {
        (alias["AliasName"], alias["TargetKeyId"]) for page in kms.get_paginator("list_aliases").paginate() for alias in page["Aliases"]}
    policy = json.loads(kms.get_key_policy(KeyId=there["KeyId"], PolicyName="default")["Policy"])
    condition = policy["Statement"][0]["Condition"]["StringEquals"]
    assert condition == {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"kinesis.{REGION}.amazonaws.com"}
    for call in (kms.disable_key, kms.schedule_key_deletion, kms.enable_key_rotation, kms.rotate_key_on_demand):
        refused("AccessDeniedException", call, KeyId=there["KeyId"])
    status = kms.get_key_rotation_status(KeyId=there["KeyId"])
    assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == 365
    elsewhere = client(server.endpoint, service="kms", region="eu-west-1")
    assert elsewhere.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]["KeyId"] != there["KeyId"]


def test_tags_come_and_go(kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": name, "TagValue": name} for name in "abc"])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": ""}])
    kms.untag_resource(KeyId=key, TagKeys=["b", "none"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": ""}, {"TagKey": "c", "TagValue": "c"}]
    page = kms.list_resource_tags(KeyId=key, Limit=1)
    assert page["Truncated"] and kms.list_resource_tags(KeyId=key, Marker=page["NextMarker"])["Tags"][0]["TagKey"] == "c"
    refused("TagException", kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:x", "TagValue": ""}])
    many = [{"TagKey": str(nth), "TagValue": ""} for nth in range(51)]
    refused("LimitExceededException", kms.tag_resource, KeyId=key, Tags=many)


def test_rotation_makes_new_material_and_keeps_the_old(kms, key):
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert abs(status["NextRotationDate"].timestamp() - time.time() - 90 * DAY) < 60
    for days in (89, 2561):
        refused("ValidationException", kms.enable_key_rotation, KeyId=key, RotationPeriodInDays=days)
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    made = [kms.generate_data_key(KeyId=key, KeySpec="AES_256")]
    for _ in range(10):
        assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
        made.append(kms.generate_data_key(KeyId=key, KeySpec="AES_256"))
    refused("LimitExceededException", kms.rotate_key_on_demand, KeyId=key)
    assert len({one["KeyMaterialId"] for one in made}) == 11
    for one in made:
        opened = kms.decrypt(CiphertextBlob=one["CiphertextBlob"])
        assert (opened["Plaintext"], opened["KeyMaterialId"]) == (one["Plaintext"], one["KeyMaterialId"])
    rotations = [one for page in kms.get_paginator("list_key_rotations").paginate(KeyId=key, PaginationConfig={"PageSize": 3})
                 for one in page["Rotations"]]
    assert [one["KeyMaterialId"] for one in rotations] == [one["KeyMaterialId"] for one in made[1:]]
    assert {one["RotationType"] for one in rotations} == {"ON_DEMAND"}
    all_of_them = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [one["KeyMaterialState"] for one in all_of_them] == ["NON_CURRENT"] * 10 + ["CURRENT"]


def test_lists_come_in_pages(kms):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["Keys"]) <= 2 for page in pages) and pages[0]["Truncated"] and not pages[-1]["Truncated"]
    listed = [one["KeyId"] for page in pages for one in page["Keys"]]
    assert made <= set(listed) and len(listed) == len(set(listed))
    refused("InvalidMarkerException", kms.list_keys, Marker="nothing")


def test_policies_are_kept_and_nobody_shuts_himself_out(kms, key):
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": ROOT}
    whole = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    text = document(whole)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=text)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == text
    shut = document({**whole, "Action": "kms:Encrypt"})
    told = "The new key policy will not allow you to update the key policy in the future."
    for call, asked in ((kms.put_key_policy, {"KeyId": key}), (kms.create_key, {})):
        assert refused("MalformedPolicyDocumentException", call, Policy=shut, **asked) == told
    refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy="{}")
    assert refused("NotFoundException", kms.put_key_policy, KeyId=key, PolicyName="other", Policy=text) == "No such policy exists"
    kms.put_key_policy(KeyId=key, Policy=shut, BypassPolicyLockoutSafetyCheck=True)


def test_grants_are_listed_retired_and_revoked(kms, key):
    ana, bob = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ana", "bob"))
    asked = {"KeyId": key, "GranteePrincipal": ana, "RetiringPrincipal": bob, "Operations": ["Encrypt", "Decrypt"], "Name": "one",
             "Constraints": {"EncryptionContextSubset": {"a": "1"}}}
    made = kms.create_grant(**asked)
    assert len(made["GrantId"]) == 64
    assert kms.create_grant(**asked)["GrantId"] == made["GrantId"]
    [listed] = kms.list_grants(KeyId=key)["Grants"]
    assert listed.items() >= {"KeyId": key, "GrantId": made["GrantId"], "Name": "one", "GranteePrincipal": ana, "RetiringPrincipal": bob,
                              "IssuingAccount": ROOT, "Operations": ["Decrypt", "Encrypt"], "Constraints": asked["Constraints"]}.items()
    other = kms.create_grant(KeyId=key, GranteePrincipal=bob, Operations=["DescribeKey"])
    assert [one["GrantId"] for one in kms.list_grants(KeyId=key, GranteePrincipal=bob)["Grants"]] == [other["GrantId"]]
    assert [one["GrantId"] for one in kms.list_retirable_grants(RetiringPrincipal=bob)["Grants"]] == [made["GrantId"]]
    kms.retire_grant(GrantToken=made["GrantToken"])
    kms.revoke_grant(KeyId=key, GrantId=other["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    refused("NotFoundException", kms.revoke_grant, KeyId=key, GrantId=other["GrantId"])
    refused("InvalidGrantTokenException", kms.retire_grant, GrantToken="nothing")
    refused("InvalidGrantIdException", kms.revoke_grant, KeyId=key, GrantId="nothing")
    refused("InvalidArnException", kms.create_grant, KeyId=key, GranteePrincipal="ana", Operations=["Decrypt"])
    refused("ValidationException", kms.create_grant, KeyId=key, GranteePrincipal=ana, Operations=["Sign"])


def test_keys_and_what_they_have_encrypted_outlive_the_server():
    with Flumen() as server:
        kms = client(server.endpoint, service="kms")
        key = kms.create_key(Description="stays")["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/stays", TargetKeyId=key)
        blobs = [kms.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]]
        kms.rotate_key_on_demand(KeyId=key)
        blobs.append(kms.encrypt(KeyId=key, Plaintext=b"2")["CiphertextBlob"])
        files = list((server.data_dir / "keys").glob("*/*.sealed"))
        assert len(files) == 2
        assert all(file.stat().st_mode & 0o777 == 0o600 and file.stat().st_size == 76 for file in files)
        for again in (server.restart, lambda: (server.kill(), server.start())):
            again()
            assert [kms.decrypt(CiphertextBlob=blob)["Plaintext"] for blob in blobs] == [b"1", b"2"]
            assert kms.describe_key(KeyId="alias/stays")["KeyMetadata"]["Description"] == "stays"
        # A file that no key has is from a server that ended before it named it.
        orphan = pathlib.Path(files[0].parent, "0" * 64 + ".sealed")
        orphan.write_bytes(files[0].read_bytes())
        server.restart()
        deadline = time.monotonic() + 20
        while orphan.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not orphan.exists() and all(file.exists() for file in files)
        # Without its file a key is there and of no use.
        for file in files:
            file.unlink()
        server.restart()
        refused("KeyUnavailableException", kms.encrypt, KeyId=key, Plaintext=b"x")


def test_the_encryption_sdk_works_with_its_providers_and_its_keyrings(server, kms, monkeypatch):
    import aws_encryption_sdk as esdk
    from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
    from aws_cryptographic_material_providers.mpl import models
    from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig

    # Providers make their clients themselves.
    settings = {"AWS_ENDPOINT_URL_KMS": server.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": REGION}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    one, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    sdk = esdk.EncryptionSDKClient(commitment_policy=esdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    both = esdk.StrictAwsKmsMasterKeyProvider(key_ids=[one, other])
    message, _ = sdk.encrypt(source=b"record", key_provider=both, encryption_context={"stream": "s"})
    for provider in (esdk.StrictAwsKmsMasterKeyProvider(key_ids=[other]), esdk.DiscoveryAwsKmsMasterKeyProvider()):
        assert sdk.decrypt(source=message, key_provider=provider)[0] == b"record"
    made = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    both = made.create_aws_kms_multi_keyring(input=models.CreateAwsKmsMultiKeyringInput(generator=one, kms_key_ids=[other]))
    message, _ = sdk.encrypt(source=b"record", keyring=both, encryption_context={"stream": "s"})
    for keyring in (
        made.create_aws_kms_keyring(input=models.CreateAwsKmsKeyringInput(kms_key_id=other, kms_client=kms)),
        made.create_aws_kms_discovery_keyring(input=models.CreateAwsKmsDiscoveryKeyringInput(kms_client=kms)),
    ):
        assert sdk.decrypt(source=message, keyring=keyring)[0] == b"record"
    kms.disable_key(KeyId=one)
    kms.disable_key(KeyId=other)
    with pytest.raises(esdk.exceptions.AWSEncryptionSDKClientError):
        sdk.decrypt(source=message, keyring=both)


def flumen(*arguments, fails=None, environment=None):
    done = subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
                          env=os.environ | (environment or {}))
    assert done.returncode == (fails or 0), done.stderr
    return done.stderr if fails else done.stdout


def test_another_root_key_takes_the_place_of_one_and_everything_opens_still(tmp_path):
    with Flumen() as server:
        kms = client(server.endpoint, service="kms")
        at = ("--data-dir", server.data_dir)
        keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(4)]
        blobs = [kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"] for key in keys]
        kms.rotate_key_on_demand(KeyId=keys[0])
        kms.disable_key(KeyId=keys[1])
        kms.schedule_key_deletion(KeyId=keys[2], PendingWindowInDays=7)
        # A server has the directory.
        for command in ("status", "rotate-root"):
            assert "in use by another process" in flumen("keys", command, *at, fails=1)
        server.stop()
        status = json.loads(flumen("keys", "status", *at, "--json"))
        [first] = status["rootKeys"]
        assert status["rootKeySource"] == "root.key" and status["dataKeys"] == 1
        assert status["keys"] == {"enabled": 2, "disabled": 1, "pendingDeletion": 1, "beingDestroyed": 0, "materials": 5}
        told = flumen("keys", "status", *at)
        assert f"root key {first} from root.key" in told and "4 keys with 5 pieces of material: 2 enabled, 1 disabled" in told

        def decrypts(*flags):
            server.flags = server.flags[:2] + ["--limits", "off", *flags]
            server.start()
            for key, blob in zip(keys[:1] + keys[3:], blobs[:1] + blobs[3:]):
                assert kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"secret"
            server.stop()

        before = (server.data_dir / "root.key").read_text()
        assert f"is in the place of root key {first}" in flumen("keys", "rotate-root", *at)
        [second] = json.loads(flumen("keys", "status", *at, "--json"))["rootKeys"]
        assert second != first and (server.data_dir / "root.key").read_text() != before
        decrypts()
        # The old one opens nothing any more.
        old = tmp_path / "old"
        old.write_text(before)
        old.chmod(0o600)
        assert f"was sealed under root key {second}" in flumen("keys", "status", *at, "--root-key", old, fails=2)
        # To a file elsewhere, and on to a variable.
        elsewhere, third = tmp_path / "third", secrets.token_hex(32)
        elsewhere.write_text(third)
        elsewhere.chmod(0o600)
        flumen("keys", "rotate-root", *at, "--new-root-key", elsewhere)
        assert not (server.data_dir / "root.key").exists()
        decrypts("--root-key", str(elsewhere))
        at = (*at, "--root-key", elsewhere)
        assert "--new-root-key has to say" in flumen("keys", "rotate-root", *at, fails=2)
        assert "in use already" in flumen("keys", "rotate-root", *at, "--new-root-key", elsewhere, fails=2)
        flumen("keys", "rotate-root", *at, "--new-root-key", "env:FOURTH", environment={"FOURTH": secrets.token_hex(32)})
    assert "there is no directory" in flumen("keys", "status", "--data-dir", tmp_path / "none", fails=1)
    assert not (tmp_path / "none").exists()


def test_keys_survive_that_the_server_is_killed(tmp_path):
    """Whatever was acknowledged decrypts afterwards, and no material is left that no key has."""
    acknowledged, keys, stop = [], [], threading.Event()

    def work(kms):
        while not stop.is_set():
            try:
                key = kms.create_key()["KeyMetadata"]["KeyId"]
                keys.append(key)
                for _ in range(3):
                    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
                    acknowledged.append((made["CiphertextBlob"], made["Plaintext"]))
                    kms.rotate_key_on_demand(KeyId=key)
            except (BotoCoreError, ClientError):
                # It is gone for a moment.
                time.sleep(0.01)

    with Flumen() as server:
        kms = client(server.endpoint, service="kms")
        workers = [threading.Thread(target=work, args=(kms,)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for _ in range(8):
            time.sleep(0.4)
            server.kill()
            server.start()
        stop.set()
        for worker in workers:
            worker.join()
        assert len(acknowledged) > 10 and len(keys) > 5
        for blob, plaintext in acknowledged:
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == plaintext
        listed = {one["KeyId"] for page in kms.get_paginator("list_keys").paginate() for one in page["Keys"]}
        assert listed >= set(keys)
        server.restart()
        at = ("--data-dir", server.data_dir)

        def files():
            return len(list((server.data_dir / "keys").rglob("*.sealed*")))

        deadline = time.monotonic() + 20
        while True:
            found = files()
            server.stop()
            materials = json.loads(flumen("keys", "status", *at, "--json"))["keys"]["materials"]
            if found == materials or time.monotonic() > deadline:
                break
            server.start()
        assert found == materials


def test_a_backup_has_the_keys_and_what_is_damaged_is_found(tmp_path):
    with Flumen() as server:
        kms = client(server.endpoint, service="kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        copy = pathlib.Path(json.loads(flumen("backup", server.data_dir, tmp_path / "backups", "--json"))["path"])
        kms.create_key()
    assert "1 piece of key material" in flumen("check", copy)
    with Flumen(data_dir=copy) as restored:
        kms = client(restored.endpoint, service="kms")
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
        assert [one["KeyId"] for one in kms.list_keys()["Keys"]] == [key]
    [file] = (copy / "keys").glob("*/*.sealed")
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)
    done = subprocess.run([binary(), "check", str(copy)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and f"DAMAGED: {file} is damaged: its checksum" in done.stdout, done.stdout


class World:
    """A server that has been initialised, with users."""

    def __init__(self, path):
        self.directory = Directory(path)

    def user(self, name, *statements):
        key = self.directory.user(name)
        for nth, statement in enumerate(statements):
            policy = document({"Effect": "Allow", "Resource": "*", **statement})
            self.directory.client("iam").put_user_policy(UserName=name, PolicyName=str(nth), PolicyDocument=policy)
        return self.directory.client("kms", key)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("kms"))
    with made.directory.server:
        yield made


@pytest.fixture
def root(world):
    return world.directory.client("kms")


def arn_of(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def statement(principal, *actions, **more):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*", **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_policies_of_the_account_count_where_the_key_says_so(world, root):
    able = world.user("able", {"Action": "kms:*"})
    unable = world.user("unable")
    key = root.create_key()["KeyMetadata"]["Arn"]
    blob = able.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    told = refused("AccessDeniedException", unable.encrypt, KeyId=key, Plaintext=b"x")
    assert told == (f"User: {arn_of('unable')} is not authorized to perform: kms:Encrypt on resource: {key} because no identity-based "
                    "policy allows the kms:Encrypt action")
    refused("AccessDeniedException", unable.decrypt, CiphertextBlob=blob)
    # The key's own policy lets somebody in whom no other one does, and nobody else, not even the root.
    own = policy(statement(arn_of("unable"), "kms:Decrypt"), statement(ROOT, "kms:PutKeyPolicy", "kms:GetKeyPolicy"))
    root.put_key_policy(KeyId=key, Policy=own)
    assert unable.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    for kms in (able, root):
        assert "resource-based policy" in refused("AccessDeniedException", kms.encrypt, KeyId=key, Plaintext=b"x")
    # Whoever may nothing does not learn what there is.
    refused("AccessDeniedException", unable.describe_key, KeyId=key.rsplit("/", 1)[0] + "/00000000-0000-4000-8000-000000000000")
    refused("AccessDeniedException", unable.describe_key, KeyId="alias/none")


def test_nobody_shuts_himself_out_of_a_key_by_the_account_either(world, root):
    keeper = world.user("keeper", {"Action": ["kms:CreateKey", "kms:PutKeyPolicy"]})
    key = keeper.create_key()["KeyMetadata"]["Arn"]
    for wrong in (statement(arn_of("somebody"), "kms:*"), statement(arn_of("keeper"), "kms:Encrypt")):
        told = refused("MalformedPolicyDocumentException", keeper.put_key_policy, KeyId=key, Policy=policy(wrong))
        assert told == "The new key policy will not allow you to update the key policy in the future."
    keeper.put_key_policy(KeyId=key, Policy=policy(statement(arn_of("keeper"), "kms:PutKeyPolicy")))
    keeper.put_key_policy(KeyId=key, Policy=policy(statement(arn_of("somebody"), "kms:*")), BypassPolicyLockoutSafetyCheck=True)
    refused("AccessDeniedException", keeper.put_key_policy, KeyId=key, Policy=policy(statement(ROOT, "kms:*")))


def test_conditions_look_at_the_request_and_the_key(world, root):
    user = world.user("conditional")
    me = arn_of("conditional")
    key = root.create_key(Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyMetadata"]["Arn"]
    root.create_alias(AliasName="alias/conditional", TargetKeyId=key)
    keep = statement(ROOT, "kms:*")

    def may(condition, **asked):
        limited = statement(me, "kms:Encrypt", Condition=condition)
        root.put_key_policy(KeyId=key, Policy=policy(keep, limited))
        try:
            user.encrypt(**{"KeyId": key, "Plaintext": b"x", **asked})
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException"
            return False
        return True

    context = {"StringEquals": {"kms:EncryptionContext:App": "a"}}
    assert may(context, EncryptionContext={"App": "a"})
    assert not may(context, EncryptionContext={"App": "b"}) and not may(context)
    keys = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["App"]}, "Null": {"kms:EncryptionContextKeys": "false"}}
    assert may(keys, EncryptionContext={"App": "a"})
    assert not may(keys, EncryptionContext={"App": "a", "More": "b"}) and not may(keys)
    assert may({"StringEquals": {"aws:ResourceTag/team": "red"}}) and not may({"StringEquals": {"aws:ResourceTag/team": "blue"}})
    alias = {"StringEquals": {"kms:RequestAlias": "alias/conditional"}}
    assert may(alias, KeyId="alias/conditional") and not may(alias)
    assert may({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/conditional"}})
    assert may({"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:KeyOrigin": "AWS_KMS", "kms:KeySpec": "SYMMETRIC_DEFAULT",
                                 "kms:KeyUsage": "ENCRYPT_DECRYPT", "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}})
    assert not may({"StringEquals": {"kms:ViaService": f"kinesis.{REGION}.amazonaws.com"}})
    # A waiting period that is too short.
    days = {"NumericGreaterThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "14"}}
    root.put_key_policy(KeyId=key, Policy=policy(keep, statement(me, "kms:ScheduleKeyDeletion", Condition=days)))
    refused("AccessDeniedException", user.schedule_key_deletion, KeyId=key, PendingWindowInDays=14)
    user.schedule_key_deletion(KeyId=key, PendingWindowInDays=15)


def test_grants_let_in_whom_no_policy_does(world, root):
    holder, other = world.user("holder"), world.user("other")
    key = root.create_key()["KeyMetadata"]["Arn"]
    blob = root.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1", "b": "2"})["CiphertextBlob"]
    asked = {"CiphertextBlob": blob, "EncryptionContext": {"a": "1", "b": "2"}}
    refused("AccessDeniedException", holder.decrypt, **asked)

    def grant(**more):
        made = root.create_grant(KeyId=key, GranteePrincipal=arn_of("holder"), **{"Operations": ["Decrypt"], **more})
        return made

    for constraint, may in (({"EncryptionContextSubset": {"a": "1"}}, True), ({"EncryptionContextSubset": {"a": "2"}}, False),
                            ({"EncryptionContextEquals": {"a": "1"}}, False), ({"EncryptionContextEquals": {"a": "1", "b": "2"}}, True)):
        made = grant(Constraints=constraint)
        if may:
            assert holder.decrypt(**asked)["Plaintext"] == b"x"
            assert holder.decrypt(**asked, GrantTokens=[made["GrantToken"]])["Plaintext"] == b"x"
        else:
            refused("AccessDeniedException", holder.decrypt, **asked)
        refused("AccessDeniedException", other.decrypt, **asked)
        refused("AccessDeniedException", holder.encrypt, KeyId=key, Plaintext=b"x")
        root.revoke_grant(KeyId=key, GrantId=made["GrantId"])
        refused("AccessDeniedException", holder.decrypt, **asked)
    # Whoever may pass a grant on passes on no more than it is.
    grant(Operations=["Decrypt", "CreateGrant"])
    passed = holder.create_grant(KeyId=key, GranteePrincipal=arn_of("other"), Operations=["Decrypt"])
    assert other.decrypt(**asked)["Plaintext"] == b"x"
    refused("AccessDeniedException", holder.create_grant, KeyId=key, GranteePrincipal=arn_of("other"), Operations=["Encrypt"])
    refused("AccessDeniedException", other.create_grant, KeyId=key, GranteePrincipal=arn_of("holder"), Operations=["Decrypt"])
    # A grant is retired by whom it names for that.
    refused("AccessDeniedException", other.retire_grant, KeyId=key, GrantId=passed["GrantId"])
    retirable = grant(RetiringPrincipal=arn_of("other"))
    refused("AccessDeniedException", holder.retire_grant, GrantToken=retirable["GrantToken"])
    other.retire_grant(GrantToken=retirable["GrantToken"])
    # What denies decides.
    denies = {"Effect": "Deny", "Principal": {"AWS": arn_of("holder")}, "Action": "kms:Decrypt", "Resource": "*"}
    root.put_key_policy(KeyId=key, Policy=policy(statement(ROOT, "kms:*"), denies))
    assert "explicit deny" in refused("AccessDeniedException", holder.decrypt, **asked)


def test_an_alias_needs_leave_for_the_alias_and_for_the_key(world, root):
    key = root.create_key()["KeyMetadata"]["Arn"]
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/half"
    half = world.user("half", {"Action": "kms:*Alias", "Resource": alias})
    refused("AccessDeniedException", half.create_alias, AliasName="alias/half", TargetKeyId=key)
    whole = world.user("whole", {"Action": "kms:*Alias", "Resource": [alias, key]})
    refused("AccessDeniedException", whole.create_alias, AliasName="alias/other", TargetKeyId=key)
    whole.create_alias(AliasName="alias/half", TargetKeyId=key)
    other = root.create_key()["KeyMetadata"]["Arn"]
    refused("AccessDeniedException", whole.update_alias, AliasName="alias/half", TargetKeyId=other)
    refused("AccessDeniedException", half.delete_alias, AliasName="alias/half")
    whole.delete_alias(AliasName="alias/half")


def test_the_key_of_kinesis_is_used_through_kinesis_alone(world, root):
    able = world.user("through", {"Action": "kms:*"})
    assert able.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]["KeyManager"] == "AWS"
    for kms in (able, root):
        refused("AccessDeniedException", kms.generate_data_key, KeyId="alias/aws/kinesis", KeySpec="AES_256")
        refused("AccessDeniedException", kms.schedule_key_deletion, KeyId=kms.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]["KeyId"])


def test_another_account_needs_leave_on_both_sides(world, root):
    theirs = "111111111111"
    world.directory.server.stop()
    path = world.directory.credentials.with_name("theirs")
    world.directory.run("account", "create", theirs, "--write-credentials", str(path))
    world.directory.server.start()
    their_root = credentials(path)
    iam = world.directory.client("iam", their_root)
    iam.create_user(UserName="guest")
    made = iam.create_access_key(UserName="guest")["AccessKey"]
    guest = world.directory.client("kms", (made["AccessKeyId"], made["SecretAccessKey"]))
    key = root.create_key()["KeyMetadata"]["Arn"]
    asked = {"KeyId": key, "Plaintext": b"x"}
    refused("AccessDeniedException", guest.encrypt, **asked)
    iam.put_user_policy(UserName="guest", PolicyName="p", PolicyDocument=document({"Effect": "Allow", "Action": "kms:*", "Resource": key}))
    refused("AccessDeniedException", guest.encrypt, **asked)
    root.put_key_policy(KeyId=key, Policy=policy(statement(ROOT, "kms:*"), statement(f"arn:aws:iam::{theirs}:root", "kms:Encrypt")))
    blob = guest.encrypt(**asked)["CiphertextBlob"]
    refused("AccessDeniedException", guest.decrypt, CiphertextBlob=blob)
    iam.delete_user_policy(UserName="guest", PolicyName="p")
    refused("AccessDeniedException", guest.encrypt, **asked)


def test_changes_are_events_and_uses_are_sums(world, root):
    trail = world.directory.client("cloudtrail")
    key = root.create_key(Description="told of")["KeyMetadata"]["Arn"]
    root.encrypt(KeyId=key, Plaintext=b"very secret", EncryptionContext={"a": "b"})
    root.create_grant(KeyId=key, GranteePrincipal=arn_of("holder"), Operations=["Decrypt"])

    def events(name):
        # Two of these a second are answered.
        time.sleep(0.6)
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], MaxResults=50)["Events"]
        return [json.loads(one["CloudTrailEvent"]) for one in found]

    [made] = [one for one in events("CreateKey") if (one["requestParameters"] or {}).get("description") == "told of"]
    assert made["eventSource"] == "kms.amazonaws.com" and made["responseElements"]["keyMetadata"]["arn"] == key
    assert events("Encrypt") == []
    told = events("CreateGrant")[0]
    assert told["responseElements"]["grantToken"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert {"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": key} in told["resources"]
