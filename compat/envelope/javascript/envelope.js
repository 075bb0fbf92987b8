// Seals and opens messages with AWS's Encryption SDK for JavaScript: tasks as JSON from standard input, what came of them to standard
// output, in their order. What each task says is in ../test_others.py.

import { createPrivateKey, createPublicKey } from "node:crypto";
import { text } from "node:stream/consumers";
import {
  buildClient,
  CommitmentPolicy,
  MultiKeyringNode,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
} from "@aws-crypto/client-node";

const strict = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const lax = buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);

function one({ kind, namespace: keyNamespace, name: keyName, key, publicKey }) {
  if (kind === "aes") {
    const bytes = Buffer.from(key, "base64");
    const wrappingSuite =
      RawAesWrappingSuiteIdentifier[`AES${8 * bytes.length}_GCM_IV12_TAG16_NO_PADDING`];
    // The SDK wants memory that is the key's alone.
    const unencryptedMasterKey = new Uint8Array(bytes.length);
    unencryptedMasterKey.set(bytes);
    // Without, this SDK alone authenticates the pairs of a context in the order of the locale.
    const utf8Sorting = true;
    return new RawAesKeyringNode({ keyName, keyNamespace, unencryptedMasterKey, wrappingSuite, utf8Sorting });
  }
  const rsaKey = { privateKey: createPrivateKey(key).export({ type: "pkcs1", format: "pem" }), publicKey };
  rsaKey.publicKey = createPublicKey(publicKey).export({ type: "pkcs1", format: "pem" });
  return new RawRsaKeyringNode({ keyName, keyNamespace, rsaKey, oaepHash: kind.replace("rsa-", "sha") });
}

function keyring(keys) {
  const [generator, ...children] = keys.map(one);
  return children.length ? new MultiKeyringNode({ generator, children }) : generator;
}

async function done({ action, suite, keys, context, data, frameBytes }) {
  const client = suite >= 0x0400 ? strict : lax;
  const bytes = Buffer.from(data, "base64");
  if (action === "seal") {
    const options = { suiteId: suite, encryptionContext: context, frameLength: frameBytes };
    const { result } = await client.encrypt(keyring(keys), bytes, options);
    return { data: result.toString("base64") };
  }
  const { plaintext, messageHeader } = await client.decrypt(keyring(keys), bytes);
  const pairs = Object.entries(messageHeader.encryptionContext).filter(([key]) => !key.startsWith("aws-crypto-"));
  return { data: plaintext.toString("base64"), suite: messageHeader.suiteId, context: Object.fromEntries(pairs) };
}

const results = [];
for (const task of JSON.parse(await text(process.stdin))) {
  results.push(await done(task).catch((error) => ({ error: String(error) })));
}
process.stdout.write(JSON.stringify(results));
