"""What is sold."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.products import ProductKind
from db.models.base import Base, CreatedAt, Id, Moment


def _enum(kind: type[Any], name: str) -> Enum:
    return Enum(kind, name=name, values_callable=lambda e: [m.value for m in e])


class Product(Base):
    """A course, a bundle of courses, a subscription plan, or anything else with a price."""

    __tablename__ = "products"
    id: Mapped[Id]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[ProductKind] = mapped_column(_enum(ProductKind, "product_kind"), server_default="other")
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    """In minor units of `currency`."""
    currency: Mapped[str] = mapped_column(String(3), server_default="USD")
    """ISO 4217."""
    category: Mapped[str] = mapped_column(String(80))
    sku: Mapped[str | None] = mapped_column(String(80))
    image_url: Mapped[str | None] = mapped_column(Text)
    stock: Mapped[int | None]
    """None: without limit."""
    interval: Mapped[str | None] = mapped_column(String(8))
    """How often a plan is charged: month or year."""
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Moment] = mapped_column(server_default=func.now())
    deleted_at: Mapped[Moment | None]
    """No longer sold; orders still refer to it."""

    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("(kind = 'plan') = (interval IS NOT NULL)", name="plan_has_interval"),
        CheckConstraint("interval IN ('month','year')", name="known_interval"),
        Index("uq_products_sku", "sku", unique=True, postgresql_where=text("sku IS NOT NULL AND deleted_at IS NULL")),
        Index("ix_products_category", "category", "id", postgresql_where=text("deleted_at IS NULL")),
    )


class ProductCourse(Base):
    """A course that a product gives access to."""

    __tablename__ = "product_courses"
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True, index=True)
