"""Requests of which a proxy before the server and the server could make different things."""

import contextlib
import json
import re
import socket

import pytest

from harness import raw
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own"), pytest.mark.timeout(60)]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"


@pytest.fixture(scope="module")
def server():
    with Flumen(ephemeral=True) as started:
        yield started


def lines(operation, *more, host=True):
    """A head without its end; names may come twice."""
    first = ["POST / HTTP/1.1", *(["Host: localhost"] if host else [])]
    return [*first, *(f"{name}: {value}" for name, value in raw.signed(operation).items()), *more]


def request(operation, body=b"", *more, host=True):
    return "\r\n".join([*lines(operation, *more, host=host), "", ""]).encode() + body


def hidden():
    return request("DescribeLimits", b"{}", "Content-Length: 2")


def answers(server, sent):
    """All that comes back, and whether the server closed then."""
    got = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(sent)
        try:
            while chunk := connection.recv(65536):
                got += chunk
                connection.settimeout(1)
            return got, True
        except TimeoutError:
            return got, False
        except OSError:
            return got, True


def statuses(got):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d\d\d) ", got)]


def test_what_is_hidden_here_would_be_answered_elsewhere(server):
    got, _ = answers(server, request("ListStreams", b"{}", "Content-Length: 2") + hidden())
    assert statuses(got) == [200, 200]


def chunked(*more):
    """Ends after a chunk for who looks at the chunks, and holds another request for who looks at the length."""
    body = b"2\r\n{}\r\n0\r\n\r\n" + hidden()
    return request("ListStreams", body, *(line.format(len(body)) for line in more))


LENGTHS = {
    "two lengths": request("ListStreams", b"{}" + hidden(), "Content-Length: 2", f"Content-Length: {2 + len(hidden())}"),
    "two lengths in one": request("ListStreams", b"{}" + hidden(), f"Content-Length: 2, {2 + len(hidden())}"),
    "a length with a sign": request("ListStreams", b"{}" + hidden(), "Content-Length: +2"),
    "a length and chunks": chunked("Content-Length: {}", "Transfer-Encoding: chunked"),
    "chunks and a length": chunked("Transfer-Encoding: chunked", "Content-Length: {}"),
    "chunks that are not last": chunked("Transfer-Encoding: chunked, identity", "Content-Length: {}"),
    "chunks of another name": chunked("Transfer-Encoding: xchunked", "Content-Length: {}"),
    "a name with a space": chunked("Transfer-Encoding : chunked", "Content-Length: {}"),
    "a line that goes on": chunked("X-A: b\r\n Transfer-Encoding: chunked", "Content-Length: {}"),
    "chunks in HTTP/1.0": chunked("Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "a chunk of another size": request("ListStreams", b"2\r\n{}x\r\n0\r\n\r\n" + hidden(), "Transfer-Encoding: chunked"),
    "a chunk too large to count": request("ListStreams", b"1" + b"0" * 17 + b"\r\n{}\r\n0\r\n\r\n" + hidden(),
                                          "Transfer-Encoding: chunked"),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_what_two_could_cut_differently_is_one_request_or_none(server, name):
    """Refused, or answered once; what follows on the connection is never a request."""
    got, closed = answers(server, LENGTHS[name])
    assert len(statuses(got)) <= 1 and closed, got
    assert b"OpenShardCount" not in got


def code(got):
    assert statuses(got) == [400], got
    error = json.loads(got.split(b"\r\n\r\n", 1)[1])
    return error["__type"], error["message"]


@pytest.mark.parametrize("second", ["Host: elsewhere", "host: localhost"])
def test_two_hosts_are_refused(server, second):
    got, _ = answers(server, request("ListStreams", b"{}", "Content-Length: 2", second))
    assert code(got) == ("InvalidSignatureException", "Found more than one 'Host' HTTP header.")


def test_a_host_beside_that_of_the_address_is_refused(server):
    sent = request("ListStreams", b"{}", "Content-Length: 2")
    got, _ = answers(server, sent.replace(b"POST / ", b"POST http://elsewhere/ ", 1))
    assert code(got) == ("InvalidSignatureException", "Found more than one 'Host' HTTP header.")
    got, _ = answers(server, sent.replace(b"POST / ", b"POST http://localhost/ ", 1))
    assert statuses(got) == [200]


@pytest.mark.parametrize("second", [raw.signed("X")["Authorization"], "Bearer x", ""])
def test_two_authorizations_are_refused(server, second):
    got, _ = answers(server, request("ListStreams", b"{}", "Content-Length: 2", f"authorization: {second}"))
    assert code(got) == ("InvalidSignatureException", "Found more than one 'Authorization' HTTP header.")


def test_two_session_tokens_are_refused(server):
    sent = request("ListStreams", b"{}", "Content-Length: 2", "X-Amz-Security-Token: a")
    got, _ = answers(server, sent.replace(b"POST / ", b"POST /?X-Amz-Security-Token=b ", 1))
    assert code(got)[0] == "InvalidSignatureException"


def test_http2_does_not_begin_within_http1(server):
    first = request("ListStreams", b"{}", "Content-Length: 2")
    got, closed = answers(server, first + PREFACE + SETTINGS)
    assert closed and statuses(got)[:1] == [200] and 200 not in statuses(got)[1:], got
    assert not got.endswith(b"\0\0\0\0\4\1\0\0\0\0"), "no frame is answered"
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Content-Length: 2")
    got, _ = answers(server, request("ListStreams", b"{}", *upgrade))
    assert statuses(got) == [200], "HTTP/1.1 goes on"


def literal(name, value):
    """A header that is in no table, as HPACK has it."""
    def text(of):
        assert len(of) < 127 + 128
        size = bytes([len(of)]) if len(of) < 127 else bytes([127, len(of) - 127])
        return size + of
    return b"\0" + text(name.encode()) + text(value if isinstance(value, bytes) else value.encode())


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def over_http2(server, *more, body=b"{}", authority="localhost"):
    """The kinds of frames on the request's stream, and the body of the answer."""
    block = literal(":method", "POST") + literal(":scheme", "http") + literal(":path", "/") + literal(":authority", authority)
    for name, value in raw.signed("ListStreams").items():
        block += literal(name.lower(), value)
    for name, value in more:
        block += literal(name, value)
    got, _ = answers(server, PREFACE + SETTINGS + frame(1, 4, 1, block) + frame(0, 1, 1, body))
    kinds, data = [], b""
    while len(got) >= 9:
        size, kind, stream = int.from_bytes(got[:3], "big"), got[3], int.from_bytes(got[5:9], "big")
        payload, got = got[9:9 + size], got[9 + size:]
        if stream == 1 or kind == 7:
            kinds.append(kind)
        if kind == 0:
            data += payload
    return kinds, data


def test_http2_has_no_second_host(server):
    assert b"StreamNames" in over_http2(server)[1]
    assert b"StreamNames" in over_http2(server, ("host", "localhost"))[1]
    for more in ([("host", "elsewhere")], [("host", "localhost"), ("host", "localhost")]):
        assert b"Found more than one 'Host' HTTP header." in over_http2(server, *more)[1], more


@pytest.mark.parametrize("more", [
    [("transfer-encoding", "chunked")],
    [("connection", "close")],
    [("content-length", "5")],
    [("content-length", "1")],
    [("x-a", b"b\r\nx-amz-target: Kinesis_20131202.DescribeLimits")],
    [("x-a\r\nb", "c")],
    [("X-A", "b")],
    [(":path", "/elsewhere")],
], ids=str)
def test_what_would_be_another_request_in_http1_is_none_in_http2(server, more):
    kinds, data = over_http2(server, *more)
    assert b"StreamNames" not in data and b"OpenShardCount" not in data
    assert {3, 7} & set(kinds) or b"Exception" in data, kinds
