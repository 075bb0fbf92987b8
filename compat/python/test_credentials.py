"""Who gets in once credentials are configured."""

import datetime
import hashlib
import json
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness.client import client
from harness.flumen import Flumen, free_port, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

FILE = """
[default]
aws_access_key_id = AKIAEXAMPLEONE
aws_secret_access_key = secret/one+key

[other]
aws_access_key_id = AKIAEXAMPLETWO
aws_secret_access_key = secret/two+key
aws_account_id = 111122223333

[temporary]
aws_access_key_id = ASIAEXAMPLETEMP
aws_secret_access_key = secret/temp+key
aws_session_token = IQoJ/b3JpZ2lu+X2VjE==
"""
ALICE = ("AKIAEXAMPLEONE", "secret/one+key")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    path = tmp_path_factory.mktemp("credentials") / "credentials"
    path.write_text(FILE)
    path.chmod(0o600)
    with Flumen("--credentials", str(path)) as server:
        yield server


def code(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def one(server):
    return client(server.endpoint, "AKIAEXAMPLEONE", "secret/one+key")


def test_a_right_signature_gets_in(guarded):
    kinesis = one(guarded)
    kinesis.create_stream(StreamName="signed", ShardCount=1)
    kinesis.put_record(StreamName="signed", Data=b"x" * 100_000, PartitionKey="k")
    arn = kinesis.describe_stream_summary(StreamName="signed")["StreamDescriptionSummary"]["StreamARN"]
    assert ":000000000000:" in arn


def test_the_account_is_that_of_the_key(guarded):
    kinesis = client(guarded.endpoint, "AKIAEXAMPLETWO", "secret/two+key")
    kinesis.create_stream(StreamName="theirs", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="theirs")["StreamDescriptionSummary"]["StreamARN"]
    assert arn == "arn:aws:kinesis:us-east-1:111122223333:stream/theirs"
    assert "theirs" not in one(guarded).list_streams()["StreamNames"]


def test_a_wrong_secret_is_refused(guarded):
    kinesis = client(guarded.endpoint, "AKIAEXAMPLEONE", "secret/one+kez")
    found, message = code(kinesis.list_streams)
    assert found == "InvalidSignatureException"
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


def test_an_unknown_key_is_refused(guarded):
    found, message = code(client(guarded.endpoint, "AKIANOBODY", "secret").list_streams)
    assert (found, message) == ("UnrecognizedClientException", "The security token included in the request is invalid.")


def send(server, sign=None, body=b"{}", tamper=None, at=None):
    """One request, signed by `sign` at the given time; returns the status and the parsed answer."""
    request = AWSRequest("POST", server.endpoint + "/", data=body, headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Kinesis_20131202.ListStreams"})
    if sign:
        with moved_clock(at):
            sign.add_auth(request)
    if tamper:
        tamper(request)
    prepared = request.prepare()
    sent = urllib.request.Request(prepared.url, data=prepared.body, headers=dict(prepared.headers), method="POST")
    try:
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class moved_clock:
    """botocore signs with the time that this says it is."""

    def __init__(self, at):
        self.at = at

    def __enter__(self):
        import botocore.auth as auth

        self.names = [name for name in ("get_current_datetime", "datetime") if hasattr(auth, name)]
        self.patch = pytest.MonkeyPatch()
        if self.at is None:
            return
        moment = self.at
        if "get_current_datetime" in self.names:
            self.patch.setattr(auth, "get_current_datetime", lambda remove_tzinfo=True: moment.replace(tzinfo=None) if remove_tzinfo else moment)
        else:
            class Moved(datetime.datetime):
                @classmethod
                def utcnow(cls):
                    return moment.replace(tzinfo=None)

            self.patch.setattr(auth.datetime, "datetime", Moved)

    def __exit__(self, *_):
        self.patch.undo()


KEYS = Credentials("AKIAEXAMPLEONE", "secret/one+key")


def header_form():
    return SigV4Auth(KEYS, "kinesis", "us-east-1")


class QueryForm(SigV4QueryAuth):
    """botocore would move the body into the query; here it stays, and its hash is signed."""

    def add_auth(self, request):
        self.body, request.data = request.data, b""
        super().add_auth(request)
        request.data = self.body

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


def query_form(expires=300):
    return QueryForm(KEYS, "kinesis", "us-east-1", expires=expires)


def test_a_session_token_goes_with_its_key_and_with_no_other(guarded):
    def listed(access_key, secret, token):
        kinesis = client(guarded.endpoint, access_key, secret, token=token)
        try:
            return kinesis.list_streams()["ResponseMetadata"]["HTTPStatusCode"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    temporary = "ASIAEXAMPLETEMP", "secret/temp+key"
    assert listed(*temporary, "IQoJ/b3JpZ2lu+X2VjE==") == 200
    for token in (None, "IQoJ/b3JpZ2lu+X2VjE", "other"):
        assert listed(*temporary, token) == "UnrecognizedClientException", token
    assert listed("AKIAEXAMPLEONE", "secret/one+key", "IQoJ/b3JpZ2lu+X2VjE==") == "UnrecognizedClientException"


def test_another_scheme_is_told_what_a_signature_has(guarded):
    def bearer(request):
        del request.headers["Authorization"]
        request.headers["Authorization"] = "Bearer token"

    status, error = send(guarded, header_form(), tamper=bearer)
    assert (status, error["__type"]) == (400, "IncompleteSignatureException")
    assert error["message"] == (
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. Authorization=Bearer token")


def test_both_forms_of_signature_get_in(guarded):
    assert send(guarded, header_form())[0] == 200
    assert send(guarded, query_form())[0] == 200


def test_an_unsigned_request_is_refused(guarded):
    status, error = send(guarded)
    assert status == 400
    assert error == {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"}


def test_a_clock_that_is_off_is_refused_and_one_that_is_nearly_right_is_not(guarded):
    now = datetime.datetime.now(datetime.timezone.utc)
    minutes = datetime.timedelta(minutes=1)
    assert send(guarded, header_form(), at=now - 4 * minutes)[0] == 200
    assert send(guarded, header_form(), at=now + 4 * minutes)[0] == 200
    status, error = send(guarded, header_form(), at=now - 6 * minutes)
    assert (status, error["__type"]) == (400, "InvalidSignatureException")
    assert error["message"].startswith("Signature expired: ")
    status, error = send(guarded, header_form(), at=now + 6 * minutes)
    assert (status, error["__type"]) == (400, "InvalidSignatureException")
    assert error["message"].startswith("Signature not yet current: ")


def test_what_was_changed_after_signing_is_refused(guarded):
    def other_body(request):
        request.data = b'{"Limit":3}'

    def other_operation(request):
        del request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = "Kinesis_20131202.DescribeLimits"

    for sign in (header_form(), query_form()):
        for tamper in (other_body, other_operation):
            status, error = send(guarded, sign, tamper=tamper)
            assert (status, error["__type"]) == (400, "InvalidSignatureException"), (sign, tamper)


def test_a_signature_for_another_service_is_refused(guarded):
    status, error = send(guarded, SigV4Auth(KEYS, "s3", "us-east-1"))
    assert (status, error["__type"]) == (400, "InvalidSignatureException")


def test_half_a_signature_is_told_what_it_lacks(guarded):
    def cut(request):
        whole = request.headers["Authorization"]
        del request.headers["Authorization"]
        request.headers["Authorization"] = whole.split(", Signature=")[0]

    status, error = send(guarded, header_form(), tamper=cut)
    assert (status, error["__type"]) == (400, "IncompleteSignatureException")
    assert error["message"].startswith("Authorization header requires 'Signature' parameter. Authorization=")


def test_both_forms_at_once_are_refused(guarded):
    def both(request):
        request.url += "?X-Amz-Algorithm=AWS4-HMAC-SHA256"

    status, error = send(guarded, header_form(), tamper=both)
    assert (status, error["__type"]) == (400, "InvalidSignatureException")
    assert error["message"] == "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."


def page(url, headers=None):
    """Status of a page that operators look at; the certificate is not what is asked here."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), context=trusting, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_pages_that_name_streams_are_signed_for_once_there_are_credentials(tmp_path):
    path = tmp_path / "credentials"
    path.write_text(FILE)
    port, admin = free_port(), free_port()
    names = ("health", "ready", "metrics", "usage")
    with Flumen("--tls", f"0.0.0.0:{port}", "--credentials", str(path), "--admin", f"127.0.0.1:{admin}", ephemeral=True) as server:
        for endpoint in (server.endpoint, f"https://127.0.0.1:{port}"):
            assert [page(f"{endpoint}/{name}") for name in names] == [200, 200, 401, 401]
            for name in ("metrics", "usage?since=5"):
                for who, status in ((ALICE, 200), ((ALICE[0], "wrong"), 401)):
                    request = AWSRequest("GET", f"{endpoint}/{name}")
                    SigV4Auth(Credentials(*who), "flumen", "us-east-1").add_auth(request)
                    assert page(request.url, dict(request.headers)) == status, (name, who)
        assert [page(f"http://127.0.0.1:{admin}/{name}") for name in names] == [200] * 4


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_signs_for_metrics(tmp_path):
    path = tmp_path / "credentials"
    path.write_text(FILE)
    with Flumen("--credentials", str(path), ephemeral=True) as server:
        for user, status in ((":".join(ALICE), "200"), (f"{ALICE[0]}:wrong", "401")):
            asked = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--aws-sigv4", "aws:amz:us-east-1:flumen",
                     "--user", user, f"{server.endpoint}/metrics"]
            assert subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout == status


def test_without_credentials_usage_stays_on_the_machine():
    port = free_port()
    with Flumen("--tls", f"0.0.0.0:{port}", "--insecure-open", ephemeral=True):
        assert page(f"https://127.0.0.1:{port}/metrics") == 200
        assert page(f"https://127.0.0.1:{port}/usage") == 401
