"""Settings for tests: every group from plain keyword arguments, nothing from the environment."""

from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings

from core.settings import (
    ApiSettings,
    CdnSettings,
    DatabaseSettings,
    GatewaySettings,
    JobSettings,
    MailSettings,
    MediaSettings,
    OidcSettings,
    PlaybackSettings,
    RedisSettings,
    SecretSettings,
    Settings,
    StorageSettings,
    UploadSettings,
)

_GROUPS: dict[str, type[BaseSettings]] = {
    "database": DatabaseSettings,
    "redis": RedisSettings,
    "storage": StorageSettings,
    "secrets": SecretSettings,
    "api": ApiSettings,
    "uploads": UploadSettings,
    "playback": PlaybackSettings,
    "cdn": CdnSettings,
    "gateway": GatewaySettings,
    "oidc": OidcSettings,
    "mail": MailSettings,
    "jobs": JobSettings,
    "media": MediaSettings,
}

# Quick to react, cheap to hash: what is waited for in production in seconds is waited for here in tenths.
_DEFAULTS: dict[str, Any] = {
    "database_url": "postgresql://nobody@/none?host=/nonexistent",
    "redis_url": "unix:///nonexistent/redis.sock",
    "secret_key": "test-secret-key-of-at-least-32-characters",
    "signing_keys": "k1:test-signing-key-of-at-least-32-characters",
    "argon2_memory_kib": 64,
    # Tests ask often, from one address; those of the limits turn them on.
    "rate_limits": False,
    "signup_roles": ["learner", "instructor"],
    "lease_s": 2.0,
    "lease_renew_s": 0.5,
    "rescue_interval_s": 0.2,
    "dispatch_poll_s": 0.05,
    "hint_resend_s": 0.5,
    "backoff_base_s": 0.05,
    "worker_grace_s": 5.0,
    "encode_threads": 1,
}


def make_settings(data_dir: Path, **values: Any) -> Settings:
    """Settings below `data_dir`; `values` are named as the fields are (`lease_s=1.0`). Raises TypeError for an unknown name."""
    flat = {"storage_url": (data_dir / "objects").as_uri(), **_DEFAULTS, **values}
    groups: dict[str, Any] = {
        name: group(**{field: flat.pop(field) for field in list(flat) if field in group.model_fields})
        for name, group in _GROUPS.items()
    }
    own = {field: flat.pop(field) for field in list(flat) if field in Settings.model_fields}
    if flat:
        raise TypeError(f"no such settings: {', '.join(sorted(flat))}")
    return Settings(data_dir=data_dir, **groups, **own)
