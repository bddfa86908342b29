"""Who may do what with a course, beyond seeing it (`domain.access`): pure rules over what a caller has to do with it."""

from collections.abc import Iterable
from uuid import UUID

from core.catalog import Permission
from domain.policies import Actor, Role


def may_author(actor: Actor) -> bool:
    """Instructors and admins make courses."""
    return bool(actor.roles & {Role.INSTRUCTOR, Role.ADMIN})


def permissions_in(actor: Actor | None, owner_id: UUID, granted: Iterable[str] | None) -> frozenset[Permission]:
    """What the actor may do in a course: its owner and admins everything, others what was `granted` to them."""
    if actor is None:
        return frozenset()
    if actor.is_admin or actor.id == owner_id:
        return frozenset(Permission)
    return frozenset(Permission(each) for each in granted or ())


def may_review(actor: Actor) -> bool:
    """Approve, reject, take down and bring back what was taken down: admins."""
    return actor.is_admin


def may_choose_people(actor: Actor, owner_id: UUID) -> bool:
    """Name another owner, choose co-instructors and what they may do: the owner and admins."""
    return actor.is_admin or actor.id == owner_id


def may_publish_unreviewed(actor: Actor, permissions: frozenset[Permission], *, review_required: bool) -> bool:
    """Publish without anybody's approval: admins, and where reviews are off whoever may publish at all."""
    return actor.is_admin or (not review_required and Permission.PUBLISH in permissions)
