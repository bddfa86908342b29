"""Identifiers: time-ordered UUIDv7 for rows, random 128-bit tokens where an id is a secret."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: unique without coordination, and new rows land at the end of their index."""
    return uuid_utils.compat.uuid7()


def new_token() -> str:
    """A random token of 128 bits, 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def id_moment(identifier: UUID) -> datetime:
    """When a UUIDv7 was made: its first 48 bits count milliseconds since 1970 (RFC 9562)."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)
