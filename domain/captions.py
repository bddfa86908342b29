"""Captions and chapters: the only writer of both, and what their change means for the streams of an asset.

Captions belong to the asset; each version that plays has text tracks made of them. A version that is still being made gets
those that are there when it is planned, and once it is live what has changed meanwhile: `due` compares.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from core.captions import chapters as chapter_rules
from core.captions import languages
from core.clock import utc_now
from core.errors import ErrorKind, Refused
from core.jobs import JobRequest
from core.media import Chapter, MediaInfo, Part
from core.media_jobs import CAPTION, CLEANUP, MAKE_TEXT, REMOVE_OBJECTS, TEXT, OfText, Removal
from db import jobs
from db.models import Asset, Caption
from db.queries import captions as queries
from db.queries import versions
from domain import media
from domain.media import NewTrack

Origin = Literal["upload", "embedded", "automatic"]

MAX_LANGUAGES = 60
TEXT_TRACKS = "text-"
"""What the names of text tracks begin with."""
_LONGEST_LABEL = 80
# Who may replace whom: what a person brought outranks what was found, and that what was guessed.
_RANK = {"automatic": 0, "embedded": 1, "upload": 2}
# A player reads a playlist that has its end once, and a session may last this long.
_LONGEST_SESSION = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class NewCaption:
    """Captions in one language (BCP 47, normalised) as WebVTT that we have written ourselves."""

    language: str
    label: str
    vtt: str
    origin: Origin


def track_name(language: str) -> str:
    """The name of the text track of that language."""
    return TEXT_TRACKS + language


def tidy_label(wanted: str | None, language: str) -> str:
    """What menus call captions: `wanted` without what would end a playlist's attribute, else the language's own name."""
    tidy = "".join(character if character.isprintable() and character != '"' else " " for character in wanted or "")
    return " ".join(tidy.split())[:_LONGEST_LABEL].strip() or languages.name(language)


def digest(vtt: str) -> str:
    """What tells one text from another: its SHA-256, in hex."""
    return hashlib.sha256(vtt.encode()).hexdigest()


async def put(session: AsyncSession, asset_id: UUID, new: NewCaption) -> Caption:
    """Keep captions, in place of those in the same language; the live version gets them in a moment.

    Raises Refused `asset.not_found`, `captions.not_replaced` (CONFLICT) when better ones are there, `captions.too_many`.
    """
    asset = await _lock(session, asset_id)
    found = await queries.one(session, asset_id, new.language)
    if found is None:
        if len(await queries.of_asset(session, asset_id)) >= MAX_LANGUAGES:
            raise Refused("captions.too_many", f"An asset has captions in {MAX_LANGUAGES} languages at most.")
        found = Caption(asset_id=asset_id, **_fields(new))
        session.add(found)
    else:
        if _RANK[new.origin] < _RANK[found.origin]:
            raise _not_replaced()
        found.label, found.vtt, found.origin = new.label, new.vtt, new.origin
        found.revision, found.updated_at = found.revision + 1, func.now()
    await session.flush()
    await session.refresh(found)
    await due(session, asset)
    return found


async def put_if_better(session: AsyncSession, asset_id: UUID, new: NewCaption) -> bool:
    """`put` for what nobody waits for: False where it is not taken, or the asset is gone."""
    try:
        await put(session, asset_id, new)
    except Refused:
        return False
    return True


def _fields(new: NewCaption) -> dict[str, str]:
    return {"language": new.language, "label": new.label, "vtt": new.vtt, "origin": new.origin}


async def remove(session: AsyncSession, asset_id: UUID, language: str) -> None:
    """Forget the captions of one language; streams forget them in a moment. Raises Refused `captions.not_found`."""
    asset = await _lock(session, asset_id)
    found = await queries.one(session, asset_id, language)
    if found is None:
        raise no_captions()
    await session.delete(found)
    await session.flush()
    await due(session, asset)


def no_captions() -> Refused:
    """The answer where there are none."""
    return Refused("captions.not_found", "There are no captions in this language.", kind=ErrorKind.NOT_FOUND)


async def due(session: AsyncSession, asset: Asset) -> None:
    """Have the live version's text tracks made anew where they are not of today's captions. The asset is locked."""
    version_id = asset.live_version_id
    changed = await _changed(session, asset.id, version_id) if version_id else []
    if version_id and changed:
        pipeline_id = await _pipeline(session, asset, TEXT)
        requests = [
            JobRequest(MAKE_TEXT, OfText(asset.id, version_id, language), pipeline_id=pipeline_id) for language in changed
        ]
        await jobs.add_many(session, requests)


async def version_published(session: AsyncSession, asset_id: UUID) -> None:
    """A version has become the live one: it gets what has changed while it was being made."""
    await due(session, await _lock(session, asset_id))


async def missing(session: AsyncSession, asset_id: UUID, version_id: UUID) -> list[str]:
    """The languages that a version needs text tracks for, unless it is live: then they are under way."""
    asset = await _lock(session, asset_id)
    return [] if asset.live_version_id == version_id else await _changed(session, asset_id, version_id)


async def best_language(session: AsyncSession, asset_id: UUID) -> str | None:
    """The language of the captions that are most to be trusted, the first of them; None where there are none."""
    found = await queries.of_asset(session, asset_id)
    return max(found, key=lambda each: (_RANK[each.origin], -each.created_at.timestamp())).language if found else None


async def ever_live(session: AsyncSession, asset_id: UUID) -> bool:
    """Whether the asset has had a live version."""
    asset = await session.get(Asset, asset_id)
    return asset is not None and asset.live_version_id is not None


async def _changed(session: AsyncSession, asset_id: UUID, version_id: UUID) -> list[str]:
    found = await queries.of_asset(session, asset_id)
    labels = _distinct({each.language: each.label for each in found})
    wanted = {each.language: (each.digest, labels[each.language]) for each in found}
    tracks = {
        track.language: (track.init_sha256, track.label)
        for track in await queries.text_tracks(session, version_id)
        if track.language is not None
    }
    return sorted(language for language in {*wanted, *tracks} if wanted.get(language) != tracks.get(language))


async def label_of(session: AsyncSession, asset_id: UUID, language: str) -> str:
    """What menus call these captions: unlike all others of the asset. Empty when there are none."""
    labels = {found.language: found.label for found in await queries.of_asset(session, asset_id)}
    return _distinct(labels).get(language, "")


def _distinct(labels: dict[str, str]) -> dict[str, str]:
    """Names within a group differ (RFC 8216, section 4.3.4.1.1): where several languages have one label, the tag follows."""
    names = list(labels.values())
    return {language: label if names.count(label) == 1 else f"{label} ({language})" for language, label in labels.items()}


async def made(session: AsyncSession, of: OfText, part: Part, label: str) -> bool:
    """A text track was made. It joins the version in place of the one before, unless the captions have changed meanwhile.

    False: what was made is not wanted (any more), and its files go. Raises Interrupted `media.not_wanted`.
    """
    await media.lock_version(session, of.asset_id, of.version_id)
    caption = await queries.one(session, of.asset_id, of.language)
    if caption is None or digest(caption.vtt) != part.init_sha256:
        await _remove_files(session, of, {_stem(segment.name) for segment in part.segments}, timedelta())
        return False
    await _drop(session, of, _LONGEST_SESSION)
    track = NewTrack(part.track, "text", core=False, language=of.language, label=label)
    await media.add_tracks(session, of.version_id, [track])
    await media.parts_finished(session, of.asset_id, of.version_id, [part])
    return True


async def unmade(session: AsyncSession, of: OfText) -> bool:
    """There are no captions in that language: the track goes, if there is one, and its files. False: nothing to do."""
    await media.lock_version(session, of.asset_id, of.version_id)
    if await queries.one(session, of.asset_id, of.language) is not None:
        return False
    return await _drop(session, of, timedelta())


async def _drop(session: AsyncSession, of: OfText, keep: timedelta) -> bool:
    """Forget a track; its files stay for `keep`, for those who have read its playlist. False when there is none."""
    name = track_name(of.language)
    facts = await versions.version_facts(session, of.version_id)
    track = facts.tracks.get(name) if facts else None
    if track is None:
        return False
    await media.drop_track(session, of.asset_id, of.version_id, name)
    stems = {_stem(segment.name) for part in track.parts for segment in part.segments}
    await _remove_files(session, of, stems, keep)
    return True


def _stem(name: str) -> str:
    """What the files of one attempt have in common."""
    return name.rpartition("_")[0]


async def _remove_files(session: AsyncSession, of: OfText, stems: set[str], keep: timedelta) -> None:
    asset = await session.get_one(Asset, of.asset_id)
    files = tuple(sorted(f"{track_name(of.language)}/{stem}" for stem in stems))
    removal = Removal(of.asset_id, "files", (of.version_id,), files=files)
    pipeline_id = await _pipeline(session, asset, CLEANUP)
    run_at = utc_now() + keep if keep else None
    await jobs.add(session, JobRequest(REMOVE_OBJECTS, removal, pipeline_id=pipeline_id, run_at=run_at))


async def caption_automatically(session: AsyncSession, asset_id: UUID, language: str) -> None:
    """Have the operator's command write captions in that language; when that is under way already, nothing more happens.

    Raises Refused `asset.not_found`; (CONFLICT) `captions.not_replaced`, `captions.no_sound`, `captions.not_ready` (there is
    nothing to play yet, or the original is gone).
    """
    asset = await session.get(Asset, asset_id)
    if asset is None:
        raise _no_asset()
    if asset.original_key is None or asset.source is None or asset.live_version_id is None:
        raise Refused("captions.not_ready", "The asset is not ready, or its original is gone.", kind=ErrorKind.CONFLICT)
    if not msgspec.convert(asset.source, MediaInfo).audio:
        raise Refused("captions.no_sound", "The asset has no sound.", kind=ErrorKind.CONFLICT)
    found = await queries.one(session, asset_id, language)
    if found is not None and _RANK[found.origin] > _RANK["automatic"]:
        raise _not_replaced()
    pipeline_id = await _pipeline(session, asset, TEXT)
    of = OfText(asset_id, asset.live_version_id, language)
    key = f"caption:{asset_id}:{language}"
    await jobs.add(session, JobRequest(CAPTION, of, pipeline_id=pipeline_id, unique_key=key))


async def set_chapters(session: AsyncSession, asset_id: UUID, chapters: list[Chapter]) -> tuple[Chapter, ...]:
    """Replace the chapters of an asset; none is fine. Raises Refused as `core.captions.chapters.checked` does."""
    asset = await _lock(session, asset_id)
    checked = chapter_rules.checked(chapters, duration_of(asset))
    asset.chapters = msgspec.to_builtins(checked)
    await session.flush()
    return checked


def duration_of(asset: Asset) -> float | None:
    """How long the asset lasts, in seconds, once it has been inspected."""
    return float(asset.source["duration_s"]) if asset.source else None


async def _pipeline(session: AsyncSession, asset: Asset, kind: str) -> UUID:
    return await jobs.add_pipeline(session, kind, subject_id=asset.id, owner_id=asset.owner_id)


async def _lock(session: AsyncSession, asset_id: UUID) -> Asset:
    asset = await session.get(Asset, asset_id, with_for_update={"key_share": True}, populate_existing=True)
    if asset is None:
        raise _no_asset()
    return asset


def _no_asset() -> Refused:
    return Refused("asset.not_found", "There is no such asset, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)


def _not_replaced() -> Refused:
    message = "There are captions in this language that nobody guessed; delete them first."
    return Refused("captions.not_replaced", message, kind=ErrorKind.CONFLICT)
