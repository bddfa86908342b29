"""Resumable uploads: tus 1.0.0 with creation, termination, checksum and expiration."""

import asyncio
from typing import Annotated

from litestar import Response, delete, head, patch, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath, HeaderParameter

from api import tus
from api.access import INSTRUCTORS, OPEN, related, stated
from api.auth import actor_of
from api.services import Injected, Services
from api.tus import Checksum, protocol_headers, speaks_tus
from api.uploads_body import IncomingBody
from api.uploads_receive import finish, receive_chunk
from api.wire import HttpRequest
from core.errors import ErrorKind, Refused
from db.models import Upload
from domain import audit
from domain import uploads as domain
from domain.policies import Scope

_PATH = "/uploads/{upload_id:str}"


async def _find(services: Services, request: HttpRequest, upload_id: str) -> Upload:
    async with services.sessions() as session:
        return await domain.find(session, actor_of(request), upload_id, services.clock())


def _busy() -> Refused:
    return Refused("upload.busy", "Another request is writing to this upload.", kind=ErrorKind.LOCKED, retry_after_s=1)


@route(
    "/uploads",
    http_method=[HttpMethod.OPTIONS],
    operation_id="describeUploads",
    tags=["Uploads"],
    summary="What this tus server can do",
    status_code=204,
    **stated(OPEN),
)
async def describe(services: Injected) -> Response[None]:
    """The protocol's versions, extensions and limits, as headers."""
    return Response(
        None,
        headers={
            "Tus-Version": tus.VERSION,
            "Tus-Extension": ",".join(tus.EXTENSIONS),
            "Tus-Max-Size": str(services.settings.uploads.upload_max_bytes),
            "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
            **protocol_headers(),
        },
    )


@post(
    "/uploads",
    operation_id="createUpload",
    tags=["Uploads"],
    summary="Announce a file",
    **stated(INSTRUCTORS.with_scope(Scope.MEDIA_WRITE), 403, 404, 412, 413, 423, limit="upload", guards=(speaks_tus,)),
)
async def create(
    request: HttpRequest,
    services: Injected,
    upload_length: Annotated[int, HeaderParameter(name="Upload-Length", ge=0, description="Size of the file in bytes.")],
    upload_metadata: Annotated[
        str | None,
        HeaderParameter(
            name="Upload-Metadata",
            description="`filename` and `title`, each as base64; the flags `encrypted` and `download`. With `purpose` `file` "
            "it becomes a file of a lesson; `course` is then the id of the course that it belongs to.",
        ),
    ] = None,
) -> Response[None]:
    """Make an asset (`Aula-Asset-Id`) or a file (`Aula-File-Id`), and an upload for it, to which `Location` leads."""
    new = tus.parse_new_upload(upload_length, upload_metadata)
    now, settings = services.clock(), services.settings.uploads
    async with services.sessions.begin() as session:
        await domain.purge_expired(session, now)
    async with services.sessions.begin() as session:
        upload = await domain.begin(session, actor_of(request), new, now, settings)
    return Response(
        None,
        headers=protocol_headers(
            location=f"{tus.PATH}/{upload.id}",
            upload_expires=tus.http_date(upload.expires_at),
            upload_offset="0",
            **_subject(upload),
        ),
    )


def _subject(upload: Upload) -> dict[str, str]:
    """The header that says what the upload fills."""
    if upload.file_id is not None:
        return {"aula_file_id": str(upload.file_id)}
    return {"aula_asset_id": str(upload.asset_id)}


@head(
    _PATH,
    operation_id="getUploadOffset",
    tags=["Uploads"],
    summary="How much has arrived",
    **stated(related("upload.own", Scope.MEDIA_WRITE), 410, 412, 423, limit="upload", guards=(speaks_tus,)),
)
async def offset_of(request: HttpRequest, services: Injected, upload_id: FromPath[str]) -> Response[None]:
    """`Upload-Offset` is what storage safely holds. An upload whose last answer got lost is completed here."""
    upload = await _find(services, request, upload_id)
    offset = await asyncio.to_thread(domain.held_bytes, services.storage, upload)
    if offset == upload.length and upload.completed_at is None:
        await _finish_once(services, request, upload)
    return Response(
        None,
        headers=protocol_headers(
            upload_offset=str(offset),
            upload_length=str(upload.length),
            upload_expires=tus.http_date(upload.expires_at),
            upload_metadata=str(upload.upload_metadata.get("header", "")),
            **_subject(upload),
        ),
    )


async def _finish_once(services: Services, request: HttpRequest, upload: Upload) -> None:
    async with services.locks.attempt(f"upload:{upload.id}") as mine:
        if not mine:
            raise _busy()
        await finish(services, await _find(services, request, upload.id))


@patch(
    _PATH,
    operation_id="appendToUpload",
    tags=["Uploads"],
    summary="Send a chunk",
    status_code=204,
    request_max_body_size=None,
    **stated(
        related("upload.own", Scope.MEDIA_WRITE), 409, 410, 412, 413, 415, 423, 460, 503, limit="upload", guards=(speaks_tus,)
    ),
)
async def append(
    request: HttpRequest,
    services: Injected,
    upload_id: FromPath[str],
    upload_offset: Annotated[int, HeaderParameter(name="Upload-Offset", ge=0, description="Where the chunk begins.")],
    upload_checksum: Annotated[
        str | None, HeaderParameter(name="Upload-Checksum", description="`sha256` or `sha1`, a space, the digest in base64.")
    ] = None,
) -> Response[None]:
    """Append a chunk. What arrived is kept, also of a broken request, unless it has a checksum; the last starts the work."""
    if request.content_type[0] != tus.CONTENT_TYPE:
        raise Refused("request.unsupported_type", f"A chunk is {tus.CONTENT_TYPE}.", kind=ErrorKind.UNSUPPORTED)
    checksum = tus.parse_checksum(upload_checksum)
    async with services.locks.attempt(f"upload:{upload_id}") as mine:
        upload = await _find(services, request, upload_id)
        if not mine:
            raise _busy()
        offset = await asyncio.to_thread(domain.held_bytes, services.storage, upload)
        if upload_offset != offset:
            raise Refused(
                "upload.offset_mismatch",
                f"The upload stands at {offset}, not at {upload_offset}.",
                kind=ErrorKind.CONFLICT,
                headers=protocol_headers(upload_offset=str(offset)),
            )
        body = _body(request, services, upload.length - offset, checksum)
        expires_at = upload.expires_at
        if offset < upload.length:
            offset, expires_at = await receive_chunk(services, upload, body, checksum)
        if offset == upload.length and upload.completed_at is None:
            await finish(services, upload)
    return Response(
        None,
        headers=protocol_headers(upload_offset=str(offset), upload_expires=tus.http_date(expires_at), **_subject(upload)),
    )


def _body(request: HttpRequest, services: Services, rest: int, checksum: Checksum | None) -> IncomingBody:
    settings = services.settings.uploads
    limit = rest if checksum is None else min(rest, settings.upload_patch_max_bytes)
    if (request.content_length or 0) > limit:
        raise Refused("upload.chunk_too_large", f"The chunk may have {limit} bytes at most.", kind=ErrorKind.TOO_LARGE)
    expected = request.content_length or limit
    return IncomingBody(request.receive, limit=expected, idle_s=settings.upload_idle_s, stopping=services.stopping)


@delete(
    _PATH,
    operation_id="terminateUpload",
    tags=["Uploads"],
    summary="Give up an upload",
    **stated(related("upload.own", Scope.MEDIA_WRITE), 409, 410, 412, 423, limit="upload", guards=(speaks_tus,)),
)
async def terminate(request: HttpRequest, services: Injected, upload_id: FromPath[str]) -> Response[None]:
    """Forget an unfinished upload, its bytes and what it was to fill."""
    async with services.locks.attempt(f"upload:{upload_id}") as mine, services.sessions.begin() as session:
        actor = actor_of(request)
        upload = await domain.find(session, actor, upload_id, services.clock())
        if not mine:
            raise _busy()
        kind, subject_id = ("file", upload.file_id) if upload.file_id else ("asset", upload.asset_id)
        await domain.terminate(session, upload)
        await audit.note(session, actor, f"{kind}.given_up", kind, subject_id)
    return Response(None, headers=protocol_headers())


ROUTES = (describe, create, offset_of, append, terminate)
