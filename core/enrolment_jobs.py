"""The kinds of job about enrolments and their payloads, as data."""

from uuid import UUID

import msgspec

from core.jobs import JobKind, Queue


class OfEnrolment(msgspec.Struct, frozen=True):
    """A job about one enrolment. `by`: who let the learner in; None: they enrolled themselves."""

    enrolment_id: UUID
    by: UUID | None = None


# Says to others that somebody enrolled: mail now, other channels and whoever counts learners later.
ANNOUNCE = JobKind("enrolments.announce", Queue.DEFAULT, OfEnrolment, priority=60)

KINDS = (ANNOUNCE,)
