"""Which poster an asset shows (its owner's before the video's own), and signed addresses of its stills."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.services import Services
from api.wire import View
from core.media import PictureFile, Stills
from db.models import Asset, Picture, Version
from db.queries import pictures as queries
from storage.signing import STILLS_ONLY, signed_path

# A poster's address changes this often, and is good for at least as long again.
_POSTER_LIFE_S = 600


class PosterFile(View):
    """One rendering of a poster, for `srcset`. The address is signed, for minutes, and opens stills alone."""

    url: str
    width: int
    height: int
    media_type: str


class StillAddresses:
    """The signed addresses of what an asset shows of itself in lists."""

    def __init__(self, services: Services, asset: Asset, version: Version | None, picture: Picture | None) -> None:
        """`picture`: the owner's choice, if there is one that is ready."""
        # The same for a while, so that a list that is asked again shows what the browser has.
        ends = (int(services.clock().timestamp()) // _POSTER_LIFE_S + 2) * _POSTER_LIFE_S
        self._token = services.signer.sign(asset.id, STILLS_ONLY, datetime.fromtimestamp(ends, UTC))
        self._stills = _stills(version)
        self._files = _files(picture, self._stills)
        self._poster = _poster(self._files, self._stills)

    @property
    def poster(self) -> str | None:
        return self._address(self._poster)

    @property
    def preview(self) -> str | None:
        return self._address(self._stills.preview if self._stills else None)

    @property
    def posters(self) -> list[PosterFile]:
        return [
            PosterFile(url=signed_path(self._token, file.key), width=file.width, height=file.height, media_type=file.media_type)
            for file in self._files
        ]

    def _address(self, key: str | None) -> str | None:
        return None if key is None else signed_path(self._token, key)


async def poster_key(session: AsyncSession, asset: Asset, version: Version) -> str | None:
    """The storage key of the poster that a player shows."""
    pictures = await queries.chosen_posters(session, [asset])
    stills = _stills(version)
    return _poster(_files(next(iter(pictures.values()), None), stills), stills)


def _stills(version: Version | None) -> Stills | None:
    return msgspec.convert(version.stills, Stills) if version is not None and version.stills else None


def _files(picture: Picture | None, stills: Stills | None) -> Sequence[PictureFile]:
    if picture is not None and picture.files:
        return msgspec.convert(picture.files, tuple[PictureFile, ...])
    return stills.posters if stills else ()


def _poster(files: Sequence[PictureFile], stills: Stills | None) -> str | None:
    if files:
        return files[0].key
    return stills.poster if stills else None
