"""Addresses of pictures that anyone may see: covers and faces. They stay the same as long as the picture does."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.services import Services
from storage import keys

PATH = "/api/v1/pictures"


def picture_url(_: Services, files: Sequence[dict[str, Any]] | None) -> str | None:
    """The largest rendering of a picture (`Picture.files`); None where there is none yet."""
    return f"{PATH}/{str(files[0]['key']).partition('/')[2]}" if files else None


def address_of(picture_id: UUID | None) -> str | None:
    """The same for a picture that is known to be rendered, as those are that show."""
    return None if picture_id is None else f"{PATH}/{picture_id}/{keys.MAIN_PICTURE}"
