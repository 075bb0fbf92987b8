"""Roles for whom an identity provider vouches: boto3 with tokens, the SDK's own provider of credentials, and a provider whose
keys come over https, in order and otherwise."""

import base64
import contextlib
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time

import boto3
import botocore.config
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from harness.client import REGION, client, noting
from harness.flumen import Flumen, running_elsewhere
from test_identities import ACCOUNT, Directory, allow, code, document

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

CLUSTER = "https://kubernetes.default.svc"
REMOTE = "https://issuer.example/remote"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/producer"
SUBJECT = "system:serviceaccount:orders:producer"


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, timeout=60, check=True).stdout


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """Of an issuer, for RS256."""

    def __init__(self, folder, kid):
        self.kid, self.file = kid, folder / f"{kid}.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.file)
        modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().removeprefix("Modulus=")
        self.jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, issuer=CLUSTER, **claims):
        now = int(time.time())
        claims = {"iss": issuer, "aud": ["sts.amazonaws.com"], "sub": SUBJECT, "iat": now, "exp": now + 3600} | claims
        header = {"alg": "RS256", "kid": self.kid}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = openssl("dgst", "-sha256", "-sign", self.file, stdin=signed.encode())
        return f"{signed}.{base64url(signature)}"


def jwks(*keys):
    return json.dumps({"keys": [key.jwk for key in keys]}).encode()


class Issuer:
    """What answers at an address over https, with a certificate of a CA of its own."""

    def __init__(self, folder):
        self.ca = folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "ca.key", "-out", self.ca, "-days", "2",
                "-subj", "/CN=test")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key", "-out", folder / "csr", "-subj", "/CN=localhost")
        (folder / "names").write_text("subjectAltName=DNS:localhost\n")
        openssl("x509", "-req", "-in", folder / "csr", "-CA", self.ca, "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", folder / "names", "-out", folder / "cert")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert", folder / "key")
        self.asked, self.answer, self.release = 0, None, threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}/keys"

    def handler(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                with contextlib.suppress(OSError):
                    issuer.answer(self)

            def log_message(self, *_):
                pass

        return Handler

    def serves(self, *keys):
        def answer(to):
            body = jwks(*keys)
            to.send_response(200)
            to.send_header("Content-Length", str(len(body)))
            to.end_headers()
            to.wfile.write(body)
        self.answer = answer

    def hangs(self):
        self.answer = lambda to: self.release.wait(120)

    def sends_too_much(self):
        def answer(to):
            to.send_response(200)
            to.end_headers()
            for _ in range(160):
                to.wfile.write(b" " * 65536)
        self.answer = answer

    def redirects(self, *keys):
        def answer(to):
            if to.path == "/keys":
                to.send_response(302)
                to.send_header("Location", "/elsewhere")
                to.send_header("Content-Length", "0")
                to.end_headers()
            else:
                served(to)
        self.serves(*keys)
        served = self.answer
        self.answer = answer

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


def trust(issuer, **condition):
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.removeprefix('https://')}"
    return document({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
                     "Condition": condition})


def section(issuer, **settings):
    lines = ["[[oidc-providers]]", f'issuer = "{issuer}"', 'audiences = ["sts.amazonaws.com"]']
    return "\n".join([*lines, *(f'{name.replace("_", "-")} = {json.dumps(str(value))}' for name, value in settings.items()), ""])


def started(folder, *sections):
    """An initialised server with these providers, and the role `producer`, which all of them may be."""
    made = Directory(folder)
    config = folder / "flumen.toml"
    config.write_text("\n".join(sections))
    made.server.flags += ["--config", str(config)]
    return made


def make_role(made, *issuers):
    statements = [json.loads(trust(issuer))["Statement"][0] for issuer in issuers]
    iam = made.client("iam")
    iam.create_role(RoleName="producer", AssumeRolePolicyDocument=document(*statements))
    iam.put_role_policy(RoleName="producer", PolicyName="own", PolicyDocument=document(allow("kinesis:*")))


def unsigned(made):
    return noting(boto3.client("sts", endpoint_url=made.server.endpoint, region_name=REGION, config=botocore.config.Config(
        signature_version=UNSIGNED, retries={"total_max_attempts": 1}, read_timeout=60)))


def ask(made, token, **more):
    return unsigned(made).assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="pod", WebIdentityToken=token, **more)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return [Key(folder, f"key-{n}") for n in range(3)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, keys):
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "jwks.json").write_bytes(jwks(keys[0]))
    made = started(folder, section(CLUSTER, keys=folder / "jwks.json"),
                   section("https://token.actions.githubusercontent.com", keys=folder / "jwks.json"))
    with made.server:
        make_role(made, CLUSTER)
        made.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
        yield made


def test_a_token_gives_credentials_for_a_while(cluster, keys):
    answer = ask(cluster, keys[0].token(), DurationSeconds=900)
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    assert answer["Audience"] == "sts.amazonaws.com"
    assert answer["Provider"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/kubernetes.default.svc"
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/producer/pod"
    found = answer["Credentials"]
    session = found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
    assert cluster.client("sts", session).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    cluster.client("kinesis", session).put_record(StreamName="orders", Data=b"x", PartitionKey="k")
    assert code(cluster.client("iam", session).list_users) == "AccessDenied"


def test_a_token_that_is_not_right_gives_nothing(cluster, keys):
    key, now = keys[0], int(time.time())
    assert code(ask, made=cluster, token=key.token(exp=now - 61)) == "ExpiredTokenException"
    assert code(ask, made=cluster, token=key.token(aud="other")) == "InvalidIdentityToken"
    assert code(ask, made=cluster, token=key.token(iss=CLUSTER + "/")) == "InvalidIdentityToken"
    assert code(ask, made=cluster, token=key.token(nbf=now + 3600)) == "InvalidIdentityToken"
    assert code(ask, made=cluster, token=keys[1].token()) == "InvalidIdentityToken"
    signed, signature = key.token().rsplit(".", 1)
    assert code(ask, made=cluster, token=f"{signed}.{signature[::-1]}") == "InvalidIdentityToken"
    none = ".".join([base64url(b'{"alg":"none","kid":"key-0"}'), signed.split(".")[1], ""])
    assert code(ask, made=cluster, token=none) == "InvalidIdentityToken"
    assert code(ask, made=cluster, token=key.token(**{"https://aws.amazon.com/source_identity": "a b"})) == "IDPRejectedClaim"
    absent = unsigned(cluster).assume_role_with_web_identity
    assert code(absent, RoleArn=ROLE + "x", RoleSessionName="pod", WebIdentityToken=key.token()) == "AccessDenied"
    assert code(unsigned(cluster).get_caller_identity) == "MissingAuthenticationToken"


def test_a_role_says_whom_of_a_public_provider_it_means(cluster):
    iam, public = cluster.client("iam"), "https://token.actions.githubusercontent.com"
    create = {"RoleName": "deploys", "AssumeRolePolicyDocument": trust(public)}
    assert code(iam.create_role, **create) == "MalformedPolicyDocument"
    named = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/orders:*"}}
    iam.create_role(RoleName="deploys", AssumeRolePolicyDocument=trust(public, **named))
    assert code(iam.update_assume_role_policy, RoleName="deploys", PolicyDocument=trust(public)) == "MalformedPolicyDocument"


def test_sdks_sign_with_what_a_token_in_a_file_gives_them(cluster, keys, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "token").write_text(keys[0].token())
    for name, value in {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_ROLE_ARN": ROLE, "AWS_ROLE_SESSION_NAME": "from-a-file",
        "AWS_ENDPOINT_URL_STS": cluster.server.endpoint, "AWS_ENDPOINT_URL_KINESIS": cluster.server.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session()
    assert session.get_credentials().method == "assume-role-with-web-identity"
    kinesis = session.client("kinesis")
    for n in range(10):
        kinesis.put_record(StreamName="orders", Data=b"%d" % n, PartitionKey="k")
    assert session.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/producer/from-a-file")


def test_keys_come_over_https_and_are_looked_for_once_a_minute(tmp_path, keys):
    with Issuer(tmp_path) as issuer:
        made = started(tmp_path, section(REMOTE, keys_url=issuer.url, ca=issuer.ca))
        with made.server:
            make_role(made, REMOTE)
            issuer.serves(keys[0])
            begun = time.monotonic()
            for _ in range(5):
                ask(made, keys[0].token(issuer=REMOTE))
            assert issuer.asked == 1
            issuer.serves(keys[1])
            token, tries = keys[1].token(issuer=REMOTE), 0
            while True:
                try:
                    ask(made, token)
                    break
                except ClientError as error:
                    assert error.response["Error"]["Code"] == "InvalidIdentityToken"
                    assert time.monotonic() - begun < 300, "the new key is found"
                    tries += 1
                    time.sleep(0.5)
            assert tries > 0 and issuer.asked == 2, "what is refused is not looked for"
            assert code(ask, made=made, token=keys[0].token(issuer=REMOTE)) == "InvalidIdentityToken"


@pytest.mark.parametrize("wrong, why", [
    ("redirects", "answered 302"), ("sends_too_much", "it is larger than 65536 bytes"), ("nobody", "cannot connect to"),
    ("another_ca", "cannot connect to")])
def test_a_provider_that_answers_otherwise_gives_no_keys(tmp_path, keys, wrong, why):
    with Issuer(tmp_path) as issuer:
        ca, url = issuer.ca, issuer.url
        if wrong == "redirects":
            issuer.redirects(keys[0])
        elif wrong == "sends_too_much":
            issuer.sends_too_much()
        elif wrong == "another_ca":
            issuer.serves(keys[0])
            ca = tmp_path / "other.pem"
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "other.key", "-out", ca, "-subj", "/CN=other")
        else:
            url = "https://localhost:1/keys"
        made = started(tmp_path, section(REMOTE, keys_url=url, ca=ca))
        with made.server:
            make_role(made, REMOTE)
            for _ in range(3):
                assert code(ask, made=made, token=keys[0].token(issuer=REMOTE)) == "IDPCommunicationError"
            assert why in made.server.text()
            assert made.server.text().count("no keys of an identity provider") == 1
            assert issuer.asked <= 1


def test_a_provider_that_hangs_holds_one_call_and_no_other(tmp_path, keys):
    (tmp_path / "jwks.json").write_bytes(jwks(keys[0]))
    with Issuer(tmp_path) as issuer:
        issuer.hangs()
        made = started(tmp_path, section(CLUSTER, keys=tmp_path / "jwks.json"), section(REMOTE, keys_url=issuer.url, ca=issuer.ca))
        with made.server:
            make_role(made, CLUSTER, REMOTE)
            told = []
            held = threading.Thread(target=lambda: told.append(code(ask, made=made, token=keys[1].token(issuer=REMOTE))))
            held.start()
            deadline = time.monotonic() + 60
            while issuer.asked == 0 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert issuer.asked == 1
            others = 0
            while held.is_alive() and time.monotonic() < deadline:
                ask(made, keys[0].token())
                assert code(ask, made=made, token=keys[2].token(issuer=REMOTE)) == "IDPCommunicationError"
                others += held.is_alive()
            held.join(60)
            assert told == ["IDPCommunicationError"] and others > 0 and issuer.asked == 1
            made.client("kinesis").list_streams()


def test_a_server_names_what_is_wrong_with_a_provider(tmp_path, keys):
    made = started(tmp_path, section(CLUSTER, keys=tmp_path / "absent"))
    with pytest.raises(RuntimeError, match=r"(?s)ended with 2 .*oidc-providers: https://kubernetes.default.svc: keys .*absent"):
        made.server.start()
    (tmp_path / "jwks.json").write_bytes(jwks(keys[0]))
    twice = section(CLUSTER, keys=tmp_path / "jwks.json")
    pathlib.Path(tmp_path / "flumen.toml").write_text(twice * 2)
    with pytest.raises(RuntimeError, match=r"(?s)ended with 2 .*there is another provider https://kubernetes.default.svc"):
        made.server.start()
