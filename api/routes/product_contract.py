"""The product service's contract at /products/v1: plain arrays, and `application/json` errors of a code and a message.

`/api/v1/products` offers the same products in the conventions of the rest; what is made here is of the kind `other`. The names
in this file are the contract's.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody
from litestar.params import FromPath, JSONBody, QueryParameter, RawBody
from msgspec import UNSET, Meta, UnsetType

from api.access import INSTRUCTORS, OPEN, Access, stated
from api.auth import actor_of
from api.contract_errors import PATH, Error
from api.money import Currency
from api.origins import json_body
from api.services import Injected
from api.wire import NAME_PATTERN, HttpRequest, not_found
from core.errors import Refused
from core.money import to_minor, to_number
from core.products import DEFAULT_CURRENCY
from db.models import Product as ProductRow
from db.queries import products as queries
from domain import products
from domain.policies import Role, Scope
from domain.products import Terms

_INT32 = {"format": "int32"}
_READ_ONLY = {"read_only": True}
_MAX_INT32 = 2**31 - 1

# Control characters but line breaks and tabs have no business in a text; PostgreSQL keeps no NUL.
LINES_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_SIGNS = r"(?:[A-Za-z0-9._~:@!$&'()*+,;=/-]|%[0-9A-Fa-f]{2})*"
WEB_ADDRESS = rf"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{{1,5}})?(/{_SIGNS})?(\?[?]*{_SIGNS})?(#{_SIGNS})?$"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME_PATTERN, examples=["System design, the course"])]
Description = Annotated[str, Meta(max_length=10_000, pattern=LINES_PATTERN)]
Price = Annotated[msgspec.Raw, Meta(extra_json_schema={"extra": {"type": "number", "minimum": 0}, "examples": [19.9]})]
Category = Annotated[str, Meta(min_length=1, max_length=80, pattern=NAME_PATTERN, examples=["courses"])]
Sku = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[!-~]+$", examples=["AULA-101"])]
ImageUrl = Annotated[
    str,
    Meta(
        max_length=2000,
        pattern=WEB_ADDRESS,
        examples=["https://example.org/cover.png"],
        extra_json_schema={"extra": {"format": "uri"}},
    ),
]
Stock = Annotated[int, Meta(ge=0, le=_MAX_INT32, extra_json_schema={"extra": {"minimum": 0, **_INT32}})]


def _optional(kind: str, **facts: Any) -> Meta:
    """Of a field that may be left out but is never null: the framework would write a choice with one alternative."""
    return Meta(extra_json_schema={"extra": {"type": kind, "one_of": None, **facts}})


class Product(msgspec.Struct, rename="camel", kw_only=True):
    """What is sold."""

    id: Annotated[UUID, _optional("string", format="uuid", **_READ_ONLY)] | UnsetType = UNSET
    name: str
    description: Annotated[str, _optional("string")] | UnsetType = UNSET
    price: float
    """In units of the currency, not in cents; exact for every price that can be kept."""
    currency: Annotated[str, _optional("string")] | UnsetType = UNSET
    category: str
    sku: Annotated[str, _optional("string")] | UnsetType = UNSET
    image_url: Annotated[str, _optional("string", format="uri")] | UnsetType = UNSET
    stock: Annotated[int, _optional("integer", **_INT32)] | UnsetType = UNSET
    created_at: Annotated[datetime, _optional("string", format="date-time", **_READ_ONLY)] | UnsetType = UNSET
    updated_at: Annotated[datetime, _optional("string", format="date-time", **_READ_ONLY)] | UnsetType = UNSET


class NewProduct(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A product without what is read-only. `currency` is USD where it is left out."""

    name: Name
    description: Annotated[Description, _optional("string")] | UnsetType = UNSET
    price: Price
    currency: Annotated[Currency, _optional("string")] | UnsetType = UNSET
    category: Category
    sku: Annotated[Sku, _optional("string")] | UnsetType = UNSET
    image_url: Annotated[ImageUrl, _optional("string", format="uri")] | UnsetType = UNSET
    stock: Annotated[Stock, _optional("integer", minimum=0, **_INT32)] | UnsetType = UNSET


class _Replacement(NewProduct):
    """What PUT reads: a product that was got, changed and sent back carries its read-only fields, which change nothing."""

    id: UUID | UnsetType = UNSET
    created_at: datetime | UnsetType = UNSET
    updated_at: datetime | UnsetType = UNSET


@dataclass
class _TakesNewProduct(Operation):
    """An operation that reads its body itself and says that it is a NewProduct."""

    def __post_init__(self) -> None:
        schema = Reference("#/components/schemas/NewProduct")
        self.request_body = RequestBody({"application/json": OpenAPIMediaType(schema)}, required=True)


def _stated(access: Access, *answers: int, **opt: Any) -> dict[str, Any]:
    """As `stated`, but with the contract's error for every problem, and 500 on each."""
    keywords = stated(access, *answers, 500, **opt)
    keywords["responses"] = {
        status: ResponseSpec(Error, generate_examples=False, description=HTTPStatus(status).phrase)
        for status in sorted(keywords["responses"])
    }
    return keywords


_SELLERS = INSTRUCTORS.with_scope(Scope.PRODUCTS_WRITE)
_MANAGERS = Access(roles=frozenset({Role.INSTRUCTOR, Role.ADMIN}), relation="product.manage", scope=Scope.PRODUCTS_WRITE)


def _given(value: Any) -> Any:
    return UNSET if value is None else value


def _view(product: ProductRow) -> Product:
    return Product(
        id=product.id,
        name=product.name,
        description=_given(product.description),
        price=to_number(product.price_minor, product.currency),
        currency=product.currency,
        category=product.category,
        sku=_given(product.sku),
        image_url=_given(product.image_url),
        stock=_given(product.stock),
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def _price(number: msgspec.Raw) -> Decimal:
    """A JSON number as it was written: by way of a float, 19.990000000000000001 would be 19.99."""
    text = bytes(number).strip().decode()
    if text[0] not in "-0123456789":
        raise _invalid("price", "Expected a number.")
    price = Decimal(text)
    if price < 0:
        raise _invalid("price", "Expected a number of 0 or more.")
    return price


def _terms(data: NewProduct) -> dict[str, Any]:
    currency = DEFAULT_CURRENCY if data.currency is UNSET else data.currency
    return {
        "name": data.name.strip(),
        "description": data.description or None,
        "price_minor": to_minor(_price(data.price), currency),
        "currency": currency,
        "category": data.category.strip(),
        "sku": data.sku or None,
        "image_url": data.image_url or None,
        "stock": None if data.stock is UNSET else data.stock,
    }


def _invalid(field: str, message: str) -> Refused:
    return Refused("request.invalid", message, errors=[{"field": field, "message": message}])


@get(
    "/products",
    operation_id="getAllProducts",
    tags=["Products"],
    summary="What is sold",
    **_stated(OPEN, cached="products"),
)
async def get_all_products(
    services: Injected,
    category: Annotated[
        str | None, QueryParameter(max_length=80, pattern=LINES_PATTERN, description="Only products of this category.")
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000, description="At most so many.", schema_extra={"format": "int32"})] = 10,
) -> list[Product]:
    """Products, newest first."""
    async with services.sessions() as session:
        rows = await queries.on_sale(session, limit=limit, category=category)
    return [_view(row) for row in rows]


@post(
    "/products",
    operation_id="createProduct",
    tags=["Products"],
    summary="Sell something",
    **_stated(_SELLERS, 413, 415, idempotent=True),
)
async def create_product(request: HttpRequest, data: JSONBody[NewProduct], services: Injected) -> Product:
    """A product of the kind `other`, owned by the caller."""
    terms = Terms(**_terms(data))
    async with services.sessions.begin() as session:
        product = await products.add(session, actor_of(request), terms)
    return _view(product)


@get(
    "/products/{productId:uuid}",
    operation_id="getProductById",
    tags=["Products"],
    summary="One product",
    **_stated(OPEN, 404, cached="products"),
)
async def get_product_by_id(productId: FromPath[UUID], services: Injected) -> Product:  # noqa: N803
    """A product, unless it was deleted."""
    async with services.sessions() as session:
        product = await queries.by_id(session, productId)
    if product is None:
        raise not_found("product")
    return _view(product)


@put(
    "/products/{productId:uuid}",
    operation_id="updateProduct",
    tags=["Products"],
    summary="Replace a product",
    operation_class=_TakesNewProduct,
    **_stated(_MANAGERS, 413, 415),
)
async def update_product(productId: FromPath[UUID], request: HttpRequest, body: RawBody, services: Injected) -> Product:  # noqa: N803
    """Give the product these values; what is left out is empty then. Its kind and its courses stay as they are."""
    try:
        data = msgspec.json.decode(body, type=_Replacement)
    except msgspec.ValidationError as error:
        raise Refused("request.invalid", str(error)) from None
    except msgspec.DecodeError:
        raise Refused("request.malformed", "The request's body could not be read.") from None
    changes = _terms(data)
    async with services.sessions.begin() as session:
        actor = actor_of(request)
        product = await products.managed(session, actor, productId)
        kept = products.terms_of(product)
        await products.change(session, actor, product, Terms(kind=kept.kind, interval=kept.interval, **changes))
    return _view(product)


@delete(
    "/products/{productId:uuid}",
    operation_id="deleteProduct",
    tags=["Products"],
    summary="Delete a product",
    **_stated(_MANAGERS),
)
async def delete_product(productId: FromPath[UUID], request: HttpRequest, services: Injected) -> None:  # noqa: N803
    """Sell it no longer. What was ordered of it stays ordered."""
    async with services.sessions.begin() as session:
        actor = actor_of(request)
        product = await products.managed(session, actor, productId)
        await products.remove(session, actor, product, services.clock())


ROUTER = Router(
    PATH,
    route_handlers=[get_all_products, create_product, get_product_by_id, update_product, delete_product],
    guards=[json_body],
)
