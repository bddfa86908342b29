"""Signatures that CloudFront verifies itself: cookies that open one asset for a while, and addresses of single objects.

A custom policy, because a canned one holds no wildcard. CloudFront can't ask the deny-list, so lives are short. Which of two
keys signed is told by its id, so keys rotate: both are members of the key group until the last signature of the old one ends.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.errors import Refused
from core.settings import CdnSettings
from storage.keys import checked_key
from storage.signing import MOUNT

MAX_LIFE = timedelta(minutes=10)
"""Nothing ends a signature early at the edge."""

AREAS = ("hls", "stills")
"""Where players fetch from: a cookie each, because its path names one. Downloads are opened by an address of their own."""

_SAFE = str.maketrans("+=/", "-_~")


@dataclass(frozen=True, slots=True)
class SignedCookie:
    """One cookie to set, without Expires: the policy ends it, and a browser with a wrong clock must not do so before."""

    name: str
    value: str
    path: str


class CloudFrontSigner:
    """Signs for one distribution with one key."""

    def __init__(self, url: str, key_id: str, private_key: bytes) -> None:
        """`private_key` is PEM, RSA of 2,048 bits. Raises Refused `cloudfront.bad_key`."""
        try:
            key = serialization.load_pem_private_key(private_key, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, rsa.RSAPrivateKey) or not key_id:
            raise Refused("cloudfront.bad_key", "CloudFront needs the id of a public key and its RSA private key as PEM.")
        self._key = key
        self._key_id = key_id
        self._url = url.rstrip("/")

    @classmethod
    def from_settings(cls, settings: CdnSettings) -> "CloudFrontSigner | None":
        """The signer of this installation, None where no CDN is set. Raises Refused `cloudfront.bad_key`."""
        if not settings.cloudfront_url:
            return None
        try:
            private_key = settings.cloudfront_private_key.read_bytes() if settings.cloudfront_private_key else b""
        except OSError:
            private_key = b""
        return cls(settings.cloudfront_url, settings.cloudfront_key_id, private_key)

    def url(self, key: str) -> str:
        """Where an object lies at the CDN, for those who send the cookies."""
        return f"{self._url}{MOUNT}/{checked_key(key)}"

    def cookies(self, asset_id: UUID, expires_at: datetime, now: datetime) -> list[SignedCookie]:
        """Three cookies for each area of the asset, good until `expires_at`, for ten minutes at most."""
        return [
            SignedCookie(f"CloudFront-{name}", value, f"{MOUNT}/{area}/{asset_id}")
            for area in AREAS
            for name, value in self._signed(f"{self._url}{MOUNT}/{area}/{asset_id}/*", expires_at, now).items()
        ]

    def signed_url(self, key: str, expires_at: datetime, now: datetime) -> str:
        """An address that opens one object, and needs no cookie."""
        address = self.url(key)
        query = "&".join(f"{name}={value}" for name, value in self._signed(address, expires_at, now).items())
        return f"{address}?{query}"

    def _signed(self, resource: str, expires_at: datetime, now: datetime) -> dict[str, str]:
        ends = int(min(expires_at, now + MAX_LIFE).timestamp())
        statement = {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": ends}}}
        policy = json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()
        # RSA with SHA-1 is what CloudFront verifies. Collisions help nobody: the text is ours.
        signature = self._key.sign(policy, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
        return {"Policy": _encode(policy), "Signature": _encode(signature), "Key-Pair-Id": self._key_id}


def _encode(data: bytes) -> str:
    """Base64 in CloudFront's own spelling."""
    return b64encode(data).decode().translate(_SAFE)
