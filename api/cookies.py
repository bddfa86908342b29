"""The cookies that carry a playback signature: one per area of storage that players fetch from.

They are `SameSite=Lax`, so a page of another site gets none along with its requests: embedding players use the signed path.
"""

from datetime import datetime
from uuid import UUID

from litestar.datastructures import Cookie

from core.settings import Settings
from storage.cloudfront import CloudFrontSigner
from storage.signing import MOUNT

_AREAS = ("hls", "stills", "downloads")


def cookie_name(instance_id: str) -> str:
    """The cookie's name. It carries the instance's id because cookies ignore ports."""
    return f"aula_stream_{instance_id}"


def stream_cookies(
    *,
    instance_id: str,
    public_url: str,
    asset_id: UUID,
    token: str,
    expires_at: datetime,
    now: datetime,
    domain: str = "",
) -> list[Cookie]:
    """The cookies to set with a new or renewed signature; they end with it.

    `domain` is what the site has in common with a CDN, which asks the API for content keys.
    """
    life = max(0, int((expires_at - now).total_seconds()))
    return _cookies(instance_id, public_url, asset_id, token, life, domain)


def cdn_cookies(
    signer: CloudFrontSigner, *, settings: Settings, asset_id: UUID, expires_at: datetime, now: datetime
) -> list[Cookie]:
    """The cookies that CloudFront verifies. They have no end of their own: the policy in them has."""
    return [
        Cookie(
            key=each.name,
            value=each.value,
            path=each.path,
            domain=settings.cdn.cloudfront_cookie_domain or None,
            httponly=True,
            secure=settings.api.public_url.startswith("https://"),
            samesite="lax",
        )
        for each in signer.cookies(asset_id, expires_at, now)
    ]


def cleared_stream_cookies(*, instance_id: str, public_url: str, asset_id: UUID, domain: str = "") -> list[Cookie]:
    """The cookies to set when the session has been given up."""
    return _cookies(instance_id, public_url, asset_id, "", 0, domain)


def _cookies(instance_id: str, public_url: str, asset_id: UUID, value: str, life: int, domain: str) -> list[Cookie]:
    return [
        Cookie(
            key=cookie_name(instance_id),
            value=value,
            path=f"{MOUNT}/{area}/{asset_id}",
            domain=domain or None,
            max_age=life,
            httponly=True,
            secure=public_url.startswith("https://"),
            samesite="lax",
        )
        for area in _AREAS
    ]
