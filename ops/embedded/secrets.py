"""Secrets of an embedded platform: generated once, kept in its data directory, readable by the owner only."""

import json
import os
import secrets
from pathlib import Path

import msgspec


class Secrets(msgspec.Struct, frozen=True):
    """What `core.settings.SecretSettings` wants, an instance id for cookie names, and the first operator's password."""

    secret_key: str
    signing_keys: str
    instance_id: str
    operator_password: str


def load_or_make(data_dir: Path) -> Secrets:
    """The secrets of this data directory, made at the first call. Raises msgspec.ValidationError for a damaged file."""
    path = data_dir / "secrets.json"
    if not path.exists():
        made = Secrets(
            secret_key=secrets.token_urlsafe(48),
            signing_keys=f"k1:{secrets.token_urlsafe(32)}",
            instance_id=f"a{secrets.token_hex(4)}",
            operator_password=secrets.token_urlsafe(12),
        )
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(msgspec.to_builtins(made), file, indent=2)
        fresh.replace(path)
    return msgspec.json.decode(path.read_bytes(), type=Secrets)
