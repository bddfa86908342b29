"""Reads of products: pages of what is sold, and the courses that each gives access to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalog import CourseState, Permission
from core.products import ProductKind
from db.models import Course, CourseInstructor, Product, ProductCourse


@dataclass(frozen=True, slots=True)
class SoldCourse:
    """A course of a product; one that is not published is for the product's managers to know."""

    id: UUID
    published: bool


async def by_id(session: AsyncSession, product_id: UUID, *, lock: bool = False) -> Product | None:
    """The product, unless it was removed."""
    query = select(Product).where(Product.id == product_id, Product.deleted_at.is_(None))
    product: Product | None = await session.scalar(query.with_for_update() if lock else query)
    return product


async def on_sale(
    session: AsyncSession,
    *,
    limit: int,
    category: str | None = None,
    kind: ProductKind | None = None,
    before: UUID | None = None,
) -> Sequence[Product]:
    """Products, newest first, older than `before`; of one category, of one kind."""
    query = select(Product).where(Product.deleted_at.is_(None)).order_by(Product.id.desc()).limit(limit)
    if category is not None:
        query = query.where(Product.category == category)
    if kind is not None:
        query = query.where(Product.kind == kind)
    if before is not None:
        query = query.where(Product.id < before)
    return (await session.scalars(query)).all()


async def courses_of(session: AsyncSession, product_ids: Collection[UUID]) -> dict[UUID, list[SoldCourse]]:
    """The courses of each product, in one query; oldest course first."""
    found: dict[UUID, list[SoldCourse]] = {product_id: [] for product_id in product_ids}
    if not found:
        return found
    query = (
        select(ProductCourse.product_id, Course.id, Course.state)
        .join(Course, Course.id == ProductCourse.course_id)
        .where(ProductCourse.product_id.in_(found))
        .order_by(Course.id)
    )
    for product_id, course_id, state in await session.execute(query):
        found[product_id].append(SoldCourse(course_id, state is CourseState.PUBLISHED))
    return found


async def editable_courses(
    session: AsyncSession, user_id: UUID, course_ids: Collection[UUID], *, everything: bool
) -> set[UUID]:
    """Those of the courses that the user may edit (`everything`: all that exist); they can't be deleted until the commit."""
    query = select(Course.id).where(Course.id.in_(course_ids)).order_by(Course.id).with_for_update(read=True, key_share=True)
    if not everything:
        helps = exists().where(
            CourseInstructor.course_id == Course.id,
            CourseInstructor.user_id == user_id,
            CourseInstructor.permissions.contains([Permission.EDIT.value]),
        )
        query = query.where(or_(Course.owner_id == user_id, helps))
    return set(await session.scalars(query))
