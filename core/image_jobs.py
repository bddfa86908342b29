"""The kinds of job about pictures and their payloads, as data."""

from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue
from core.media import PictureFile


class OfPicture(msgspec.Struct, frozen=True):
    """A job about a picture that somebody uploaded. `subject_id`: of what it is, an asset, a user or a course."""

    picture_id: UUID
    subject_id: UUID
    purpose: str = "poster"
    """`poster`, `avatar` or `cover`."""


class OfFrame(msgspec.Struct, frozen=True):
    """A job about a frame that its owner chose: `at_s` seconds from the start of the asset, as `version_id` shows it."""

    picture_id: UUID
    asset_id: UUID
    version_id: UUID
    at_s: float


class Outcome(msgspec.Struct, frozen=True):
    """What has become of a picture: its files, the largest JPEG first, or why there are none."""

    files: tuple[PictureFile, ...] = ()
    code: str = ""
    message: str = ""


# Somebody looks at the page and waits.
NORMALISE = JobKind("images.normalise", Queue.MEDIA, OfPicture, priority=30, max_attempts=3)
TAKE_FRAME = JobKind("images.take_frame", Queue.MEDIA, OfFrame, priority=30, max_attempts=3)

KINDS = (NORMALISE, TAKE_FRAME)
