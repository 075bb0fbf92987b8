"""What AWS's Encryption SDK for Python takes for the same messages, with its cache of data keys: `python bench/envelope/sdk.py`, with the
packages of compat/requirements.txt. Its cache has master keys of its older interface, which encrypts the same way.
"""

import os
import time
import warnings

import aws_encryption_sdk
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import AlgorithmSuite, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

warnings.filterwarnings("ignore")
CONTEXT = {"team": "payments", "stream": "orders"}


class Keys(RawMasterKeyProvider):
    provider_id = "bench"
    key = os.urandom(32)

    def _get_raw_key(self, key_id):
        algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
        return WrappingKey(algorithm, self.key, EncryptionKeyType.SYMMETRIC)


def best(one):
    found = []
    for _ in range(5):
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < 0.5:
            one()
            count += 1
        found.append((time.perf_counter() - begun) / count)
    return min(found) * 1e6


client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
keys = Keys()
keys.add_master_key("bench")
for suite in (AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY, AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384):
    for size in (1024, 102_400):
        cached = aws_encryption_sdk.CachingCryptoMaterialsManager(
            cache=aws_encryption_sdk.LocalCryptoMaterialsCache(100), master_key_provider=keys, max_age=3600.0
        )
        encrypt = {"source": os.urandom(size), "materials_manager": cached, "encryption_context": CONTEXT, "algorithm": suite}
        message, _ = client.encrypt(**encrypt)
        seal = best(lambda: client.encrypt(**encrypt))
        opened = best(lambda: client.decrypt(source=message, materials_manager=cached))
        print(f"{suite.algorithm_id:#06x} {size:>9} bytes: seal {seal:9.1f} us, open {opened:9.1f} us")
