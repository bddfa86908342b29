"""Signing in at an OpenID Connect provider, as a browser does it, and what comes of a provider's word."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from httpx import ASGITransport, AsyncClient, Response
from joserfc.jwk import RSAKey
from litestar import Litestar
from sqlalchemy import update

from api.app import create_app
from api.services import Services
from core.settings import Settings
from db.models import User
from db.queries import audit as audit_queries
from db.queries import identities as queries
from db.queries import users as user_queries
from gateways.oidc import OidcProvider
from tests.api.conftest import problem_of
from tests.support.in_process import BASE_URL, in_process
from tests.support.oidc import Provider, run_provider, signed
from tests.support.people import PASSWORD

# What the mock provider has not caught up with.
pytestmark = [
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

USERS = "/api/v1/users"
CLIENT_ID = "aula"
SECRET = "what-only-client-and-provider-know"
ADA: dict[str, Any] = {"email": "ada@example.org", "email_verified": True, "name": "Ada"}


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    with pytest.MonkeyPatch.context() as patch, run_provider() as provider:
        # The mock's own library wants TLS of who serves.
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        yield provider


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    """A provider that knows Ada and is honest."""
    running_provider.accounts, running_provider.forge, running_provider.thin = {"ada": ADA}, None, False
    return running_provider


@pytest.fixture
def settings(settings_with: Callable[..., Settings], provider: Provider) -> Settings:
    trusting = {"name": "campus", "title": "Campus", "issuer": provider.issuer, "client_id": CLIENT_ID, "trust_email": True}
    trusting["client_secret"] = SECRET
    wary = {**trusting, "name": "wary", "trust_email": False}
    gone = {**trusting, "name": "gone", "issuer": "http://localhost:1"}
    return settings_with(public_url=BASE_URL, oidc_providers=[trusting, wary, gone])


@pytest.fixture
def app(settings: Settings, services: Services) -> Litestar:
    return create_app(settings, services)


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[AsyncClient]:
    async with in_process(app) as client:
        yield client


@pytest.fixture
async def browser(app: Litestar, client: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Goes wherever it is sent, with the cookies of each place."""
    here: Any = ASGITransport(app, client=("127.0.0.1", 50_000))  # type: ignore[arg-type]
    async with AsyncClient(mounts={BASE_URL: here}, base_url=BASE_URL, follow_redirects=True) as browser:
        yield browser


async def _begin(browser: AsyncClient, provider: str = "campus", **query: str) -> str:
    answer = await browser.get(f"{USERS}/oidc/{provider}/start", params=query, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def _visit(browser: AsyncClient, provider: Provider, subject: str = "ada", name: str = "campus") -> Response:
    """The whole way there and back; the answer is the last one."""
    return await provider.agree(browser, await _begin(browser, name), subject)


async def _me(browser: AsyncClient) -> dict[str, Any]:
    session = await browser.post(f"{USERS}/refresh")
    assert session.status_code == 200, session.text
    answer = await browser.get(f"{USERS}/me", headers={"Authorization": f"Bearer {session.json()['accessToken']}"})
    me: dict[str, Any] = answer.json()
    return me


def _refusal(answer: Response) -> str:
    """Why the sign-in came to nothing, as the page is told."""
    assert answer.url.path == "/sign-in", answer.url
    return parse_qs(answer.url.query.decode())["error"][0]


async def _local(services: Services, client: AsyncClient, *, verified: bool) -> User:
    body = {"email": ADA["email"], "password": PASSWORD, "displayName": "Ada here"}
    assert (await client.post(f"{USERS}/register", json=body)).status_code == 201
    async with services.sessions.begin() as session:
        user = await user_queries.by_email(session, ADA["email"])
        assert user is not None
        user.email_verified_at = services.clock() if verified else None
    return user


async def test_the_providers_are_told_in_order(client: AsyncClient) -> None:
    listed = (await client.get(f"{USERS}/oidc")).json()
    assert [each["name"] for each in listed] == ["campus", "wary", "gone"]
    assert listed[0] == {"name": "campus", "title": "Campus", "startUrl": f"{USERS}/oidc/campus/start"}


async def test_there_and_back_makes_an_account_that_is_the_same_next_time(
    browser: AsyncClient, provider: Provider, services: Services
) -> None:
    address = await _begin(browser, returnTo="/courses/history")
    query = parse_qs(urlsplit(address).query)
    assert (query["response_type"], query["code_challenge_method"], query["scope"]) == (
        ["code"],
        ["S256"],
        ["openid email profile"],
    )
    assert len(query["code_challenge"][0]) == 43
    answer = await provider.agree(browser, address, "ada")
    assert (answer.url.path, answer.url.query) == ("/courses/history", b"")
    me = await _me(browser)
    assert (me["email"], me["emailVerified"], me["displayName"]) == (ADA["email"], True, "Ada")
    browser.cookies.clear()
    provider.accounts["ada"] = {**ADA, "email": "ada.l@example.org"}
    await _visit(browser, provider)
    assert (await _me(browser))["id"] == me["id"]
    async with services.sessions() as session:
        entries = await audit_queries.entries(session, audit_queries.Wanted(action="user.registered"), before=None, limit=9)
        user = await user_queries.by_email(session, ADA["email"])
    assert user is not None
    assert user.password_hash is None
    assert [entry.detail.get("provider") for entry, _ in entries] == ["campus"]


async def test_cookies_of_a_sign_in_are_out_of_reach_and_go_with_it(browser: AsyncClient, provider: Provider) -> None:
    answer = await browser.get(f"{USERS}/oidc/campus/start", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", f"path={USERS}/oidc", "max-age=600"))
    await provider.agree(browser, answer.headers["location"], "ada")
    assert "aula_oidc" not in browser.cookies
    assert "aula_refresh" in browser.cookies


async def test_a_verified_address_finds_the_account_that_has_verified_it(
    browser: AsyncClient, client: AsyncClient, provider: Provider, services: Services
) -> None:
    user = await _local(services, client, verified=True)
    await _visit(browser, provider)
    assert (await _me(browser))["id"] == str(user.id)
    async with services.sessions() as session:
        linked = await queries.of_user(session, user.id)
        noted = await audit_queries.entries(session, audit_queries.Wanted(action="user.identity_linked"), before=None, limit=9)
    assert [(identity.provider, identity.subject) for identity in linked] == [("campus", "ada")]
    assert [entry.subject_id for entry, _ in noted] == [user.id]


@pytest.mark.parametrize(
    ("name", "verified_there", "verified_here"),
    [("campus", False, True), ("campus", True, False), ("wary", True, True)],
)
async def test_an_address_that_is_not_proven_on_both_sides_opens_nothing(
    browser: AsyncClient,
    client: AsyncClient,
    provider: Provider,
    services: Services,
    name: str,
    verified_there: bool,
    verified_here: bool,
) -> None:
    user = await _local(services, client, verified=verified_here)
    provider.accounts["ada"] = {**ADA, "email_verified": verified_there}
    assert _refusal(await _visit(browser, provider, name=name)) == "oidc.email_taken"
    assert "aula_refresh" not in browser.cookies
    async with services.sessions() as session:
        assert not await queries.of_user(session, user.id)


@pytest.mark.parametrize(
    ("claims", "verified"), [({}, True), ({"email_verified": "true"}, True), ({"email_verified": False}, False)]
)
async def test_what_the_id_token_does_not_tell_is_asked_for(
    browser: AsyncClient, provider: Provider, claims: dict[str, Any], verified: bool
) -> None:
    provider.thin = True
    provider.accounts["ada"] = {**ADA, **claims}
    await _visit(browser, provider)
    me = await _me(browser)
    assert (me["email"], me["emailVerified"]) == (ADA["email"], verified)


@pytest.mark.parametrize("email", [None, "", "nobody", "a b@example.org"])
async def test_without_an_address_there_is_no_account(browser: AsyncClient, provider: Provider, email: str | None) -> None:
    provider.accounts["ada"] = {"email": email} if email is not None else {"name": "Ada"}
    assert _refusal(await _visit(browser, provider)) == "oidc.email_missing"


async def test_a_name_is_made_fit_to_be_shown(browser: AsyncClient, provider: Provider) -> None:
    provider.accounts["ada"] = {**ADA, "name": "  Ada\u0000\n  L\u202e. " + "x" * 200}
    await _visit(browser, provider)
    assert (await _me(browser))["displayName"].startswith("Ada L . xxx")
    provider.accounts["bob"] = {"email": "bob@example.org", "name": "\u0000"}
    await _visit(browser, provider, "bob")
    assert (await _me(browser))["displayName"] == "bob"


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_a_closed_account_stays_closed(browser: AsyncClient, provider: Provider, services: Services, column: str) -> None:
    await _visit(browser, provider)
    browser.cookies.clear()
    async with services.sessions.begin() as session:
        await session.execute(update(User).values({column: services.clock()}))
    assert _refusal(await _visit(browser, provider)) == "oidc.account_closed"
    assert "aula_refresh" not in browser.cookies


async def test_whoever_says_no_is_not_signed_in(browser: AsyncClient) -> None:
    state = parse_qs(urlsplit(await _begin(browser)).query)["state"][0]
    answer = await browser.get(f"{USERS}/oidc/campus/callback", params={"error": "access_denied", "state": state})
    assert _refusal(answer) == "oidc.denied"


async def test_a_code_works_once(browser: AsyncClient, provider: Provider) -> None:
    seen: list[str] = []

    async def watch(response: Response) -> None:
        location = response.headers.get("location", "")
        if "code=" in location:
            seen.append(parse_qs(urlsplit(location).query)["code"][0])

    browser.event_hooks = {"response": [watch]}
    await _visit(browser, provider)
    state = parse_qs(urlsplit(await _begin(browser)).query)["state"][0]
    answer = await browser.get(f"{USERS}/oidc/campus/callback", params={"code": seen[0], "state": state})
    assert _refusal(answer) == "oidc.refused"


@pytest.mark.parametrize("change", ["state", "cookie", "no cookie", "other provider", "too late", "other issuer"])
async def test_an_answer_counts_in_the_browser_that_asked_and_in_time(
    browser: AsyncClient, services: Services, change: str
) -> None:
    query = {"code": "x", "state": parse_qs(urlsplit(await _begin(browser)).query)["state"][0]}
    name = "campus"
    if change == "state":
        query["state"] = "\u00e4" * 43
    elif change == "cookie":
        cookie = browser.cookies["aula_oidc"]
        browser.cookies.clear()
        browser.cookies.set("aula_oidc", cookie[:-4] + "AAAA")
    elif change == "no cookie":
        browser.cookies.clear()
    elif change == "other provider":
        name = "wary"
    elif change == "too late":
        cookie = browser.cookies["aula_oidc"]
        key = services.settings.secrets.secret_key.get_secret_value()
        claims = jwt.decode(cookie, key, algorithms=["HS256"])
        claims["exp"] = services.clock() - timedelta(seconds=1)
        browser.cookies.clear()
        browser.cookies.set("aula_oidc", jwt.encode(claims, key, "HS256", headers={"typ": "aula-oidc+jwt"}))
    else:
        query["iss"] = "https://elsewhere.example"
    answer = await browser.get(f"{USERS}/oidc/{name}/callback", params=query)
    assert _refusal(answer) == "oidc.state_mismatch"


async def test_an_access_token_is_no_begun_sign_in(browser: AsyncClient, provider: Provider) -> None:
    await _visit(browser, provider)
    token = (await browser.post(f"{USERS}/refresh")).json()["accessToken"]
    browser.cookies.set("aula_oidc", token)
    answer = await browser.get(f"{USERS}/oidc/campus/callback", params={"code": "x", "state": "x"})
    assert _refusal(answer) == "oidc.state_mismatch"


async def test_a_token_for_another_sign_in_is_refused(browser: AsyncClient, provider: Provider) -> None:
    address = await _begin(browser)
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    answer = await provider.agree(browser, address.replace(nonce, "another-nonce"), "ada")
    assert _refusal(answer) == "oidc.bad_token"


def _without(name: str) -> Callable[[dict[str, Any], RSAKey], str]:
    return lambda claims, key: signed({k: v for k, v in claims.items() if k != name}, key)


def _with(**changes: Any) -> Callable[[dict[str, Any], RSAKey], str]:
    return lambda claims, key: signed({**claims, **changes}, key)


def _flipped(claims: dict[str, Any], key: RSAKey) -> str:
    token = signed(claims, key)
    return token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]


_FORGERIES: dict[str, Callable[[dict[str, Any], RSAKey], str]] = {
    "a changed signature": _flipped,
    "another key": lambda claims, _: signed(claims, RSAKey.generate_key(2048)),
    "no signature": lambda claims, _: jwt.encode(claims, "", "none"),
    "a signature by the client's own secret": lambda claims, _: jwt.encode(claims, SECRET, "HS256"),
    "an algorithm that is not taken": lambda claims, key: signed(claims, key, "RS512"),
    "another issuer": _with(iss="https://elsewhere.example"),
    "another audience": _with(aud="someone-else"),
    "several audiences, none of them in charge": _with(aud=[CLIENT_ID, "someone-else"]),
    "an end in the past": _with(exp=1_700_000_000),
    "a birth in the future": _with(iat=4_000_000_000),
    "another nonce": _with(nonce="another"),
    "nobody in particular": _with(sub=""),
    "a subject that is no text": _with(sub=7),
    "a subject without end": _with(sub="x" * 256),
    "no end": _without("exp"),
    "no nonce": _without("nonce"),
    "no audience": _without("aud"),
    "no token at all": lambda claims, key: "",
    "no JWT": lambda claims, key: "a.b",
}


@pytest.mark.parametrize("forgery", _FORGERIES)
async def test_an_id_token_is_believed_only_if_everything_about_it_holds(
    browser: AsyncClient, provider: Provider, forgery: str
) -> None:
    provider.forge = _FORGERIES[forgery]
    assert _refusal(await _visit(browser, provider)) == "oidc.bad_token"
    assert "aula_refresh" not in browser.cookies


async def test_several_audiences_are_fine_if_we_are_in_charge(browser: AsyncClient, provider: Provider) -> None:
    provider.forge = _with(aud=[CLIENT_ID, "someone-else"], azp=CLIENT_ID)
    assert (await _visit(browser, provider)).url.path == "/"


async def test_who_goes_to_a_provider_that_is_away_comes_back_to_the_page(client: AsyncClient) -> None:
    answer = await client.get(f"{USERS}/oidc/gone/start")
    assert answer.status_code == 303
    assert urlsplit(answer.headers["location"])[2:4] == ("/sign-in", "error=oidc.unavailable")
    assert "set-cookie" not in answer.headers


async def test_a_provider_that_goes_away_in_between_sends_nobody_in(
    browser: AsyncClient, provider: Provider, services: Services, settings: Settings
) -> None:
    address = await _begin(browser)
    # Another process, which knows nothing of the provider yet, answers when the browser comes back.
    gone = settings.oidc.oidc_providers[0].model_copy(update={"issuer": "http://localhost:1"})
    services.oidc["campus"] = OidcProvider(gone, 1.0)
    assert _refusal(await provider.agree(browser, address, "ada")) == "oidc.unavailable"


async def test_a_provider_with_new_keys_is_asked_for_them(
    browser: AsyncClient, provider: Provider, services: Services, settings: Settings
) -> None:
    now = [services.clock()]
    services.oidc["campus"] = OidcProvider(settings.oidc.oidc_providers[0], 5.0, lambda: now[0])
    await _begin(browser)
    provider.forge = lambda claims, _: signed(claims, RSAKey.generate_key(2048))
    assert _refusal(await _visit(browser, provider)) == "oidc.bad_token"
    now[0] += timedelta(minutes=1)
    provider.forge = None
    assert (await _visit(browser, provider)).url.path == "/"


@pytest.mark.parametrize("path", ["nowhere/start", "nowhere/callback"])
async def test_a_provider_that_is_not_there_is_not_found(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"{USERS}/oidc/{path}")
    assert (answer.status_code, problem_of(answer)["code"]) == (404, "provider.not_found")


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "/a b", "courses"])
async def test_nobody_is_sent_to_another_site_afterwards(client: AsyncClient, where: str) -> None:
    answer = await client.get(f"{USERS}/oidc/campus/start", params={"returnTo": where})
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "request.invalid")
