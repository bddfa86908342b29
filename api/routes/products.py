"""Products in the house's conventions; `api/routes/product_contract.py` serves the same at /products/v1."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from api.access import EVERYONE, INSTRUCTORS, Access, stated
from api.auth import actor_of, actor_or_none
from api.etags import etag, expect
from api.money import MoneyBody, MoneyView, money_view
from api.paging import Cursor, Limit, page
from api.routes.product_contract import LINES_PATTERN, Category, Description, ImageUrl, Name, Sku, Stock
from api.services import Injected
from api.wire import Body, HttpRequest, Page, View, not_found
from core.markdown import render_all
from core.products import Interval, ProductKind
from db.models import Product
from db.queries import products as queries
from db.queries.products import SoldCourse
from domain import products
from domain.policies import Actor, Role, Scope, may_manage_product
from domain.products import Terms

CourseIds = Annotated[list[UUID], Meta(max_length=100)]
_MANAGERS = Access(roles=frozenset({Role.INSTRUCTOR, Role.ADMIN}), relation="product.manage", scope=Scope.PRODUCTS_WRITE)


class ProductOffer(Body, kw_only=True):
    """Something to sell. A course names one course in `courseIds`, a bundle two or more; a plan has an `interval`."""

    kind: ProductKind = ProductKind.OTHER
    name: Name
    description: Description | None = None
    """Markdown."""
    price: MoneyBody
    category: Category
    sku: Sku | None = None
    image_url: ImageUrl | None = None
    stock: Stock | None = None
    """None: without limit."""
    interval: Interval | None = None
    course_ids: CourseIds = msgspec.field(default_factory=list)


class ProductPatch(Body):
    """What changes; what is left out stays, and null empties what may be empty."""

    kind: ProductKind | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    price: MoneyBody | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    sku: Sku | UnsetType | None = UNSET
    image_url: ImageUrl | UnsetType | None = UNSET
    stock: Stock | UnsetType | None = UNSET
    interval: Interval | UnsetType | None = UNSET
    course_ids: CourseIds | UnsetType = UNSET


class ProductView(View):
    """What is sold. `courseIds` are those of published courses; who manages the product sees all."""

    id: UUID
    kind: ProductKind
    name: str
    description: str | None
    description_html: str
    price: MoneyView
    category: str
    sku: str | None
    image_url: str | None
    stock: int | None
    interval: Interval | None
    course_ids: list[UUID]
    mine: bool
    """The caller may change it."""
    revision: int
    created_at: datetime
    updated_at: datetime


async def _views(
    actor: Actor | None, products: Sequence[Product], courses: dict[UUID, list[SoldCourse]]
) -> Callable[[Product], ProductView]:
    """How these products are shown to the actor."""
    texts = await render_all([product.description or "" for product in products])
    html = {product.id: text for product, text in zip(products, texts, strict=True)}

    def view(product: Product) -> ProductView:
        mine = actor is not None and may_manage_product(actor, product.owner_id)
        return ProductView(
            id=product.id,
            kind=product.kind,
            name=product.name,
            description=product.description,
            description_html=html[product.id],
            price=money_view(product.price_minor, product.currency),
            category=product.category,
            sku=product.sku,
            image_url=product.image_url,
            stock=product.stock,
            interval=Interval(product.interval) if product.interval else None,
            course_ids=[course.id for course in courses[product.id] if course.published or mine],
            mine=mine,
            revision=product.revision,
            created_at=product.created_at,
            updated_at=product.updated_at,
        )

    return view


async def _answer(actor: Actor | None, product: Product, courses: dict[UUID, list[SoldCourse]]) -> Response[ProductView]:
    view = await _views(actor, [product], courses)
    return Response(view(product), headers={"ETag": etag(product.id, product.revision)})


@get(
    "/products",
    operation_id="listProducts",
    tags=["Catalogue products"],
    summary="What is sold",
    **stated(EVERYONE, cached="products"),
)
async def list_products(
    request: HttpRequest,
    services: Injected,
    category: Annotated[str | None, QueryParameter(max_length=80, pattern=LINES_PATTERN, description="Of this one.")] = None,
    kind: Annotated[ProductKind | None, QueryParameter(description="Of this one.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[ProductView]:
    """Products, newest first."""
    async with services.sessions() as session:
        rows = await queries.on_sale(session, limit=limit + 1, category=category, kind=kind, before=cursor)
        courses = await queries.courses_of(session, [row.id for row in rows])
    view = await _views(actor_or_none(request), rows, courses)
    return page(rows, limit, view, lambda product: product.id)


@post(
    "/products",
    operation_id="addProduct",
    tags=["Catalogue products"],
    summary="Sell something",
    **stated(INSTRUCTORS.with_scope(Scope.PRODUCTS_WRITE), 409, 413, 415, 422, idempotent=True),
)
async def add_product(request: HttpRequest, data: JSONBody[ProductOffer], services: Injected) -> Response[ProductView]:
    """A product owned by the caller, made of courses that they may edit."""
    actor = actor_of(request)
    terms = Terms(
        kind=data.kind,
        name=data.name.strip(),
        description=data.description,
        price_minor=data.price.minor(),
        currency=data.price.currency,
        category=data.category.strip(),
        sku=data.sku,
        image_url=data.image_url,
        stock=data.stock,
        interval=data.interval,
    )
    async with services.sessions.begin() as session:
        product = await products.add(session, actor, terms, data.course_ids)
        courses = await queries.courses_of(session, [product.id])
    return await _answer(actor, product, courses)


@get(
    "/products/{product_id:uuid}",
    operation_id="getProduct",
    tags=["Catalogue products"],
    summary="One product",
    **stated(EVERYONE, 404, cached="products"),
)
async def get_product(request: HttpRequest, product_id: FromPath[UUID], services: Injected) -> Response[ProductView]:
    """A product, unless it was removed."""
    async with services.sessions() as session:
        product = await queries.by_id(session, product_id)
        if product is None:
            raise not_found("product")
        courses = await queries.courses_of(session, [product.id])
    return await _answer(actor_or_none(request), product, courses)


@patch(
    "/products/{product_id:uuid}",
    operation_id="changeProduct",
    tags=["Catalogue products"],
    summary="Change a product",
    **stated(_MANAGERS, 409, 412, 413, 415, 422),
)
async def change_product(
    request: HttpRequest, product_id: FromPath[UUID], data: JSONBody[ProductPatch], services: Injected
) -> Response[ProductView]:
    """Change terms or courses. What is in a product may stay in it, but only courses that the caller may edit are added."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        product = await products.managed(session, actor, product_id)
        expect(request, product.id, product.revision)
        terms = replace(products.terms_of(product), **_changes(data))
        course_ids: Sequence[UUID] | None = None if isinstance(data.course_ids, UnsetType) else data.course_ids
        await products.change(session, actor, product, terms, course_ids)
        courses = await queries.courses_of(session, [product.id])
    return await _answer(actor, product, courses)


def _changes(data: ProductPatch) -> dict[str, Any]:
    plain = ("kind", "name", "description", "category", "sku", "image_url", "stock", "interval")
    values = {name: getattr(data, name) for name in plain}
    changes = {name: value for name, value in values.items() if value is not UNSET}
    changes |= {name: changes[name].strip() for name in ("name", "category") if name in changes}
    if not isinstance(data.price, UnsetType):
        changes |= {"price_minor": data.price.minor(), "currency": data.price.currency}
    return changes


@delete(
    "/products/{product_id:uuid}",
    operation_id="removeProduct",
    tags=["Catalogue products"],
    summary="Sell it no longer",
    **stated(_MANAGERS, 412),
)
async def remove_product(request: HttpRequest, product_id: FromPath[UUID], services: Injected) -> None:
    """Sell it no longer. What was ordered of it stays ordered, and its SKU may be used again."""
    async with services.sessions.begin() as session:
        actor = actor_of(request)
        product = await products.managed(session, actor, product_id)
        expect(request, product.id, product.revision)
        await products.remove(session, actor, product, services.clock())


ROUTES: tuple[Any, ...] = (list_products, add_product, get_product, change_product, remove_product)
