"""The kinds of job about courses and their payloads, as data."""

from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue


class OfCourses(msgspec.Struct, frozen=True):
    """A job about some courses."""

    course_ids: tuple[UUID, ...]


# A video became known or went: a job of its own, because who changes a course locks it before the videos in it.
RECOUNT = JobKind("courses.recount", Queue.DEFAULT, OfCourses, priority=50)

KINDS = (RECOUNT,)
