"""Who a server knows: a file for `--credentials` in which each has a policy that comes with the service, or is root."""

import secrets
from collections import namedtuple

Key = namedtuple("Key", "access_key secret_key")

# What makes the server log each call that it denies.
LOG = "warn,flumen_api::call=debug"


def write(path, policies):
    """`policies` says by name what each may; the key of each. Who has none is the account's root."""
    keys = {name: Key(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)) for name in policies}
    sections = []
    for name, key in keys.items():
        policy = f"policy = {policies[name]}\n" if policies[name] else ""
        sections.append(f"[{name}]\naws_access_key_id = {key.access_key}\naws_secret_access_key = {key.secret_key}\n{policy}")
    path.write_text("\n".join(sections))
    path.chmod(0o600)
    return keys


def environment(key):
    """What clients take their credentials from."""
    return {"AWS_ACCESS_KEY_ID": key.access_key, "AWS_SECRET_ACCESS_KEY": key.secret_key, "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def denied(server):
    """Lines of the log of a server that was started with `--log` as above."""
    return [line for line in server.text().splitlines() if "AccessDenied" in line]
