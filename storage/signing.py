"""Signatures of playback sessions: who holds one may fetch what belongs to one asset, or one file, until it expires.

A token is `<key id>.<payload>.<mac>`: the payload holds asset, session and expiry, the MAC is keyed BLAKE2b over key id and
payload (0.8 us against 1.3-1.9 us for HMAC-SHA256, which adds nothing here). It travels in a cookie or at the head of the path.
"""

import functools
import hashlib
import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from core.errors import ErrorKind, Refused

MOUNT = "/stream"
"""The path below which streams are served; what follows is a storage key, with or without a token before it."""

STILLS_ONLY = UUID(int=0)
"""The session of a signature that opens stills and nothing else: a list shows posters without beginning to play each video."""

FILES_ONLY = UUID(int=1)
"""The session of a signature that opens a file of a lesson, which nobody plays; it is issued for minutes, not revoked."""

_PAYLOAD = struct.Struct(">16s16sQ")
_MAC_BYTES = 16
_MIN_SECRET = 16
# A viewer's token is asked about with each segment; this many viewers at once cost 4 MB.
_REMEMBERED = 8192
_KEY_ID = re.compile(r"[A-Za-z0-9]{1,16}")
# Sizes follow from the payload's 40 bytes and the MAC's 16.
TOKEN_FORM = r"[A-Za-z0-9]{1,16}\.[A-Za-z0-9_-]{54}\.[A-Za-z0-9_-]{22}"  # noqa: S105 -- a pattern, not a secret
_TOKEN = re.compile(TOKEN_FORM)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    asset_id: UUID
    session_id: UUID
    expires_at: datetime


class SignatureRefused(Refused):
    """A token that doesn't open what was asked for: `stream.unsigned`, `.bad_signature`, `.expired`, `.other_asset`."""

    kind = ErrorKind.FORBIDDEN


class Signer:
    """Signs with its first key and verifies with all: put a new key first, drop the old one a signature's life later."""

    def __init__(self, keys: dict[str, str]) -> None:
        """`keys`: key id -> secret, in order. Raises Refused `signing.bad_keys`."""
        if not keys or any(not _KEY_ID.fullmatch(key_id) or len(secret) < _MIN_SECRET for key_id, secret in keys.items()):
            raise Refused(
                "signing.bad_keys", "AULA_SIGNING_KEYS must be id:secret[,id:secret] with secrets of 16 characters or more."
            )
        # A key of its own for this purpose, of the full size that BLAKE2b takes.
        self._keys = {
            key_id: hashlib.blake2b(secret.encode(), person=b"aula-stream").digest() for key_id, secret in keys.items()
        }
        self._signing_id = next(iter(keys))
        # What raises is not remembered: forged tokens take no room. Nothing that changes with time is: see `verify`.
        self._claims = functools.lru_cache(_REMEMBERED)(self._read)

    @classmethod
    def from_setting(cls, text: str) -> "Signer":
        """From `kid:secret[,kid:secret]`, the form of AULA_SIGNING_KEYS."""
        pairs = (pair.strip().partition(":") for pair in text.split(",") if pair.strip())
        return cls({key_id: secret for key_id, _, secret in pairs})

    def sign(self, asset_id: UUID, session_id: UUID, expires_at: datetime) -> str:
        """A token for everything served of `asset_id` until `expires_at` (whole seconds)."""
        payload = _PAYLOAD.pack(asset_id.bytes, session_id.bytes, int(expires_at.timestamp()))
        return f"{self._signing_id}.{_encode(payload)}.{_encode(self._mac(self._signing_id, payload))}"

    def verify(self, token: str, asset_id: UUID, now: datetime) -> Claims:
        """What `token` says. Raises SignatureRefused when it is forged, expired or another asset's."""
        claims = self._claims(token)
        if claims.expires_at <= now:
            raise SignatureRefused("stream.expired", "This link has expired.")
        if claims.asset_id != asset_id:
            raise SignatureRefused("stream.other_asset", "This link is for another video.")
        return claims

    def _read(self, token: str) -> Claims:
        """What `token` says, once its signature is found to be ours."""
        if not _TOKEN.fullmatch(token):
            raise SignatureRefused("stream.bad_signature", "This link is not valid.")
        key_id, payload_text, mac_text = token.split(".")
        payload, mac = _decode(payload_text), _decode(mac_text)
        if key_id not in self._keys or not hmac.compare_digest(mac, self._mac(key_id, payload)):
            raise SignatureRefused("stream.bad_signature", "This link is not valid.")
        asset, session, expires = _PAYLOAD.unpack(payload)
        return Claims(UUID(bytes=asset), UUID(bytes=session), datetime.fromtimestamp(expires, UTC))

    def _mac(self, key_id: str, payload: bytes) -> bytes:
        return hashlib.blake2b(key_id.encode() + b"." + payload, key=self._keys[key_id], digest_size=_MAC_BYTES).digest()


def stream_path(key: str) -> str:
    """The path of an object for those who send the cookie."""
    return f"{MOUNT}/{key}"


def signed_path(token: str, key: str) -> str:
    """The path of an object that carries its signature; relative links in playlists inherit it."""
    return f"{MOUNT}/{token}/{key}"


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except NotBase64:
        raise SignatureRefused("stream.bad_signature", "This link is not valid.") from None
