"""The product service's contract: as its document states it, and through a client that was generated from that document."""

import importlib
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app, make_services
from api.services import Services
from core.ids import new_id
from core.settings import Settings
from db.models import AuditEntry, Product
from tests.support.api_server import ApiServer
from tests.support.in_process import in_process
from tests.support.people import Person, token_for
from tests.support.school import add_person

SignIn = Callable[..., Awaitable[Person]]
PRODUCTS = "/products/v1/products"
GOOD: dict[str, Any] = {"name": "System design", "price": 19.99, "category": "courses"}


def contract_of(document: dict[str, Any]) -> dict[str, Any]:
    """The part of the API's document that is about /products/v1."""
    names = ("Product", "NewProduct", "Error")
    return {
        "openapi": document["openapi"],
        "info": {"title": "Products", "version": "1"},
        "paths": {path: item for path, item in document["paths"].items() if path.startswith("/products/v1/")},
        "components": {"schemas": {name: document["components"]["schemas"][name] for name in names}},
    }


def error_of(answer: Any) -> str:
    """The code of the contract's error, whose shape and media type are checked on the way."""
    assert answer.headers["content-type"].split(";")[0] == "application/json", answer.text
    body: dict[str, str] = answer.json()
    assert set(body) == {"code", "message"}
    assert body["message"]
    return body["code"]


def test_the_document_states_the_contract(settings: Settings) -> None:
    document = contract_of(create_app(settings, make_services(settings)).openapi_schema.to_schema())
    operations = {
        f"{method.upper()} {path}": operation for path, item in document["paths"].items() for method, operation in item.items()
    }
    one = f"{PRODUCTS}/{{productId}}"
    assert {key: operation["operationId"] for key, operation in operations.items()} == {
        f"GET {PRODUCTS}": "getAllProducts",
        f"POST {PRODUCTS}": "createProduct",
        f"GET {one}": "getProductById",
        f"PUT {one}": "updateProduct",
        f"DELETE {one}": "deleteProduct",
    }
    stated = {"getAllProducts": {"200"}, "createProduct": {"201", "400"}, "getProductById": {"200", "404"}}
    stated |= {"updateProduct": {"200", "400", "404"}, "deleteProduct": {"204", "404"}}
    for operation in operations.values():
        assert operation["tags"] == ["Products"]
        assert set(operation["responses"]) >= {*stated[operation["operationId"]], "500"}
        for status, response in operation["responses"].items():
            if status >= "400":
                assert response["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        if operation["operationId"] in ("createProduct", "updateProduct"):
            assert operation["requestBody"]["content"]["application/json"]["schema"] == {
                "$ref": "#/components/schemas/NewProduct"
            }
            assert operation["requestBody"]["required"] is True
    category, limit = operations[f"GET {PRODUCTS}"]["parameters"]
    assert (category["name"], category["in"], category["required"]) == ("category", "query", False)
    assert (limit["name"], limit["schema"]["format"], limit["schema"]["default"]) == ("limit", "int32", 10)
    listed = operations[f"GET {PRODUCTS}"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed == {"type": "array", "items": {"$ref": "#/components/schemas/Product"}}
    (product_id,) = operations[f"GET {one}"]["parameters"]
    assert (product_id["name"], product_id["in"], product_id["schema"]["format"]) == ("productId", "path", "uuid")


def test_the_document_states_the_fields(settings: Settings) -> None:
    schemas = contract_of(create_app(settings, make_services(settings)).openapi_schema.to_schema())["components"]["schemas"]
    product, new = schemas["Product"]["properties"], schemas["NewProduct"]["properties"]
    kinds = {name: (field["type"], field.get("format"), field.get("readOnly", False)) for name, field in product.items()}
    assert kinds == {
        "id": ("string", "uuid", True),
        "name": ("string", None, False),
        "description": ("string", None, False),
        "price": ("number", None, False),
        "currency": ("string", None, False),
        "category": ("string", None, False),
        "sku": ("string", None, False),
        "imageUrl": ("string", "uri", False),
        "stock": ("integer", "int32", False),
        "createdAt": ("string", "date-time", True),
        "updatedAt": ("string", "date-time", True),
    }
    assert {name: (field["type"], field.get("format"), False) for name, field in new.items()} == {
        name: kind for name, kind in kinds.items() if not kind[2]
    }
    for schema in ("Product", "NewProduct"):
        assert set(schemas[schema]["required"]) == {"name", "price", "category"}
    assert set(schemas["Error"]["properties"]) == set(schemas["Error"]["required"]) == {"code", "message"}


async def test_a_product_goes_round(client: AsyncClient, instructor: Person) -> None:
    full = {**GOOD, "description": "Twelve weeks.\nIn depth.", "currency": "EUR", "sku": "AULA-1", "stock": 0}
    full["imageUrl"] = "https://example.org/a/b%20c.png?size=2#top"
    made = await client.post(PRODUCTS, json=full, headers=instructor.auth)
    assert made.status_code == 201
    product = made.json()
    assert {name: product[name] for name in full} == full
    assert UUID(product["id"]).version == 7
    assert product["createdAt"] == product["updatedAt"]
    url = f"{PRODUCTS}/{product['id']}"
    assert (await client.get(url)).json() == product
    assert (await client.get(PRODUCTS)).json() == [product]
    changed = await client.put(url, json={**GOOD, "price": 25}, headers=instructor.auth)
    assert changed.status_code == 200
    # What was left out is empty again.
    assert set(changed.json()) == {"id", "name", "price", "currency", "category", "createdAt", "updatedAt"}
    assert (changed.json()["price"], changed.json()["currency"]) == (25, "USD")
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
    for again in (await client.get(url), await client.put(url, json=GOOD, headers=instructor.auth)):
        assert (again.status_code, error_of(again)) == (404, "product.not_found")
    assert (await client.delete(url, headers=instructor.auth)).status_code == 404
    assert (await client.get(PRODUCTS)).json() == []


async def test_what_was_got_may_be_put_back(client: AsyncClient, instructor: Person) -> None:
    product = (await client.post(PRODUCTS, json=GOOD, headers=instructor.auth)).json()
    other = {**product, "id": str(new_id()), "createdAt": "2001-01-01T00:00:00Z", "price": 5.5}
    changed = (await client.put(f"{PRODUCTS}/{product['id']}", json=other, headers=instructor.auth)).json()
    assert {**changed, "updatedAt": ""} == {**product, "price": 5.5, "updatedAt": ""}


@pytest.mark.parametrize(
    ("price", "currency", "minor", "shown"),
    [
        ("0.1", "USD", 10, "0.1"),
        ("19.99", "USD", 1999, "19.99"),
        ("1e2", "USD", 10_000, "100"),
        ("1.10", "USD", 110, "1.1"),
        ("0", "USD", 0, "0"),
        ("-0", "USD", 0, "0"),
        ("500", "JPY", 500, "500"),
        ("500.0", "JPY", 500, "500"),
        ("1.234", "KWD", 1234, "1.234"),
        ("9999999999.99", "USD", 999_999_999_999, "9999999999.99"),
    ],
)
async def test_prices_are_exact(
    client: AsyncClient, services: Services, instructor: Person, price: str, currency: str, minor: int, shown: str
) -> None:
    body = f'{{"name": "A", "category": "b", "currency": "{currency}", "price": {price}}}'
    headers = {**instructor.auth, "Content-Type": "application/json"}
    made = await client.post(PRODUCTS, content=body, headers=headers)
    assert made.status_code == 201, made.text
    assert f'"price":{shown},' in made.text
    async with services.sessions() as session:
        assert await session.scalar(select(Product.price_minor)) == minor


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('"price": 19.999', "money.too_precise"),
        ('"price": 19.990000000000000000001', "money.too_precise"),
        ('"price": 0.5, "currency": "JPY"', "money.too_precise"),
        ('"price": 10000000000', "money.too_large"),
        ('"price": 1e999999999', "money.too_large"),
        ('"price": -1', "request.invalid"),
        ('"price": "19.99"', "request.invalid"),
        ('"price": null', "request.invalid"),
        ('"price": [1]', "request.invalid"),
        ('"price": NaN', "request.malformed"),
        ('"currency": "XXX"', "money.unknown_currency"),
        ('"currency": "usd"', "request.invalid"),
        ('"currency": null', "request.invalid"),
        ('"name": ""', "request.invalid"),
        ('"name": "\\u0000"', "request.invalid"),
        ('"category": 3', "request.invalid"),
        ('"imageUrl": "javascript:alert(1)"', "request.invalid"),
        ('"imageUrl": "ftp://example.org/a"', "request.invalid"),
        ('"imageUrl": "https://example.org/a b"', "request.invalid"),
        ('"stock": -1', "request.invalid"),
        ('"stock": 2147483648', "request.invalid"),
        ('"stock": 1.5', "request.invalid"),
        ('"colour": "red"', "request.invalid"),
        ("nonsense", "request.malformed"),
    ],
)
async def test_bad_products_are_bad_requests_in_the_contracts_words(
    client: AsyncClient, services: Services, instructor: Person, change: str, code: str
) -> None:
    good = json.dumps(GOOD)
    made = (await client.post(PRODUCTS, json=GOOD, headers=instructor.auth)).json()
    body = f"{good[:-1]}, {change}}}"
    for method, url in (("POST", PRODUCTS), ("PUT", f"{PRODUCTS}/{made['id']}")):
        headers = {**instructor.auth, "Content-Type": "application/json"}
        answer = await client.request(method, url, content=body, headers=headers)
        assert (answer.status_code, error_of(answer)) == (400, code), answer.text
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Product)) == 1
        noted = select(func.count()).select_from(AuditEntry).where(AuditEntry.subject_type == "product")
        assert await session.scalar(noted) == 1


@pytest.mark.parametrize("missing", ["name", "price", "category"])
async def test_what_is_required_is_required(client: AsyncClient, instructor: Person, missing: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != missing}
    answer = await client.post(PRODUCTS, json=body, headers=instructor.auth)
    assert (answer.status_code, error_of(answer)) == (400, "request.invalid")


async def test_a_new_product_has_no_read_only_fields(client: AsyncClient, instructor: Person) -> None:
    answer = await client.post(PRODUCTS, json={**GOOD, "id": str(new_id())}, headers=instructor.auth)
    assert (answer.status_code, error_of(answer)) == (400, "request.invalid")


async def test_every_refusal_below_the_path_is_the_contracts_error(client: AsyncClient, instructor: Person) -> None:
    one, text = f"{PRODUCTS}/{new_id()}", {**instructor.auth, "Content-Type": "text/plain"}
    answers = {
        (404, "product.not_found"): await client.get(one),
        (404, "request.not_found"): await client.get(f"{PRODUCTS}/not-a-uuid"),
        (401, "auth.required"): await client.post(PRODUCTS, json=GOOD),
        (401, "auth.token_invalid"): await client.delete(one, headers={"Authorization": "Bearer x"}),
        (405, "request.method_not_allowed"): await client.patch(one, json=GOOD),
        (415, "request.unsupported_type"): await client.put(one, content=b"{}", headers=text),
        (413, "request.too_large"): await client.post(PRODUCTS, json={**GOOD, "sku": "x" * 70_000}, headers=instructor.auth),
        (400, "request.invalid"): await client.get(f"{PRODUCTS}?limit=0"),
    }
    for (status, code), answer in answers.items():
        assert answer.status_code == status, answer.text
        assert error_of(answer) == code or status == 401
    for query in ("limit=x", "limit=2147483648", "limit=-1", "category=%00"):
        assert (await client.get(f"{PRODUCTS}?{query}")).status_code == 400
    assert error_of(await client.get("/products/v1/nothing")) == "request.not_found"


async def test_pages_are_the_newest_of_a_category(client: AsyncClient, instructor: Person) -> None:
    for number in range(12):
        body = {**GOOD, "name": f"Number {number}", "category": "odd" if number % 2 else "even"}
        assert (await client.post(PRODUCTS, json=body, headers=instructor.auth)).status_code == 201
    listed = (await client.get(PRODUCTS)).json()
    assert [product["name"] for product in listed] == [f"Number {number}" for number in range(11, 1, -1)]
    odd = (await client.get(f"{PRODUCTS}?category=odd&limit=2")).json()
    assert [product["name"] for product in odd] == ["Number 11", "Number 9"]
    assert len((await client.get(f"{PRODUCTS}?limit=100")).json()) == 12
    assert (await client.get(f"{PRODUCTS}?category=none")).json() == []


async def test_who_may_write(client: AsyncClient, instructor: Person, learner: Person, sign_in: SignIn) -> None:
    assert error_of(await client.post(PRODUCTS, json=GOOD, headers=learner.auth)) == "auth.role_missing"
    url = f"{PRODUCTS}/{(await client.post(PRODUCTS, json=GOOD, headers=instructor.auth)).json()['id']}"
    stranger, admin = await sign_in("instructor"), await sign_in("admin")
    for method, body in (("PUT", GOOD), ("DELETE", None)):
        for person, code in ((learner, "auth.role_missing"), (stranger, "product.not_yours")):
            answer = await client.request(method, url, json=body, headers=person.auth)
            assert (answer.status_code, error_of(answer)) == (403, code)
    assert (await client.put(url, json=GOOD, headers=admin.auth)).status_code == 200
    assert (await client.delete(url, headers=admin.auth)).status_code == 204


async def test_an_sku_is_of_one_product(client: AsyncClient, instructor: Person) -> None:
    first = (await client.post(PRODUCTS, json={**GOOD, "sku": "A-1"}, headers=instructor.auth)).json()
    second = (await client.post(PRODUCTS, json={**GOOD, "sku": "A-2"}, headers=instructor.auth)).json()
    taken = await client.post(PRODUCTS, json={**GOOD, "sku": "A-1"}, headers=instructor.auth)
    assert (taken.status_code, error_of(taken)) == (400, "product.sku_taken")
    taken = await client.put(f"{PRODUCTS}/{second['id']}", json={**GOOD, "sku": "A-1"}, headers=instructor.auth)
    assert (taken.status_code, error_of(taken)) == (400, "product.sku_taken")
    assert (await client.get(f"{PRODUCTS}/{second['id']}")).json() == second
    assert (await client.delete(f"{PRODUCTS}/{first['id']}", headers=instructor.auth)).status_code == 204
    assert (await client.post(PRODUCTS, json={**GOOD, "sku": "A-1"}, headers=instructor.auth)).status_code == 201


@pytest.fixture
def server(settings: Settings, engine: AsyncEngine) -> Iterator[ApiServer]:
    server = ApiServer(settings)
    server.start()
    yield server
    server.close()


@pytest.fixture
def generated(settings: Settings, tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Imports modules of a client that was generated from the contract: `generated("models")`."""
    document = tmp_path / "contract.json"
    document.write_text(json.dumps(contract_of(create_app(settings, make_services(settings)).openapi_schema.to_schema())))
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"post_hooks": []}))
    arguments = ["--path", document, "--config", config, "--meta", "none", "--fail-on-warning"]
    command = [Path(sys.executable).parent / "openapi-python-client", "generate", *arguments]
    subprocess.run([*map(str, command), "--output-path", str(tmp_path / "product_client")], check=True, capture_output=True)
    sys.path.insert(0, str(tmp_path))
    yield lambda name: importlib.import_module(f"product_client.{name}")
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "product_client"]:
        del sys.modules[name]


async def test_a_generated_client_drives_it(
    server: ApiServer, services: Services, generated: Callable[[str], ModuleType]
) -> None:
    async with services.sessions.begin() as session:
        seller = await add_person(session, "instructor")
    token = (await token_for(services, seller))["Authorization"].removeprefix("Bearer ")
    reader = generated("client").Client(base_url=server.url)
    writer = generated("client").AuthenticatedClient(base_url=server.url, token=token)
    models, unset = generated("models"), generated("types").UNSET
    api = {
        name: generated(f"api.products.{name}")
        for name in ("create_product", "delete_product", "get_all_products", "get_product_by_id", "update_product")
    }

    wanted = models.NewProduct(name="System design", price=19.99, category="courses", sku="AULA-1", stock=3)
    made = await api["create_product"].asyncio(client=writer, body=wanted)
    assert isinstance(made, models.Product)
    assert (made.name, made.price, made.currency, made.stock, made.description) == ("System design", 19.99, "USD", 3, unset)
    assert isinstance(made.id, UUID)
    listed = await api["get_all_products"].asyncio(client=reader, category="courses", limit=5)
    assert listed == [made]
    assert await api["get_product_by_id"].asyncio(made.id, client=reader) == made
    wanted.price, wanted.image_url = 0.1, "https://example.org/cover.png"
    changed = await api["update_product"].asyncio(made.id, client=writer, body=wanted)
    assert (changed.id, changed.price, changed.image_url) == (made.id, 0.1, "https://example.org/cover.png")
    assert changed.updated_at > made.updated_at

    wanted.price = 19.999
    refused = await api["create_product"].asyncio_detailed(client=writer, body=wanted)
    assert (refused.status_code, refused.parsed.code) == (400, "money.too_precise")
    nobody = await api["delete_product"].asyncio_detailed(made.id, client=reader)
    assert (nobody.status_code, nobody.parsed.code) == (401, "auth.required")
    gone = await api["delete_product"].asyncio_detailed(made.id, client=writer)
    assert gone.status_code == 204
    missing = await api["get_product_by_id"].asyncio_detailed(made.id, client=reader)
    assert isinstance(missing.parsed, models.Error)
    assert (missing.status_code, missing.parsed.code) == (404, "product.not_found")
    assert await api["get_all_products"].asyncio(client=reader) == []
    for each in (reader, writer):
        await each.get_async_httpx_client().aclose()


async def test_the_gateway_speaks_the_contract_too(settings_with: Callable[..., Settings], engine: AsyncEngine) -> None:
    settings = settings_with(rate_limits=True, limit_read_per_address="1/3600")
    # An address of its own: the buckets outlive a test. Without its Redis for a moment the gateway counts less strictly.
    caller = {"X-Forwarded-For": "198.51.100.77"}
    async with in_process(create_app(settings, make_services(settings))) as client:
        answers = [await client.get(PRODUCTS, headers=caller) for _ in range(20)]
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, error_of(refused)) == (429, "request.too_many")
