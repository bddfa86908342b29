"""Files of lessons: list, look at, rename, give to a course, fetch and delete. They come in by `api/routes/uploads.py`."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from api.access import SIGNED_IN, related, stated, visible
from api.auth import actor_of, actor_or_none
from api.paging import Cursor, Limit, page
from api.served_files import FileAddresses
from api.services import Injected
from api.wire import NAME_PATTERN, Body, Failure, HttpRequest, Page, View
from db.models import File
from db.queries import files as queries
from domain import courses
from domain import files as domain
from domain.policies import Actor, Scope

_State = Literal["uploading", "checking", "ready", "refused"]
_Filename = Annotated[str, Meta(min_length=1, max_length=255, pattern=NAME_PATTERN, examples=["slides.pdf"])]


class FileView(View):
    """A file. `mediaType` is what it is, whatever its name says, once it has been looked at; `inline`: pages can show it."""

    id: UUID
    owner_id: UUID
    mine: bool
    course_id: UUID | None
    filename: str
    state: _State
    failure: Failure | None
    """Why it is refused."""
    media_type: str | None
    size: int | None
    sha256: str | None
    inline: bool
    created_at: datetime
    ready_at: datetime | None


class FilePatch(Body):
    """What changes; what is left out stays. Without a course a file is its owner's alone."""

    filename: _Filename | UnsetType = UNSET
    course_id: UUID | UnsetType | None = UNSET


class DownloadView(View):
    """Where the file is saved from, for minutes; whoever has the address gets it."""

    url: str
    picture_url: str | None
    """Where a picture is shown from."""
    expires_at: datetime


def _view(actor: Actor | None) -> Callable[[File], FileView]:
    def view(file: File) -> FileView:
        failed = file.failure_code is not None
        return FileView(
            id=file.id,
            owner_id=file.owner_id,
            mine=actor is not None and file.owner_id == actor.id,
            course_id=file.course_id,
            filename=file.filename,
            state=cast(_State, file.state),
            failure=Failure(code=file.failure_code or "", message=file.failure_message or "") if failed else None,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            inline=file.inline,
            created_at=file.created_at,
            ready_at=file.ready_at,
        )

    return view


@get(
    "/files",
    operation_id="listFiles",
    tags=["Files"],
    summary="My files, or those of a course",
    **stated(SIGNED_IN.with_scope(Scope.COURSES_READ), 403, 404),
)
async def list_files(
    request: HttpRequest,
    services: Injected,
    course_id: Annotated[
        UUID | None, QueryParameter(name="courseId", description="All files of this course, for those who may edit it.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[FileView]:
    """The caller's own files, newest first; with a course all of that course's, whoever brought them."""
    actor = actor_of(request)
    async with services.sessions() as session:
        if course_id is not None:
            await courses.editable_course(session, actor, course_id, lock=False)
        owner_id = actor.id if course_id is None else None
        rows = await queries.listed(session, owner_id=owner_id, course_id=course_id, before=cursor, limit=limit + 1)
    return page(rows, limit, _view(actor), lambda file: file.id)


@get(
    "/files/{file_id:uuid}",
    operation_id="getFile",
    tags=["Files"],
    summary="One file",
    **stated(visible("file.read").with_scope(Scope.COURSES_READ)),
)
async def get_file(request: HttpRequest, file_id: FromPath[UUID], services: Injected) -> FileView:
    """Its name, type and size, and whether it can be had."""
    actor = actor_or_none(request)
    async with services.sessions() as session:
        file = await domain.readable(session, actor, file_id)
    return _view(actor)(file)


@patch(
    "/files/{file_id:uuid}",
    operation_id="changeFile",
    tags=["Files"],
    summary="Rename a file, or give it to a course",
    **stated(related("file.manage", Scope.COURSES_WRITE), 403, 409, 422),
)
async def change_file(request: HttpRequest, file_id: FromPath[UUID], data: JSONBody[FilePatch], services: Injected) -> FileView:
    """A name must not promise what the file is not. A file that a lesson uses stays with its course."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        file = await domain.manageable(session, actor, file_id)
        if data.filename is not UNSET:
            await domain.rename(session, actor, file, data.filename)
        if data.course_id is not UNSET:
            await domain.assign(session, actor, file, data.course_id)
    return _view(actor)(file)


@delete(
    "/files/{file_id:uuid}",
    operation_id="deleteFile",
    tags=["Files"],
    summary="Delete a file",
    **stated(related("file.manage", Scope.COURSES_WRITE), 403, 409),
)
async def delete_file(request: HttpRequest, file_id: FromPath[UUID], services: Injected) -> None:
    """Forget it at once, unless a lesson uses it; addresses that were given out lead nowhere from then on."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        await domain.manageable(session, actor, file_id)
    async with services.sessions.begin() as session:
        # Locks the pipeline before the file, so it begins with a session that has locked nothing.
        await domain.delete(session, actor, file_id)


@post(
    "/files/{file_id:uuid}/download",
    operation_id="downloadFile",
    tags=["Files"],
    summary="Fetch a file",
    status_code=200,
    **stated(visible("file.read").with_scope(Scope.COURSES_READ), 409),
)
async def download_file(request: HttpRequest, file_id: FromPath[UUID], services: Injected) -> DownloadView:
    """An address that saves the file under its name, for whoever may have it at this moment."""
    async with services.sessions() as session:
        file = await domain.readable(session, actor_or_none(request), file_id)
    key = domain.check_ready(file)
    signed = FileAddresses(services.signer, services.clock())
    picture = signed.picture(file.id, key) if file.inline else None
    return DownloadView(url=signed.download(file.id, key), picture_url=picture, expires_at=signed.expires_at)


ROUTES: tuple[Any, ...] = (list_files, get_file, change_file, delete_file, download_file)
