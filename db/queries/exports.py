"""Reads of everything that is kept about one account, table by table and piece by piece; no secret is among it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import (
    ApiKey,
    Asset,
    AuditEntry,
    Course,
    CourseInstructor,
    Enrolment,
    Entitlement,
    File,
    Grant,
    Identity,
    Message,
    Picture,
    PlaybackSession,
    Product,
    User,
    UserSession,
)

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One table's share: which columns, of which rows, in the order of its primary key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[Column, ...]
    mine: Callable[[UUID], ColumnElement[bool]]


def _section(name: str, owner: Column, columns: Sequence[Column], key: Sequence[Column] = ()) -> Section:
    return Section(name, tuple(columns), tuple(key) or (columns[0],), lambda user_id: owner == user_id)


PROFILE = (
    User.id,
    User.email,
    User.email_verified_at,
    User.display_name,
    User.headline,
    User.biography,
    User.language,
    User.time_zone,
    User.roles,
    User.totp_enabled_at,
    User.created_at,
    User.updated_at,
)

_SESSION = (
    UserSession.id,
    UserSession.user_agent,
    UserSession.address,
    UserSession.method,
    UserSession.impersonator_id,
    UserSession.created_at,
    UserSession.last_seen_at,
    UserSession.expires_at,
    UserSession.ended_at,
    UserSession.end_reason,
)
_KEY = (
    ApiKey.id,
    ApiKey.name,
    ApiKey.prefix,
    ApiKey.scopes,
    ApiKey.created_at,
    ApiKey.expires_at,
    ApiKey.last_used_at,
    ApiKey.revoked_at,
)
_IDENTITY = (Identity.provider, Identity.subject, Identity.email, Identity.created_at, Identity.last_used_at)
_ENROLMENT = (Enrolment.id, Enrolment.course_id, Enrolment.created_at, Enrolment.ended_at, Enrolment.completed_at)
_ENTITLEMENT = (
    Entitlement.id,
    Entitlement.course_id,
    Entitlement.source,
    Entitlement.starts_at,
    Entitlement.ends_at,
    Entitlement.revoked_at,
    Entitlement.revoke_reason,
)
_COURSE = (
    Course.id,
    Course.slug,
    Course.title,
    Course.summary,
    Course.description,
    Course.language,
    Course.category,
    Course.tags,
    Course.state,
    Course.created_at,
    Course.updated_at,
    Course.published_at,
)
_FILE = (File.id, File.filename, File.course_id, File.state, File.media_type, File.size, File.created_at)
_MESSAGE = (
    Message.id,
    Message.channel,
    Message.recipient,
    Message.template,
    Message.state,
    Message.created_at,
    Message.sent_at,
)
_AUDIT = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.impersonator_id,
    AuditEntry.action,
    AuditEntry.subject_type,
    AuditEntry.subject_id,
    AuditEntry.detail,
)

SECTIONS: tuple[Section, ...] = (
    _section("sessions", UserSession.user_id, _SESSION),
    _section("apiKeys", ApiKey.user_id, _KEY),
    _section("identities", Identity.user_id, _IDENTITY, _IDENTITY[:2]),
    _section("enrolments", Enrolment.user_id, _ENROLMENT),
    _section("entitlements", Entitlement.user_id, _ENTITLEMENT),
    _section("courses", Course.owner_id, _COURSE),
    _section("coInstructor", CourseInstructor.user_id, (CourseInstructor.course_id, CourseInstructor.permissions)),
    _section("assets", Asset.owner_id, (Asset.id, Asset.title, Asset.filename, Asset.state, Asset.size, Asset.created_at)),
    _section("grants", Grant.user_id, (Grant.asset_id, Grant.created_at)),
    _section("files", File.owner_id, _FILE),
    _section("pictures", Picture.owner_id, (Picture.id, Picture.purpose, Picture.subject_id, Picture.created_at)),
    _section("products", Product.owner_id, (Product.id, Product.name, Product.kind, Product.created_at, Product.deleted_at)),
    _section("playback", PlaybackSession.user_id, (PlaybackSession.id, PlaybackSession.asset_id, PlaybackSession.created_at)),
    _section("messages", Message.user_id, _MESSAGE),
    Section(
        "auditEntries",
        _AUDIT,
        _AUDIT[:1],
        lambda user_id: or_(AuditEntry.subject_id == user_id, AuditEntry.actor_id == user_id),
    ),
)


def _named(row: Row[Any], columns: Sequence[Column]) -> dict[str, Any]:
    return {_camel(column.key): value for column, value in zip(columns, row, strict=True)}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


async def profile(session: AsyncSession, user_id: UUID) -> dict[str, Any] | None:
    """The account itself; None when it is gone."""
    row = (await session.execute(select(*PROFILE).where(User.id == user_id))).one_or_none()
    return _named(row, PROFILE) if row is not None else None


async def piece(
    session: AsyncSession, section: Section, user_id: UUID, after: tuple[Any, ...] | None, limit: int
) -> tuple[list[dict[str, Any]], tuple[Any, ...] | None]:
    """At most `limit` rows after the key `after`, and the key to go on from; None: there are no more."""
    width = len(section.columns)
    query = select(*section.columns, *(column.label(f"key_{number}") for number, column in enumerate(section.key)))
    query = query.where(section.mine(user_id)).order_by(*section.key).limit(limit)
    if after is not None:
        query = query.where(tuple_(*section.key) > tuple_(*after))
    rows = (await session.execute(query)).all()
    named = [_named(row[:width], section.columns) for row in rows]  # type: ignore[arg-type]
    return named, tuple(rows[-1][width:]) if len(rows) == limit else None
