"""Files of lessons: from an upload through a look at what they really are to those who may have them; their only writer.

A file belongs to its owner, and to a course once it is given to one: then the course's authors manage it too and its learners
may have it. Locks: pipelines before the file, the file before its upload.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import Permission
from core.errors import BadMedia, ErrorKind, Refused
from core.file_jobs import CHECK, CLEANUP, GIVE_UP, REMOVE, FileRemoval, Finding, OfFile
from core.file_jobs import CHECKING as CHECKING_PIPELINE
from core.file_types import renamed, safe_name
from core.ids import new_id
from core.jobs import EdgeCondition, JobRequest
from core.media_jobs import PartialUpload
from db import jobs
from db.models import File
from db.queries import files as queries
from db.queries import pipelines
from domain import access, audit, course_policies, courses, policies
from domain.policies import Actor

UPLOADING, CHECKING, READY, REFUSED = "uploading", "checking", "ready", "refused"


async def begin(session: AsyncSession, actor: Actor, filename: str, size: int, course_id: UUID | None) -> File:
    """A file that is about to be uploaded. Raises Refused `course.not_found`, `course.not_yours`."""
    if course_id is not None:
        await courses.editable_course(session, actor, course_id, lock=False)
        await courses.hold(session, course_id)
    file = File(id=new_id(), owner_id=actor.id, course_id=course_id, filename=safe_name(filename), state=UPLOADING, size=size)
    session.add(file)
    await session.flush()
    await audit.note(session, actor, "file.created", "file", file.id, filename=file.filename)
    return file


async def uploaded(session: AsyncSession, file_id: UUID, trace_id: str | None = None) -> None:
    """Its bytes are in storage: have them looked at. Again, or for a file that is gone: no effect."""
    file = await queries.locked(session, file_id)
    if file is None or file.state != UPLOADING:
        return
    file.state, file.uploaded_at = CHECKING, func.now()
    pipeline_id = await jobs.add_pipeline(
        session, CHECKING_PIPELINE, subject_id=file_id, owner_id=file.owner_id, trace_id=trace_id
    )
    check = await jobs.add(session, JobRequest(CHECK, OfFile(file_id), pipeline_id=pipeline_id))
    assert check is not None  # without a unique key a job is always added
    after = ((check, EdgeCondition.ON_FAILURE),)
    await jobs.add(session, JobRequest(GIVE_UP, OfFile(file_id), pipeline_id=pipeline_id, after=after))
    await session.flush()


async def checked(session: AsyncSession, file_id: UUID, finding: Finding) -> None:
    """It is known what the file is, or why it is refused. Either way its upload goes, and what other attempts left."""
    file = await queries.locked(session, file_id)
    if file is None or file.state != CHECKING:
        # Deleting it has cancelled the job and will remove what was stored.
        return
    if finding.code:
        file.state, file.failure_code, file.failure_message = REFUSED, finding.code, finding.message
    else:
        file.state, file.ready_at = READY, func.now()
        file.key, file.media_type, file.inline = finding.key, finding.media_type, finding.inline
        file.size, file.sha256 = finding.size, finding.sha256
    await session.flush()
    await _remove(session, file, FileRemoval(file_id, keep=None if finding.code else finding.attempt), after=[])


async def readable(session: AsyncSession, actor: Actor | None, file_id: UUID) -> File:
    """The file, if the actor may have it. Raises Refused `file.not_found`, whether it is not there or not theirs.

    Learners may have what a lesson that is open to them is made of or shows; and what belongs to a course of theirs without
    being part of any lesson.
    """
    file = await queries.by_id(session, file_id)
    if file is None:
        raise _no_file()
    if actor is not None and policies.may_own_file(actor, file.owner_id):
        return file
    if file.course_id is None:
        raise _no_file()
    standing = await access.standing(session, actor, file.course_id)
    if access.teaches(actor, standing):
        return file
    lessons = await queries.used_by(session, file)
    open_to = await access.course_access(session, actor, file.course_id, lessons) if lessons else {}
    free = not lessons and standing.entitled and access.sees_course(actor, standing)
    if not policies.may_have_file(entitled=free, lesson_open=any(each.allowed for each in open_to.values())):
        raise _no_file()
    return file


async def manageable(session: AsyncSession, actor: Actor, file_id: UUID) -> File:
    """The file, its row locked, if the actor may change it. Raises Refused `file.not_found`, or `file.not_yours` to readers."""
    file = await queries.locked(session, file_id)
    if file is not None and policies.may_own_file(actor, file.owner_id):
        return file
    if file is not None and file.course_id is not None:
        standing = await access.standing(session, actor, file.course_id)
        if Permission.EDIT in course_policies.permissions_in(actor, standing.owner_id, standing.permissions):
            return file
    await readable(session, actor, file_id)
    raise Refused("file.not_yours", "Only its owner and the authors of its course may do this.", kind=ErrorKind.FORBIDDEN)


async def rename(session: AsyncSession, actor: Actor, file: File, filename: str) -> None:
    """Give the locked file another name. Raises Refused `file.name_mismatch` (UNPROCESSABLE) for one that would mislead."""
    name = safe_name(filename)
    if file.media_type is not None:
        try:
            file.media_type = renamed(name, file.media_type)
        except BadMedia as bad:
            fields = [{"field": "filename", "message": bad.message}]
            raise Refused("file.name_mismatch", bad.message, kind=ErrorKind.UNPROCESSABLE, errors=fields) from bad
    file.filename = name
    await session.flush()
    await audit.note(session, actor, "file.renamed", "file", file.id, filename=name)


async def assign(session: AsyncSession, actor: Actor, file: File, course_id: UUID | None) -> None:
    """Give the locked file to a course, or take it back. Raises Refused `file.in_use`, and like `courses.editable_course`."""
    if file.course_id == course_id:
        return
    await _check_unused(session, file)
    if course_id is not None:
        await courses.editable_course(session, actor, course_id, lock=False)
        await courses.hold(session, course_id)
    file.course_id = course_id
    await session.flush()
    await audit.note(session, actor, "file.assigned", "file", file.id, courseId=str(course_id) if course_id else None)


async def delete(session: AsyncSession, actor: Actor, file_id: UUID) -> None:
    """Forget the file at once; a job removes its objects. Raises Refused `file.in_use` (CONFLICT), and as `manageable`."""
    running = await _cancel(session, file_id)
    file = await manageable(session, actor, file_id)
    await _check_unused(session, file)
    await _forget(session, file, running)
    await audit.note(session, actor, "file.deleted", "file", file_id, filename=file.filename)


async def give_up(session: AsyncSession, file_id: UUID) -> None:
    """Forget a file that was never completely uploaded."""
    file = await queries.locked(session, file_id)
    if file is not None:
        await _forget(session, file, [])


async def shown(session: AsyncSession, course_id: UUID, file_ids: Sequence[UUID]) -> dict[UUID, File]:
    """Those of the files that pages of the course may show in place, by their id; who may see the page is settled already."""
    return {file.id: file for file in await queries.pictures(session, course_id, file_ids)}


def check_ready(file: File) -> str:
    """The storage key of what is delivered. Raises Refused `file.not_ready` (CONFLICT)."""
    if file.key is None:
        raise Refused("file.not_ready", "This file can't be had (yet).", kind=ErrorKind.CONFLICT, state=file.state)
    return file.key


async def _forget(session: AsyncSession, file: File, running: list[UUID]) -> None:
    begun = [upload for upload in await queries.open_uploads(session, file.id) if upload.storage_state]
    uploads = tuple(PartialUpload(upload.key, upload.storage_state) for upload in begun)
    await session.delete(file)
    await session.flush()
    await _remove(session, file, FileRemoval(file.id, uploads=uploads), after=running)


async def _cancel(session: AsyncSession, file_id: UUID) -> list[UUID]:
    """Stop looking at it; returns the jobs that still run and may still store something."""
    running: list[UUID] = []
    for pipeline_id in await pipelines.open_pipelines(session, CHECKING_PIPELINE, file_id):
        running += await jobs.cancel_pipeline(session, pipeline_id)
    return running


async def _remove(session: AsyncSession, file: File, removal: FileRemoval, after: list[UUID]) -> None:
    pipeline_id = await jobs.add_pipeline(session, CLEANUP, subject_id=file.id, owner_id=file.owner_id)
    for ending in await pipelines.by_pipeline(session, after) or [[]]:
        edges = tuple((job_id, EdgeCondition.ON_END) for job_id in ending)
        await jobs.add(session, JobRequest(REMOVE, removal, pipeline_id=pipeline_id, after=edges))


async def _check_unused(session: AsyncSession, file: File) -> None:
    lessons = await queries.used_by(session, file)
    if lessons:
        raise Refused("file.in_use", f"The lesson {lessons[0].title!r} uses this file.", kind=ErrorKind.CONFLICT)


def _no_file() -> Refused:
    return Refused("file.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
