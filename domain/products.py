"""Products: what is sold, and for how much. A product that is removed is no longer sold; orders still refer to it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.ids import new_id
from core.money import formatted
from core.products import Interval, ProductKind
from db import caches
from db.models import Product, ProductCourse
from db.queries import products as queries
from domain import audit
from domain.policies import Actor, may_manage_product, may_sell


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that a seller decides about a product but the courses in it; the price is in minor units of its currency."""

    kind: ProductKind = ProductKind.OTHER
    name: str
    description: str | None = None
    price_minor: int
    currency: str
    category: str
    sku: str | None = None
    image_url: str | None = None
    stock: int | None = None
    interval: Interval | None = None


def terms_of(product: Product) -> Terms:
    """The terms that hold now."""
    values = {name: getattr(product, name) for name in Terms.__dataclass_fields__}
    return Terms(**{**values, "interval": Interval(product.interval) if product.interval else None})


async def add(session: AsyncSession, actor: Actor, terms: Terms, course_ids: Sequence[UUID] = ()) -> Product:
    """Begin to sell something, owned by `actor`. Raises Refused as `change` does, or `auth.role_missing`."""
    if not may_sell(actor):
        raise Refused("auth.role_missing", "Only instructors and admins sell.", kind=ErrorKind.FORBIDDEN)
    wanted = await _checked_courses(session, actor, terms, course_ids, frozenset())
    product = Product(id=new_id(), owner_id=actor.id, **_columns(terms))
    session.add(product)
    await _flush(session)
    await _put_courses(session, product.id, wanted, set())
    await session.refresh(product)
    caches.touch(session, caches.PRODUCTS)
    price = formatted(terms.price_minor, terms.currency)
    await audit.note(
        session, actor, "product.created", "product", product.id, name=terms.name, kind=terms.kind.value, price=price
    )
    return product


async def managed(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product, locked, for who may change it. Raises Refused: `product.not_found`, `product.not_yours`."""
    product = await queries.by_id(session, product_id, lock=True)
    if product is None:
        raise Refused("product.not_found", "There is no such thing, or it is not yours to see.", kind=ErrorKind.NOT_FOUND)
    if not may_manage_product(actor, product.owner_id):
        raise Refused("product.not_yours", "This product is not yours to change.", kind=ErrorKind.FORBIDDEN)
    return product


async def change(
    session: AsyncSession, actor: Actor, product: Product, terms: Terms, course_ids: Sequence[UUID] | None = None
) -> None:
    """Give the locked product these terms, and these courses (None: those it has).

    Raises Refused: `product.interval`, `product.courses`, `product.unknown_course`, `product.sku_taken`.
    """
    before, had = terms_of(product), {course.id for course in (await queries.courses_of(session, [product.id]))[product.id]}
    wanted = await _checked_courses(session, actor, terms, sorted(had) if course_ids is None else course_ids, frozenset(had))
    for name, value in _columns(terms).items():
        setattr(product, name, value)
    product.revision, product.updated_at = product.revision + 1, func.now()
    await _flush(session)
    await _put_courses(session, product.id, wanted, had)
    await session.refresh(product)
    caches.touch(session, caches.PRODUCTS)
    await audit.note(session, actor, "product.changed", "product", product.id, **_difference(before, terms, had, wanted))


async def remove(session: AsyncSession, actor: Actor, product: Product, now: datetime) -> None:
    """Sell the locked product no longer; its SKU may be used again."""
    product.deleted_at = now
    product.revision += 1
    await session.flush()
    caches.touch(session, caches.PRODUCTS)
    price = formatted(product.price_minor, product.currency)
    await audit.note(session, actor, "product.removed", "product", product.id, name=product.name, price=price)


def _columns(terms: Terms) -> dict[str, Any]:
    return {**asdict(terms), "interval": terms.interval.value if terms.interval else None}


async def _checked_courses(
    session: AsyncSession, actor: Actor, terms: Terms, course_ids: Sequence[UUID], had: frozenset[UUID]
) -> set[UUID]:
    wanted = set(course_ids)
    if (terms.kind is ProductKind.PLAN) != (terms.interval is not None):
        raise _refused("product.interval", "Plans have an interval, and nothing else has one.", "interval")
    if terms.kind is ProductKind.COURSE and len(wanted) != 1:
        raise _refused("product.courses", "A product of the kind course has exactly one course.", "courseIds")
    if terms.kind is ProductKind.BUNDLE and len(wanted) < 2:
        raise _refused("product.courses", "A bundle has two courses or more.", "courseIds")
    if terms.kind is ProductKind.OTHER and wanted:
        raise _refused("product.courses", "A product of the kind other has no courses.", "courseIds")
    # What is in it already may stay, whoever put it there.
    added = wanted - had
    if added and await queries.editable_courses(session, actor.id, added, everything=actor.is_admin) != added:
        raise _refused("product.unknown_course", "One of the courses is not there, or not yours to sell.", "courseIds")
    return wanted


async def _put_courses(session: AsyncSession, product_id: UUID, wanted: set[UUID], had: set[UUID]) -> None:
    if gone := had - wanted:
        query = delete(ProductCourse).where(ProductCourse.product_id == product_id, ProductCourse.course_id.in_(gone))
        await session.execute(query)
    session.add_all(ProductCourse(product_id=product_id, course_id=course_id) for course_id in sorted(wanted - had))
    await session.flush()


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_products_sku" not in str(error.orig):
            raise
        raise Refused(
            "product.sku_taken",
            "There is already a product with this SKU.",
            kind=ErrorKind.CONFLICT,
            errors=[{"field": "sku", "message": "Already in use."}],
        ) from None


def _difference(before: Terms, after: Terms, had: set[UUID], wanted: set[UUID]) -> dict[str, Any]:
    """What the audit log keeps: the fields that changed, with prices and courses as they were and are."""
    old, new = asdict(before), asdict(after)
    detail: dict[str, Any] = {"changed": sorted(name for name in new if new[name] != old[name])}
    if (before.price_minor, before.currency) != (after.price_minor, after.currency):
        detail["price"] = {
            "from": formatted(before.price_minor, before.currency),
            "to": formatted(after.price_minor, after.currency),
        }
    if had != wanted:
        detail["courses"] = {"from": sorted(map(str, had)), "to": sorted(map(str, wanted))}
    return detail


def _refused(code: str, message: str, field: str) -> Refused:
    return Refused(code, message, kind=ErrorKind.UNPROCESSABLE, errors=[{"field": field, "message": message}])
