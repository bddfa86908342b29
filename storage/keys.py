"""The only speller of storage keys.

    originals/<asset>/source
    originals/<asset>/<picture>/source
    hls/<asset>/<version>/master.m3u8 | manifest.mpd
    hls/<asset>/<version>/<track>/index.m3u8 | iframes.m3u8 | init-<sha8>.mp4 | c0007-<attempt>_00012.m4s
    stills/<asset>/<version>/<name>
    downloads/<asset>/<version>/<name>.mp4
    pictures/<picture>/<name>
    originals/<file>/source
    files/<file>/<attempt>/<name>
    files/<file>/<attempt>/inline/picture.webp

`hls/<asset>/<version>/content.key` is the address of an encrypted version's key; there is no such object.

Below `/stream` the URL path equals the key, so keys consist of characters that are never percent-encoded.
"""

import re
import unicodedata
from uuid import UUID

from storage.base import BadKey

MASTER = "master.m3u8"
MEDIA_PLAYLIST = "index.m3u8"
IFRAME_PLAYLIST = "iframes.m3u8"
DASH_MANIFEST = "manifest.mpd"
CONTENT_KEY = "content.key"
MAIN_PICTURE = "picture.jpg"
"""The largest rendering of a picture that anyone may see."""

# A part begins with a letter or a digit: that excludes `.`, `..`, the adapters' own hidden folders, and flags.
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_PREFIX = re.compile(rf"(?:{_PART}/)*(?:{_PART})?")
# S3 allows 1,024 bytes with its prefix, file systems 255 a part.
_MAX_KEY = 512
_MAX_SLUG = 80
_MAX_SUFFIX = 16
_INLINE = "inline/picture.webp"


def checked_key(key: str) -> str:
    """`key` itself, if it is one. Raises BadKey for anything else: traversal, empty parts, odd characters."""
    if len(key) > _MAX_KEY or not _KEY.fullmatch(key):
        raise BadKey(key)
    return key


def checked_prefix(prefix: str) -> str:
    """`prefix` itself, if keys may begin with it. Raises BadKey otherwise."""
    if len(prefix) > _MAX_KEY or not _PREFIX.fullmatch(prefix):
        raise BadKey(prefix)
    return prefix


def original(asset_id: UUID) -> str:
    """What was uploaded. Never served."""
    return f"originals/{asset_id}/source"


def original_prefix(asset_id: UUID) -> str:
    """All that was uploaded of an asset, or as a file. Never served."""
    return f"originals/{asset_id}/"


def picture_prefix(asset_id: UUID, picture_id: UUID) -> str:
    """What was uploaded to be a picture of the asset, user or course. Never served."""
    return f"originals/{asset_id}/{picture_id}/"


def picture_original(asset_id: UUID, picture_id: UUID) -> str:
    """The uploaded picture itself."""
    return picture_prefix(asset_id, picture_id) + "source"


def public_picture_prefix(picture_id: UUID) -> str:
    """The renderings of a picture that anyone may see: an avatar, a cover."""
    return f"pictures/{picture_id}/"


def public_picture(picture_id: UUID, name: str) -> str:
    """One of them."""
    return checked_key(public_picture_prefix(picture_id) + name)


def version_prefix(asset_id: UUID, version_id: UUID) -> str:
    """Everything that players fetch of a version, but stills."""
    return f"hls/{asset_id}/{version_id}/"


def track_prefix(asset_id: UUID, version_id: UUID, track: str) -> str:
    """The playlist, init and segments of one track."""
    return checked_prefix(f"{version_prefix(asset_id, version_id)}{track}/")


def stills_prefix(asset_id: UUID, version_id: UUID) -> str:
    """Poster and storyboard of a version."""
    return f"stills/{asset_id}/{version_id}/"


def downloads_prefix(asset_id: UUID, version_id: UUID) -> str:
    """What may be saved of a version: one file."""
    return f"downloads/{asset_id}/{version_id}/"


def asset_prefixes(asset_id: UUID) -> tuple[str, ...]:
    """Everything that is kept of an asset."""
    return f"originals/{asset_id}/", f"hls/{asset_id}/", f"stills/{asset_id}/", f"downloads/{asset_id}/"


def master(asset_id: UUID, version_id: UUID) -> str:
    """The master playlist."""
    return version_prefix(asset_id, version_id) + MASTER


def media_playlist(asset_id: UUID, version_id: UUID, track: str) -> str:
    """The playlist of one rung or of audio."""
    return track_file(asset_id, version_id, track, MEDIA_PLAYLIST)


def dash_manifest(asset_id: UUID, version_id: UUID) -> str:
    """The same tracks for DASH players."""
    return version_prefix(asset_id, version_id) + DASH_MANIFEST


def track_file(asset_id: UUID, version_id: UUID, track: str, name: str) -> str:
    """A segment or an init of a track, by its file name."""
    return checked_key(f"{version_prefix(asset_id, version_id)}{track}/{name}")


def chunk_file_prefix(chunk: int, attempt: UUID) -> str:
    """What the file names of one attempt at one chunk begin with: `c0007-5f1c0e9a2b41`.

    `attempt` is the attempt's token; its last twelve digits are random in every version of UUID that we use, so two attempts
    never write the same key, even where a shutdown gave an attempt back without counting it.
    """
    return f"c{chunk:04d}-{attempt.hex[-12:]}"


def still(asset_id: UUID, version_id: UUID, name: str) -> str:
    """A poster, a storyboard sheet or its WebVTT."""
    return checked_key(stills_prefix(asset_id, version_id) + name)


def download(asset_id: UUID, version_id: UUID, title: str) -> str:
    """The one MP4, named after the title as far as keys have its letters, else `video.mp4`."""
    return checked_key(f"{downloads_prefix(asset_id, version_id)}{_slug(title) or 'video'}.mp4")


def file_prefix(file_id: UUID) -> str:
    """Everything that is delivered of a file."""
    return f"files/{file_id}/"


def file_folder(file_id: UUID, attempt: UUID) -> str:
    """What one attempt at checking it has stored."""
    return f"{file_prefix(file_id)}{attempt}/"


def file(file_id: UUID, attempt: UUID, filename: str) -> str:
    """The file itself, named after its name as far as keys have its letters; delivery tells browsers the whole of it."""
    stem, dot, suffix = filename.rpartition(".")
    ending = f".{_slug(suffix)[:_MAX_SUFFIX]}" if dot and _slug(suffix) else ""
    return checked_key(f"{file_folder(file_id, attempt)}{_slug(stem if dot else suffix) or 'file'}{ending}")


def file_picture(file_id: UUID, attempt: UUID) -> str:
    """The rendering of a picture that pages show in place."""
    return f"{file_folder(file_id, attempt)}{_INLINE}"


def picture_beside(file_key: str) -> str:
    """The same, from the key of the file itself."""
    return f"{file_key.rpartition('/')[0]}/{_INLINE}"


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-").lower()[:_MAX_SLUG].strip("-")
