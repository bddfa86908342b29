"""Captions, transcripts and chapters of an asset: its owner writes, whoever may watch reads."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter

from api.access import related, stated
from api.auth import actor_of
from api.services import Injected, Services
from api.wire import Body, HttpRequest, View
from core.captions import MAX_BYTES, chapters, languages
from core.captions.parsing import parse, parse_file
from core.captions.transcript import paragraphs
from core.captions.webvtt import whole
from core.errors import ErrorKind, Refused
from core.media import Chapter
from db.models import Caption
from db.queries import captions as queries
from domain import audit, playback
from domain import captions as domain
from domain.captions import NewCaption
from domain.policies import Scope

_VTT = "text/vtt"
_CAPTION_TYPES = (_VTT, "application/x-subrip", "text/plain")
_CHAPTER_TYPES = ("application/json", _VTT)
# The most chapters that are taken, with the longest titles, in an encoding that wastes.
_CHAPTERS_LIMIT = 512 * 1024

T = TypeVar("T")


class CaptionView(View):
    """The captions of one language. `inStream`: players find them in the stream already."""

    language: str
    label: str
    origin: Literal["upload", "embedded", "automatic"]
    in_stream: bool
    created_at: datetime
    updated_at: datetime


class SentenceView(View):
    """A sentence, and when it is said."""

    start_s: float
    end_s: float
    text: str


class ParagraphView(View):
    """Sentences that belong together; `speaker` where the captions name one."""

    start_s: float
    end_s: float
    speaker: str | None
    sentences: list[SentenceView]


class TranscriptView(View):
    """What is said, as a text to read."""

    language: str
    label: str
    origin: Literal["upload", "embedded", "automatic"]
    paragraphs: list[ParagraphView]


class ChapterEntry(Body):
    """Where a chapter begins, in seconds."""

    start_s: float
    title: str


class ChapterList(Body):
    """All chapters of an asset, in their order."""

    chapters: list[ChapterEntry]


@dataclass
class _CaptionBody(Operation):
    def __post_init__(self) -> None:
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(content=dict.fromkeys(_CAPTION_TYPES, text), required=True)


@dataclass
class _ChapterBody(Operation):
    def __post_init__(self) -> None:
        listed = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(content=dict(zip(_CHAPTER_TYPES, (listed, text), strict=True)), required=True)


async def _in_thread(work: Callable[[], T]) -> T:
    """The largest file takes half a second to read: other requests go on meanwhile."""
    return await asyncio.to_thread(work)


def _content_type(request: HttpRequest, allowed: tuple[str, ...]) -> tuple[str, str | None]:
    """The body's media type and charset. Raises Refused (415)."""
    name, parameters = request.content_type
    if name.lower() not in allowed:
        raise Refused("request.unsupported_type", f"The body must be {' or '.join(allowed)}.", kind=ErrorKind.UNSUPPORTED)
    return name.lower(), parameters.get("charset")


async def _view(services: Services, asset_id: UUID, only: str | None = None) -> list[CaptionView]:
    async with services.sessions() as session:
        found = await queries.of_asset(session, asset_id)
        shown = await queries.listed_texts(session, asset_id)
    return [
        CaptionView(
            language=each.language,
            label=each.label,
            origin=msgspec.convert(each.origin, Literal["upload", "embedded", "automatic"]),
            in_stream=shown.get(each.language) == each.digest,
            created_at=each.created_at,
            updated_at=each.updated_at,
        )
        for each in found
        if only in (None, each.language)
    ]


@get(
    "/assets/{asset_id:uuid}/captions",
    operation_id="listCaptions",
    tags=["Captions"],
    summary="Which captions there are",
    **stated(related("asset.watch", Scope.MEDIA_READ)),
)
async def list_captions(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> list[CaptionView]:
    """The languages that the asset has captions in."""
    async with services.sessions() as session:
        await playback.visible_asset(session, actor_of(request), asset_id)
    return await _view(services, asset_id)


@put(
    "/assets/{asset_id:uuid}/captions/{language:str}",
    operation_id="putCaptions",
    tags=["Captions"],
    summary="Bring captions",
    operation_class=_CaptionBody,
    request_max_body_size=MAX_BYTES,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 413, 415, limit="upload"),
)
async def put_captions(
    request: HttpRequest,
    asset_id: FromPath[UUID],
    language: FromPath[str],
    services: Injected,
    label: Annotated[
        str | None, QueryParameter(max_length=80, description="What menus call them; default: the language's own name.")
    ] = None,
) -> CaptionView:
    """Captions in a language (BCP 47), as SubRip or WebVTT, in place of those that were there. Streams get them in a moment."""
    actor = actor_of(request)
    async with services.sessions() as session:
        await playback.managed_asset(session, actor, asset_id)
    _, charset = _content_type(request, _CAPTION_TYPES)
    tag = languages.normalised(language)
    data = await request.body()
    vtt = await _in_thread(lambda: whole(parse_file(data, charset)))
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        await domain.put(session, asset_id, NewCaption(tag, domain.tidy_label(label, tag), vtt, "upload"))
        await audit.note(session, actor, "asset.captions_set", "asset", asset_id, language=tag)
    return (await _view(services, asset_id, tag))[0]


async def _caption(services: Services, request: HttpRequest, asset_id: UUID, language: str | None) -> Caption:
    """The captions asked for; without a language those that somebody brought before those that were guessed."""
    async with services.sessions() as session:
        await playback.visible_asset(session, actor_of(request), asset_id)
        tag = languages.normalised(language) if language else await domain.best_language(session, asset_id)
        found = await queries.one(session, asset_id, tag) if tag else None
    if found is None:
        raise domain.no_captions()
    return found


@get(
    "/assets/{asset_id:uuid}/captions/{language:str}",
    operation_id="getCaptions",
    tags=["Captions"],
    summary="Captions as one file",
    media_type=_VTT,
    **stated(related("asset.watch", Scope.MEDIA_READ)),
)
async def get_captions(
    request: HttpRequest, asset_id: FromPath[UUID], language: FromPath[str], services: Injected
) -> Response[str]:
    """All captions of one language as WebVTT."""
    found = await _caption(services, request, asset_id, language)
    name = f'attachment; filename="{found.language}.vtt"'
    return Response(found.vtt, media_type=_VTT, headers={"Content-Disposition": name, "Cache-Control": "no-store"})


@delete(
    "/assets/{asset_id:uuid}/captions/{language:str}",
    operation_id="deleteCaptions",
    tags=["Captions"],
    summary="Remove captions",
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403),
)
async def delete_captions(request: HttpRequest, asset_id: FromPath[UUID], language: FromPath[str], services: Injected) -> None:
    """Forget the captions of one language; streams forget them in a moment."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        tag = languages.normalised(language)
        await domain.remove(session, asset_id, tag)
        await audit.note(session, actor, "asset.captions_removed", "asset", asset_id, language=tag)


@post(
    "/assets/{asset_id:uuid}/captions/{language:str}/automatic",
    operation_id="captionAutomatically",
    tags=["Captions"],
    summary="Have captions written",
    status_code=204,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 409),
)
async def caption_automatically(
    request: HttpRequest, asset_id: FromPath[UUID], language: FromPath[str], services: Injected
) -> None:
    """Have this installation's captions command listen, in the background. What somebody brought is never replaced."""
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor_of(request), asset_id)
        if not services.settings.media.captions_command:
            message = "There is no command for automatic captions here."
            raise Refused("captions.automatic_off", message, kind=ErrorKind.CONFLICT)
        await domain.caption_automatically(session, asset_id, languages.normalised(language))


@get(
    "/assets/{asset_id:uuid}/transcript",
    operation_id="getTranscript",
    tags=["Captions"],
    summary="What is said, as text",
    **stated(related("asset.watch", Scope.MEDIA_READ)),
)
async def transcript(
    request: HttpRequest,
    asset_id: FromPath[UUID],
    services: Injected,
    language: Annotated[str | None, QueryParameter(max_length=35, description="BCP 47; default: the best there is.")] = None,
) -> TranscriptView:
    """Captions put together as sentences and paragraphs, with their times."""
    found = await _caption(services, request, asset_id, language)
    read = await _in_thread(lambda: paragraphs(parse(found.vtt)))
    return TranscriptView(
        language=found.language,
        label=found.label,
        origin=msgspec.convert(found.origin, Literal["upload", "embedded", "automatic"]),
        paragraphs=msgspec.convert(read, list[ParagraphView], from_attributes=True),
    )


@get(
    "/assets/{asset_id:uuid}/chapters",
    operation_id="getChapters",
    tags=["Captions"],
    summary="Chapters",
    **stated(related("asset.watch", Scope.MEDIA_READ)),
)
async def get_chapters(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> ChapterList:
    """The chapters of an asset; none is an empty list."""
    async with services.sessions() as session:
        asset = await playback.visible_asset(session, actor_of(request), asset_id)
    return _chapters(msgspec.convert(asset.chapters, tuple[Chapter, ...]))


def _chapters(found: tuple[Chapter, ...]) -> ChapterList:
    return ChapterList(chapters=[ChapterEntry(start_s=chapter.start_s, title=chapter.title) for chapter in found])


@get(
    "/assets/{asset_id:uuid}/chapters.vtt",
    operation_id="getChaptersFile",
    tags=["Captions"],
    summary="Chapters as a file",
    media_type=_VTT,
    **stated(related("asset.watch", Scope.MEDIA_READ)),
)
async def chapters_file(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> Response[str]:
    """The chapters as WebVTT, for players that read such a file."""
    async with services.sessions() as session:
        asset = await playback.visible_asset(session, actor_of(request), asset_id)
    found = msgspec.convert(asset.chapters, tuple[Chapter, ...])
    text = chapters.webvtt(found, domain.duration_of(asset))
    return Response(text, media_type=_VTT, headers={"Cache-Control": "no-store"})


@put(
    "/assets/{asset_id:uuid}/chapters",
    operation_id="putChapters",
    tags=["Captions"],
    summary="Set chapters",
    operation_class=_ChapterBody,
    request_max_body_size=_CHAPTERS_LIMIT,
    **stated(related("asset.manage", Scope.MEDIA_WRITE), 403, 413, 415, 422, limit="upload"),
)
async def put_chapters(request: HttpRequest, asset_id: FromPath[UUID], services: Injected) -> ChapterList:
    """Replace the chapters by `{"chapters": [{"startS": 0, "title": "Welcome"}]}`, or by a WebVTT file with a cue for each."""
    actor = actor_of(request)
    async with services.sessions() as session:
        await playback.managed_asset(session, actor, asset_id)
    kind, charset = _content_type(request, _CHAPTER_TYPES)
    data = await request.body()
    wanted = list(chapters.read(data, charset)) if kind == _VTT else _read_json(data)
    async with services.sessions.begin() as session:
        await playback.managed_asset(session, actor, asset_id)
        found = await domain.set_chapters(session, asset_id, wanted)
        await audit.note(session, actor, "asset.chapters_set", "asset", asset_id, count=len(found))
    return _chapters(found)


def _read_json(data: bytes) -> list[Chapter]:
    try:
        read = msgspec.json.decode(data, type=ChapterList)
    except msgspec.DecodeError as error:
        raise Refused("request.invalid", f"The request is not valid: {error}.") from error
    return [Chapter(start_s=entry.start_s, title=entry.title) for entry in read.chapters]


ROUTES: tuple[Any, ...] = (
    list_captions,
    put_captions,
    get_captions,
    delete_captions,
    caption_automatically,
    transcript,
    get_chapters,
    chapters_file,
    put_chapters,
)
