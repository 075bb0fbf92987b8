"""Requests without a client library, for what no library would send."""

import datetime
import http.client
from collections import namedtuple

Answer = namedtuple("Answer", "status headers body")


def post(port, operation, body, headers=None, method="POST", host="127.0.0.1", timeout=10):
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, "/", body, signed(operation) | (headers or {}))
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def signed(operation):
    """Well-formed and nothing more: it passes where no credentials are configured."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"test/{now[:8]}/us-east-1/kinesis/aws4_request"
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"Kinesis_20131202.{operation}",
        "X-Amz-Date": now,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    }


def signed_for(service, target):
    """The same for another service in JSON, which `target` names with the operation."""
    scope = "/monitoring/" if service == "cloudwatch" else f"/{service}/"
    headers = signed("")
    return headers | {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target,
                      "Authorization": headers["Authorization"].replace("/kinesis/", scope)}
