"""Ports beside the two: private endpoints, and connections that a proxy passes on."""

import socket
import ssl

import pytest

from harness.client import client
from harness.flumen import Flumen, free_port, running_elsewhere

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

# The client 203.0.113.7:51000, through the endpoint vpce-1.
HEADER = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x16" + bytes([203, 0, 113, 7, 10, 0, 0, 1]) + b"\xc7\x38\x11\xd7"
          + b"\xea\x00\x07\x01vpce-1")


@pytest.fixture
def server(tmp_path):
    direct, proxied = free_port(), free_port()
    policy = tmp_path / "policy.json"
    policy.write_text('{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}')
    settings = tmp_path / "flumen.toml"
    settings.write_text(f"""
[[listeners]]
name = "payments"
address = "127.0.0.1:{direct}"
vpc-endpoint = "vpce-1"
vpc = "vpc-1"
policy = "{policy}"

[[listeners]]
name = "behind"
address = "127.0.0.1:{proxied}"
tls = true
proxy-protocol-from = ["127.0.0.1"]
""")
    known = tmp_path / "credentials"
    known.write_text("[a]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n")
    with Flumen("--config", str(settings), "--credentials", str(known)) as started:
        started.direct, started.proxied = direct, proxied
        yield started


def test_every_listener_serves_the_same(server):
    client(server.endpoint, "AKIA1", "s").create_stream(StreamName="s", ShardCount=1)
    assert client(f"http://127.0.0.1:{server.direct}", "AKIA1", "s").list_streams()["StreamNames"] == ["s"]


def test_tls_begins_after_the_header_of_the_proxy(server):
    trusting = ssl.create_default_context(cafile=server.trust())
    with socket.create_connection(("127.0.0.1", server.proxied), timeout=10) as plain:
        plain.sendall(HEADER)
        with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            assert secure.recv(65536).startswith(b"HTTP/1.1 200 ")
    with socket.create_connection(("127.0.0.1", server.proxied), timeout=10) as plain, pytest.raises(OSError):
        trusting.wrap_socket(plain, server_hostname="localhost")


def test_plain_text_can_be_refused_beyond_this_machine(tmp_path):
    with pytest.raises(RuntimeError, match="ended with 2 .*"):
        Flumen("--admin", "0.0.0.0:0", "--require-tls", ephemeral=True).start()
