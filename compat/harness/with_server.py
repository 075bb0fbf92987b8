"""Runs a command against a server of its own: plain and TLS ports, signatures verified.

    python -m harness.with_server COMMAND...

The command finds FLUMEN_ENDPOINT, FLUMEN_TLS_ENDPOINT, FLUMEN_CA (a PEM file) and the AWS_* variables of a
principal that the server knows. Where FLUMEN_ENDPOINT is set already, that server is used and none is started.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

from harness.flumen import Flumen, running_elsewhere

KEYS = {"AWS_ACCESS_KEY_ID": "AKIACOMPAT", "AWS_SECRET_ACCESS_KEY": "compat/secret+key", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


@contextlib.contextmanager
def started(*flags):
    """A server that knows one principal, and the environment of a client that is this principal."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "credentials"
        file.write_text(f"[compat]\naws_access_key_id = {KEYS['AWS_ACCESS_KEY_ID']}\n"
                        f"aws_secret_access_key = {KEYS['AWS_SECRET_ACCESS_KEY']}\n")
        file.chmod(0o600)
        with Flumen("--credentials", str(file), *flags, tls=True) as server:
            authority = server.trust()
            yield server, KEYS | {
                "FLUMEN_ENDPOINT": server.endpoint, "FLUMEN_TLS_ENDPOINT": server.tls_endpoint,
                "FLUMEN_TLS_PORT": str(server.tls_port), "FLUMEN_CA": authority,
                "NODE_EXTRA_CA_CERTS": authority, "AWS_CA_BUNDLE": authority}


@contextlib.contextmanager
def environment():
    """The environment alone: of a server of its own, or of one that runs already."""
    if running_elsewhere():
        yield KEYS
        return
    with started() as (_, found):
        yield found


def main():
    with environment() as found:
        sys.stdout.flush()
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | found, timeout=900, check=False).returncode)


if __name__ == "__main__":
    main()
