"""Addresses of pictures that anyone may see: covers and faces."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.services import Services
from storage.signing import STILLS_ONLY, signed_path

# An address changes this often, and is good for at least as long again.
_LIFE_S = 600


def picture_url(services: Services, files: Sequence[dict[str, Any]] | None) -> str | None:
    """The largest rendering of a picture (`Picture.files`); None where there is none yet."""
    if not files:
        return None
    key = str(files[0]["key"])
    # The same for a while, so that a list that is asked again shows what the browser has.
    ends = (int(services.clock().timestamp()) // _LIFE_S + 2) * _LIFE_S
    token = services.signer.sign(UUID(key.split("/")[1]), STILLS_ONLY, datetime.fromtimestamp(ends, UTC))
    return signed_path(token, key)
