"""Who may do what: pure rules, and the only ones that are consulted."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: the account and the roles its access token carries."""

    id: UUID
    roles: frozenset[str]

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles


def may_upload(actor: Actor) -> bool:
    """Instructors and admins bring videos in."""
    return bool(actor.roles & {"instructor", "admin"})


def may_manage_asset(actor: Actor, owner_id: UUID) -> bool:
    """Delete, cancel, grant: the owner and admins."""
    return actor.is_admin or actor.id == owner_id


def may_watch_asset(actor: Actor, owner_id: UUID, *, granted: bool) -> bool:
    """See, follow and play: who manages the asset, and who was granted it."""
    return granted or may_manage_asset(actor, owner_id)


def may_use_session(actor: Actor, viewer_id: UUID) -> bool:
    """A playback session belongs to its viewer alone; an admin may end it by removing the grant."""
    return actor.id == viewer_id


def may_operate(actor: Actor) -> bool:
    """See queues, workers and jobs: operators and admins."""
    return bool(actor.roles & {"operator", "admin"})
