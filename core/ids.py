"""Identifiers: time-ordered UUIDv7 for rows, random 128-bit tokens where an id is a secret."""

import secrets
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: unique without coordination, and new rows land at the end of their index."""
    return uuid_utils.compat.uuid7()


def new_token() -> str:
    """A random token of 128 bits, 22 URL-safe characters."""
    return secrets.token_urlsafe(16)
