"""Messages by AWS's Encryption SDK for Python, as vectors: `python make.py > python.json`, with the packages of
compat/requirements.txt. The keys are made once and kept in keys.json, so that another run makes other messages for the same keys.
They protect nothing.
"""

import base64
import json
import os
import pathlib
import sys
import warnings

from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg,
    CreateDefaultCryptographicMaterialsManagerInput,
    CreateMultiKeyringInput,
    CreateRawAesKeyringInput,
    CreateRawRsaKeyringInput,
    CreateRequiredEncryptionContextCMMInput,
    PaddingScheme,
)
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

warnings.filterwarnings("ignore")
KEYS = pathlib.Path(__file__).with_name("keys.json")
CONTEXT = {"team": "payments", "stream": "orders", "\u00e9t\u00e9": "\U0001f512", "empty": ""}
# The least that this SDK takes.
FRAME = 128
AES = {"aes128": 16, "aes192": 24, "aes256": 32}
PADDINGS = {f"rsa-{bits}": getattr(PaddingScheme, f"OAEP_SHA{bits}_MGF1") for bits in (1, 256, 384, 512)}

providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


def keys():
    if not KEYS.exists():
        made = {name: os.urandom(length).hex() for name, length in AES.items()}
        private = rsa.generate_private_key(65537, 2048)
        pem, pkcs8, spki = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.PublicFormat
        made["rsa"] = private.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()
        made["rsa-public"] = private.public_key().public_bytes(pem, spki.SubjectPublicKeyInfo).decode()
        KEYS.write_text(json.dumps(made, indent=1) + "\n")
    return json.loads(KEYS.read_text())


def keyring(name):
    """Namespace and name of a key are `vectors` and the key's name here."""
    held = keys()
    if name in AES:
        algorithm = getattr(AesWrappingAlg, f"ALG_AES{8 * AES[name]}_GCM_IV12_TAG16")
        return providers.create_raw_aes_keyring(
            CreateRawAesKeyringInput(
                key_namespace="vectors", key_name=name, wrapping_key=bytes.fromhex(held[name]), wrapping_alg=algorithm
            )
        )
    if name in PADDINGS:
        return providers.create_raw_rsa_keyring(
            CreateRawRsaKeyringInput(
                key_namespace="vectors",
                key_name=name,
                padding_scheme=PADDINGS[name],
                public_key=held["rsa-public"].encode(),
                private_key=held["rsa"].encode(),
            )
        )
    first, *others = name.split("+")
    return providers.create_multi_keyring(
        CreateMultiKeyringInput(generator=keyring(first), child_keyrings=[keyring(other) for other in others])
    )


def vector(suite, name, length, frame, context, unstored=()):
    plaintext = bytes(i % 251 for i in range(length))
    commits = suite.algorithm_id >= 0x0400
    policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    client = EncryptionSDKClient(
        commitment_policy=policy if commits else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    )
    materials = {"keyring": keyring(name)}
    if unstored:
        inner = CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring(name))
        cmm = CreateRequiredEncryptionContextCMMInput(
            required_encryption_context_keys=list(unstored),
            underlying_cmm=providers.create_default_cryptographic_materials_manager(inner),
        )
        materials = {"materials_manager": providers.create_required_encryption_context_cmm(cmm)}
    message, _ = client.encrypt(
        source=plaintext, encryption_context=context, algorithm=suite, frame_length=frame, **materials
    )
    return {
        "suite": suite.algorithm_id,
        "keyring": name,
        "context": context,
        "unstored": list(unstored),
        "frameBytes": frame,
        "plaintext": plaintext.hex(),
        "message": base64.b64encode(message).decode(),
    }


def vectors():
    for suite in AlgorithmSuite:
        for length, frame in [(0, FRAME), (1, FRAME), (FRAME, FRAME), (FRAME + 1, FRAME), (3 * FRAME, FRAME)]:
            yield vector(suite, "aes256", length, frame, CONTEXT)
        # In a single block.
        for length in (0, 1, 50):
            yield vector(suite, "aes192", length, 0, CONTEXT)
        for name in ["aes128", "rsa-256", "aes128+rsa-512+aes256"]:
            yield vector(suite, name, 20, 4096, {})
        yield vector(suite, "aes256", 20, FRAME, CONTEXT, ["team", "empty"])
    for suite in (AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY, AlgorithmSuite.AES_128_GCM_IV12_TAG16):
        for name in PADDINGS:
            yield vector(suite, name, 20, 4096, CONTEXT)


if __name__ == "__main__":
    json.dump(list(vectors()), sys.stdout, indent=0)
    print()
