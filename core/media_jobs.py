"""The kinds of media job and their payloads, as data: domain adds them, `pipelines/registry.py` binds each to its step."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue
from core.media import Profile

INGEST = "media.ingest"
"""The kind of the pipeline that turns one upload into a stream; its subject is the asset."""
EARLY = "media.early"
"""The kind of the pipeline that works on an upload before its last byte has arrived."""
CLEANUP = "media.cleanup"
"""The kind of the pipeline that removes objects of an asset: one of its own, so that no cancel stops it."""
TEXT = "media.text"
"""The kind of the pipelines that bring captions into a version that plays already; their subject is the asset."""
DOWNLOAD = "media.download"
"""The kind of the pipelines that make the file to save of a live version; their subject is the asset."""
REENCODE = "media.reencode"
"""The kind of the pipelines that make another version of an asset that plays already; their subject is the asset."""
AV1 = "media.av1"
"""The kind of the pipelines that bring AV1 rungs into a live version; their subject is the asset."""
RETIRE = "media.retire"
"""The kind of the pipelines that remove a version once nobody plays it; their subject is the asset."""
PICTURES = "media.pictures"
"""The kind of the pipelines that render posters which owners bring or choose; their subject is the asset."""
BACKGROUND = 1000
"""Added to the priorities of pipelines that nobody waits for: everything of theirs goes behind all first-time work."""
OF_ASSET = (INGEST, EARLY, TEXT, DOWNLOAD, REENCODE, AV1, PICTURES)
"""The kinds of the pipelines that may write objects of an asset."""

# The longest wall clock of one attempt that may read a whole source; security page, section 3.
_WHOLE_SOURCE_S = 4 * 3600.0


class OfAsset(msgspec.Struct, frozen=True):
    """A job about an asset that has no version yet, or whatever versions it has."""

    asset_id: UUID


class NewVersion(msgspec.Struct, frozen=True):
    """A job that plans a version of an asset. `copy`: the fast lane may be taken. `reason`: why there is to be another."""

    asset_id: UUID
    profile: Profile = "fast"
    copy: bool = True
    reason: str = ""


class OfVersion(msgspec.Struct, frozen=True):
    """A job about one version of an asset."""

    asset_id: UUID
    version_id: UUID


class OfChunk(msgspec.Struct, frozen=True):
    """A job about one chunk of a version: `chunk` is the index in the plan, `rungs` names what is made of it."""

    asset_id: UUID
    version_id: UUID
    chunk: int
    rungs: tuple[str, ...]


class OfUpload(msgspec.Struct, frozen=True):
    """A job about an upload that is still growing."""

    asset_id: UUID
    upload_id: str


class OfSound(msgspec.Struct, frozen=True):
    """A job about one sound of a version, by its name in the plan."""

    asset_id: UUID
    version_id: UUID
    sound: str


class OfText(msgspec.Struct, frozen=True):
    """A job about the captions of an asset in one language, for one version."""

    asset_id: UUID
    version_id: UUID
    language: str


class OfCampaign(msgspec.Struct, frozen=True):
    """A job about a campaign."""

    campaign_id: UUID


class PartialUpload(msgspec.Struct, frozen=True):
    """An upload that will never be completed: its key and what the storage adapter needs to drop it."""

    key: str
    state: dict[str, Any]


class Removal(msgspec.Struct, frozen=True):
    """Which objects of an asset go.

    `unreferenced`: what no part of `versions` names (left by attempts that did not count). `versions`: all of `versions`.
    `downloads`: the files to save of `versions`. `asset`: everything, with the original and partial uploads. `files`: of the
    first of `versions`, what begins with `files`. `pictures`: those that `versions` names, with their originals; `asset_id`
    is then whatever they are of, an asset, a user or a course.
    """

    asset_id: UUID
    scope: Literal["unreferenced", "versions", "downloads", "asset", "files", "pictures"]
    versions: tuple[UUID, ...] = ()
    original: bool = False
    """Remove the original too: it was refused."""
    uploads: tuple[PartialUpload, ...] = ()
    files: tuple[str, ...] = ()
    """`<track>/<beginning of a file's name>`. With `unreferenced`: only there; else everywhere but at late tracks."""


INSPECT_SOURCE = JobKind("media.inspect_source", Queue.MEDIA, NewVersion, priority=20, time_limit_s=_WHOLE_SOURCE_S)
# One try: the whole file is worked on soon after, whatever becomes of this.
BEGIN_EARLY = JobKind("media.begin_early", Queue.MEDIA, OfUpload, priority=40, max_attempts=1, time_limit_s=600.0)
COPY_HEAD = JobKind("media.copy_head", Queue.MEDIA, OfVersion, priority=15, time_limit_s=600.0)
COPY_REST = JobKind("media.copy_rest", Queue.MEDIA, OfVersion, priority=25, time_limit_s=_WHOLE_SOURCE_S)
ENCODE_CHUNK = JobKind("media.encode_chunk", Queue.ENCODE, OfChunk, priority=100, time_limit_s=_WHOLE_SOURCE_S)
# Audio is cheap and gates the first playlist: on the media queue it never waits behind the chunks.
ENCODE_AUDIO = JobKind("media.encode_audio", Queue.MEDIA, OfSound, priority=30, time_limit_s=_WHOLE_SOURCE_S)
# Encoding that nobody waits for at first: it must not take the slots of light work.
NORMALISE_AUDIO = JobKind("media.normalise_audio", Queue.ENCODE, OfSound, priority=90, time_limit_s=_WHOLE_SOURCE_S)
# Without it the title is encoded as every other.
PROBE_QUALITY = JobKind("media.probe_quality", Queue.ENCODE, OfVersion, priority=55, max_attempts=2, time_limit_s=600.0)
MAKE_STILLS = JobKind("media.make_stills", Queue.MEDIA, OfVersion, priority=80, max_attempts=3, time_limit_s=_WHOLE_SOURCE_S)
WRITE_PLAYLISTS = JobKind("media.write_playlists", Queue.MEDIA, OfVersion, priority=10)
CHECK_PLAYBACK = JobKind("media.check_playback", Queue.MEDIA, OfVersion, priority=40, time_limit_s=3600.0)
PUBLISH = JobKind("media.publish", Queue.DEFAULT, OfVersion, priority=20)
ANNOUNCE = JobKind("media.announce", Queue.DEFAULT, OfVersion)
GIVE_UP = JobKind("media.give_up", Queue.DEFAULT, OfAsset, priority=10)
REMOVE_OBJECTS = JobKind("media.remove_objects", Queue.MEDIA, Removal, priority=90, time_limit_s=3600.0)
MAKE_TEXT = JobKind("media.make_text", Queue.MEDIA, OfText, priority=35)
EXTRACT_TEXT = JobKind("media.extract_text", Queue.MEDIA, OfVersion, priority=70, max_attempts=3, time_limit_s=_WHOLE_SOURCE_S)
# Hours of speech recognition wait behind whatever somebody waits for.
CAPTION = JobKind("media.caption", Queue.ENCODE, OfText, priority=1000, max_attempts=3, time_limit_s=_WHOLE_SOURCE_S)
MAKE_DOWNLOAD = JobKind(
    "media.make_download", Queue.MEDIA, OfVersion, priority=1000, max_attempts=3, time_limit_s=_WHOLE_SOURCE_S
)
# Pipelines of AV1 run in the background; there, too, other versions go first.
ADD_AV1 = JobKind("media.add_av1", Queue.DEFAULT, OfVersion, priority=500)
ENCODE_AV1 = JobKind("media.encode_av1", Queue.ENCODE, OfChunk, priority=500, time_limit_s=_WHOLE_SOURCE_S)
JOIN_AV1 = JobKind("media.join_av1", Queue.MEDIA, OfVersion, priority=500, time_limit_s=3600.0)
RETIRE_VERSION = JobKind("media.retire_version", Queue.MEDIA, OfVersion, priority=BACKGROUND, time_limit_s=3600.0)
RUN_CAMPAIGN = JobKind("media.run_campaign", Queue.DEFAULT, OfCampaign, priority=1900)

# What a viewer who presses play at once needs goes before everybody's later chunks: of the head the small rungs; then what
# keeps the small rungs ahead of that viewer; then the head's large rungs, with which they can join.
FIRST_RUNGS_PRIORITY = 50
LEAD_PRIORITY = 60
LARGE_RUNGS_PRIORITY = 70

KINDS = (
    BEGIN_EARLY,
    INSPECT_SOURCE,
    COPY_HEAD,
    COPY_REST,
    ENCODE_CHUNK,
    ENCODE_AUDIO,
    NORMALISE_AUDIO,
    MAKE_STILLS,
    PROBE_QUALITY,
    WRITE_PLAYLISTS,
    CHECK_PLAYBACK,
    PUBLISH,
    ANNOUNCE,
    GIVE_UP,
    REMOVE_OBJECTS,
    MAKE_TEXT,
    EXTRACT_TEXT,
    CAPTION,
    MAKE_DOWNLOAD,
    ADD_AV1,
    ENCODE_AV1,
    JOIN_AV1,
    RETIRE_VERSION,
    RUN_CAMPAIGN,
)
