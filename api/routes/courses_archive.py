"""A course as a whole: taken home and brought in as an archive, copied, and gone back to what it was."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from api.access import INSTRUCTORS, related, stated
from api.auth import actor_of
from api.course_archive import MAX_BYTES, MEDIA_TYPE, read_archive, too_large, write_archive
from api.etags import etag, expect
from api.paging import Limit
from api.routes.courses.views import CourseView, shown_again
from api.services import Injected
from api.wire import NAME_PATTERN, Body, HttpRequest, Page, View
from core.course_document import CourseDocument
from core.errors import ErrorKind, Refused
from db.models import CourseRevision, User
from db.queries import course_documents as queries
from domain import course_documents, course_policies, course_revisions, courses
from domain.course_documents import Warned
from domain.policies import Scope

_LARGEST_NUMBER = 2**31 - 1

Number = Annotated[int, PathParameter(ge=1, le=_LARGEST_NUMBER, description="Revisions of a course count from 1.")]
NumberCursor = Annotated[
    int | None,
    QueryParameter(name="cursor", ge=1, le=_LARGEST_NUMBER, description="`nextCursor` of the page before."),
]


class WarningView(View):
    """What could not be taken over. `lesson` is a title; empty: the course itself."""

    code: str
    lesson: str
    message: str


class MadeCourse(View):
    """A new draft, and what is left open in it."""

    course: CourseView
    warnings: list[WarningView]


class RevisionAuthor(View):
    """Who kept a revision."""

    id: UUID
    display_name: str


class RevisionView(View):
    """A moment that was kept. `author` is null once the account is gone."""

    number: int
    reason: str
    author: RevisionAuthor | None
    created_at: datetime


class RevisionDetail(RevisionView):
    """A revision with the whole course as it was."""

    document: CourseDocument


class NewRevision(Body):
    """Why the course is kept as it is now."""

    note: Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["Before the new chapter"])]


class RestoredCourse(View):
    """The course as it is again, the revision that this made, and what of it is no longer there."""

    course: CourseView
    revision: RevisionView
    warnings: list[WarningView]


@dataclass
class _ArchiveBody(Operation):
    def __post_init__(self) -> None:
        archive = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(content={MEDIA_TYPE: archive}, required=True)


def _warnings(found: Iterable[Warned]) -> list[WarningView]:
    return [WarningView(code=each.code, lesson=each.lesson, message=each.message) for each in found]


def _revision(revision: CourseRevision, author: User | None) -> RevisionView:
    return RevisionView(
        number=revision.number,
        reason=revision.reason,
        author=RevisionAuthor(id=author.id, display_name=author.display_name) if author else None,
        created_at=revision.created_at,
    )


@get(
    "/courses/{course_id:uuid}/export",
    operation_id="exportCourse",
    tags=["Courses"],
    summary="Take a course home",
    media_type=MEDIA_TYPE,
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def export_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[bytes]:
    """The course as a ZIP archive: `course.json`, and texts as Markdown. Videos and files are named in it, not carried."""
    async with services.sessions() as session:
        course = await courses.editable_course(session, actor_of(request), course_id, lock=False)
        document = await course_documents.write(session, course)
    archive = await asyncio.to_thread(write_archive, document)
    headers = {"Content-Disposition": f'attachment; filename="{course.slug}.zip"', "ETag": etag(course.id, course.revision)}
    return Response(archive, media_type=MEDIA_TYPE, headers=headers)


@post(
    "/courses/import",
    operation_id="importCourse",
    tags=["Courses"],
    summary="Bring a course in",
    operation_class=_ArchiveBody,
    request_max_body_size=MAX_BYTES,
    **stated(INSTRUCTORS.with_scope(Scope.COURSES_WRITE), 413, 415, 422, idempotent=True),
)
async def import_course(request: HttpRequest, services: Injected) -> Response[MadeCourse]:
    """Make a draft of the caller's from an archive of at most 16 MB, wholly or not at all.

    Videos and files that the archive names are linked where the caller may use them; what is left open is told.
    """
    actor = actor_of(request)
    if request.content_type[0].lower() != MEDIA_TYPE:
        raise Refused("request.unsupported_type", f"The body must be {MEDIA_TYPE}.", kind=ErrorKind.UNSUPPORTED)
    if (request.content_length or 0) > MAX_BYTES:
        raise too_large()
    document = await asyncio.to_thread(read_archive, await request.body())
    async with services.sessions.begin() as session:
        course, found = await course_documents.make(session, actor, document, source="archive")
        view = await shown_again(services, session, actor, course.id)
    return _made(view, found)


@post(
    "/courses/{course_id:uuid}/duplicate",
    operation_id="duplicateCourse",
    tags=["Courses"],
    summary="Copy a course",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, idempotent=True),
)
async def duplicate_course(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[MadeCourse]:
    """A draft of the caller's with the same content. Videos stay shared where the caller may use them elsewhere."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        original = await courses.editable_course(session, actor, course_id, lock=False)
        if not course_policies.may_author(actor):
            raise Refused("auth.role_missing", "Only instructors and admins own courses.", kind=ErrorKind.FORBIDDEN)
        document = await course_documents.write(session, original)
        copy, found = await course_documents.make(
            session, actor, course_documents.renamed(document), source="copy", copied_from=original.id
        )
        view = await shown_again(services, session, actor, copy.id)
    return _made(view, found)


def _made(view: CourseView, found: Iterable[Warned]) -> Response[MadeCourse]:
    headers = {"ETag": etag(view.id, view.revision), "Location": f"/api/v1/courses/{view.id}"}
    return Response(MadeCourse(course=view, warnings=_warnings(found)), status_code=201, headers=headers)


@get(
    "/courses/{course_id:uuid}/revisions",
    operation_id="listRevisions",
    tags=["Courses"],
    summary="What the course was",
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def list_revisions(
    request: HttpRequest, course_id: FromPath[UUID], services: Injected, cursor: NumberCursor = None, limit: Limit = 20
) -> Page[RevisionView]:
    """The moments that were kept, newest first: at each submission, publication and restoration, and by hand."""
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, lock=False)
        rows = await queries.revisions(session, course_id, before=cursor, limit=limit + 1)
    shown = rows[:limit]
    items = [_revision(revision, author) for revision, author in shown]
    return Page(items=items, next_cursor=str(items[-1].number) if len(rows) > limit else None)


@post(
    "/courses/{course_id:uuid}/revisions",
    operation_id="keepRevision",
    tags=["Courses"],
    summary="Keep the course as it is",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 413, 415, idempotent=True),
)
async def keep_revision(
    request: HttpRequest, course_id: FromPath[UUID], data: JSONBody[NewRevision], services: Injected
) -> RevisionView:
    """Keep the course as it is now. Of each course, the newest 200 revisions stay."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        revision = await course_revisions.keep(session, actor, course, data.note.strip())
        kept, author = await course_revisions.one(session, course, revision.number)
    return _revision(kept, author)


@get(
    "/courses/{course_id:uuid}/revisions/{number:int}",
    operation_id="getRevision",
    tags=["Courses"],
    summary="The course as it was",
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def get_revision(request: HttpRequest, course_id: FromPath[UUID], number: Number, services: Injected) -> RevisionDetail:
    """One revision with its whole document, as archives have it."""
    async with services.sessions() as session:
        course = await courses.editable_course(session, actor_of(request), course_id, lock=False)
        revision, author = await course_revisions.one(session, course, number)
    document = msgspec.convert(revision.document, CourseDocument)
    return RevisionDetail(**msgspec.structs.asdict(_revision(revision, author)), document=document)


@post(
    "/courses/{course_id:uuid}/revisions/{number:int}/restore",
    operation_id="restoreRevision",
    tags=["Courses"],
    summary="Go back to a revision",
    status_code=200,
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412),
)
async def restore_revision(
    request: HttpRequest, course_id: FromPath[UUID], number: Number, services: Injected
) -> Response[RestoredCourse]:
    """Give the course the content that it had. Its address, price, state and people stay; lessons keep their identity.

    What it is now is kept first, so this can be undone the same way.
    """
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        made, found = await course_revisions.restore(session, actor, course, number)
        kept, author = await course_revisions.one(session, course, made.number)
        view = await shown_again(services, session, actor, course.id)
    restored = RestoredCourse(course=view, revision=_revision(kept, author), warnings=_warnings(found))
    return Response(restored, headers={"ETag": etag(view.id, view.revision)})


IMPORT = import_course
"""Takes what is no JSON."""
ROUTES: tuple[Any, ...] = (
    export_course,
    duplicate_course,
    list_revisions,
    keep_revision,
    get_revision,
    restore_revision,
)
