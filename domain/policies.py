"""Who may do what: pure rules, and the only ones that are consulted."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """Roles; an account may hold several."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"
    OPERATOR = "operator"


TEACHING = frozenset({Role.INSTRUCTOR, Role.ADMIN})
"""They bring videos in, make courses and offer products."""
OPERATING = frozenset({Role.OPERATOR, Role.ADMIN})
"""They see queues, workers, jobs and mail."""
ADMINISTERING = frozenset({Role.ADMIN})


class Scope(StrEnum):
    """What an API key may be made for."""

    MEDIA_READ = "media:read"
    MEDIA_WRITE = "media:write"
    COURSES_READ = "courses:read"
    COURSES_WRITE = "courses:write"
    ENROLMENTS_READ = "enrolments:read"
    ENROLMENTS_WRITE = "enrolments:write"
    PRODUCTS_WRITE = "products:write"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: the account, its roles, and by what it proves who it is."""

    id: UUID
    roles: frozenset[str]
    session_id: UUID | None = None
    """The sign-in behind the access token."""
    impersonator_id: UUID | None = None
    """The admin who acts through this account."""
    scopes: frozenset[str] | None = None
    """What the API key is for; None: no key but a person."""

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles


def may_upload(actor: Actor) -> bool:
    """Instructors and admins bring videos in."""
    return bool(actor.roles & TEACHING)


def may_manage_asset(actor: Actor, owner_id: UUID) -> bool:
    """Delete, cancel, grant: the owner and admins."""
    return actor.is_admin or actor.id == owner_id


def may_watch_asset(actor: Actor, owner_id: UUID, *, granted: bool) -> bool:
    """See, follow and play: who manages the asset, and who was granted it."""
    return granted or may_manage_asset(actor, owner_id)


def may_use_session(actor: Actor | None, viewer_id: UUID | None) -> bool:
    """A playback session belongs to its viewer alone; an admin may end it by removing the grant.

    That of a preview, which anyone may begin, has no viewer: it belongs to whoever knows its id, which is a secret then.
    """
    return viewer_id is None or (actor is not None and actor.id == viewer_id)


def may_teach(actor: Actor, owner_id: UUID, permissions: Collection[str] | None) -> bool:
    """See a course as its authors do, whatever its state: its owner, its co-instructors and admins."""
    return actor.is_admin or actor.id == owner_id or permissions is not None


def may_leave_course(actor: Actor, learner_id: UUID) -> bool:
    """End an enrolment: the learner; others need the permission `enrol`."""
    return actor.id == learner_id


def may_sell(actor: Actor) -> bool:
    """Instructors and admins offer products."""
    return bool(actor.roles & TEACHING)


def may_manage_product(actor: Actor, owner_id: UUID | None) -> bool:
    """Change and remove: its owner, as long as they may sell at all, and admins."""
    return actor.is_admin or (may_sell(actor) and actor.id == owner_id)


def may_own_file(actor: Actor, owner_id: UUID) -> bool:
    """Have and change a file of lessons: its owner and admins; in its course also those who may edit that."""
    return actor.is_admin or actor.id == owner_id


def may_have_file(*, entitled: bool, lesson_open: bool) -> bool:
    """Learners: a lesson with it is open to them, or it belongs to a course of theirs and to no lesson."""
    return entitled or lesson_open


def may_administer(actor: Actor) -> bool:
    """Change the rights of others: admins themselves, not in somebody else's place and not by a key."""
    return actor.is_admin and actor.impersonator_id is None and actor.scopes is None


def may_impersonate(actor: Actor, roles: Collection[str]) -> bool:
    """Look through the eyes of an account with these roles: admins, but never as another admin."""
    return may_administer(actor) and "admin" not in roles


def may_change_credentials(actor: Actor) -> bool:
    """Change how an account is signed in to, or delete it: its owner in person."""
    return actor.impersonator_id is None and actor.scopes is None
