"""Sign in at an OpenID Connect provider: there and back again, by redirects of the browser."""

import secrets
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

import jwt
import msgspec
from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.params import FromPath, QueryParameter

from api.access import OPEN, stated
from api.routes.users.session import device_of
from api.routes.users.views import COOKIE_PATH, refresh_cookie
from api.services import Injected, Services
from api.wire import HttpRequest, View, not_found
from core.errors import AulaError, ErrorKind, Refused, Transient
from core.logging import get_logger
from domain import identities, sessions
from domain.identities import Elsewhere
from domain.sessions import Rotation
from gateways.oidc import OidcProvider, Visitor

_PATH = f"{COOKIE_PATH}/oidc"
_LIFE = timedelta(minutes=10)
_TYPE = "aula-oidc+jwt"
"""So that no other token made with this key passes for a begun sign-in, nor the other way round."""
_BACK = r"^/([A-Za-z0-9_-][A-Za-z0-9/_-]*)?$(?!\n)"

ReturnTo = Annotated[
    str,
    QueryParameter(name="returnTo", pattern=_BACK, max_length=200, description="Where in the web application to end up."),
]
Code = Annotated[str | None, QueryParameter(max_length=4096)]
State = Annotated[str | None, QueryParameter(name="state", max_length=200)]
Error = Annotated[str | None, QueryParameter(max_length=200, description="What the provider says when it refuses.")]
Issuer = Annotated[str | None, QueryParameter(name="iss", max_length=2048, description="RFC 9207.")]

_log = get_logger(__name__)


class ProviderView(View):
    """Somewhere to sign in. `startUrl` is to be gone to by the browser itself."""

    name: str
    title: str
    start_url: str


class _Begun(msgspec.Struct, frozen=True):
    """A sign-in that the browser has begun."""

    provider: str
    state: str
    nonce: str
    verifier: str
    return_to: str


@get(
    "/users/oidc",
    operation_id="listSignInProviders",
    tags=["Users"],
    summary="Where else one may sign in",
    **stated(OPEN),
)
async def providers(services: Injected) -> list[ProviderView]:
    """The OpenID Connect providers of this installation."""
    return [
        ProviderView(name=each.name, title=each.title, start_url=f"{_PATH}/{each.name}/start")
        for each in services.oidc.values()
    ]


@get(
    "/users/oidc/{provider:str}/start",
    operation_id="startSignInElsewhere",
    tags=["Users"],
    summary="Go and sign in elsewhere",
    status_code=303,
    **stated(OPEN, 404, limit="auth"),
)
async def start(provider: FromPath[str], services: Injected, return_to: ReturnTo = "/") -> Response[None]:
    """Send the browser to the provider; while that can't be asked, back to the web application with the reason."""
    chosen = _provider(services, provider)
    begun = _Begun(
        provider=chosen.name,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(32),
        return_to=return_to,
    )
    try:
        url = await chosen.address(
            redirect_uri=_callback_url(services, chosen), state=begun.state, nonce=begun.nonce, verifier=begun.verifier
        )
    except Transient as error:
        return _redirect(_excuse(services, error))
    return _redirect(url, _cookie(services, _seal(services, begun), int(_LIFE.total_seconds())))


@get(
    "/users/oidc/{provider:str}/callback",
    operation_id="finishSignInElsewhere",
    tags=["Users"],
    summary="Come back from signing in elsewhere",
    status_code=303,
    **stated(OPEN, 404, limit="auth"),
)
async def callback(
    request: HttpRequest,
    provider: FromPath[str],
    services: Injected,
    code: Code = None,
    began_as: State = None,
    error: Error = None,
    issuer: Issuer = None,
) -> Response[None]:
    """The provider sends the browser here; it goes on to the web application, signed in or with the reason why not."""
    chosen = _provider(services, provider)
    forget = _cookie(services, "", 0)
    try:
        begun = _unseal(services, request.cookies.get(_cookie_name(services), ""))
        if begun is None or begun.provider != chosen.name or not secrets.compare_digest(begun.state, _ascii(began_as)):
            raise Refused("oidc.state_mismatch", "This sign-in was not begun here, or too long ago.")
        if error is not None or not code:
            raise Refused("oidc.denied", "The provider did not let you in.", kind=ErrorKind.FORBIDDEN)
        if issuer is not None and issuer != await chosen.known_issuer():
            raise Refused("oidc.state_mismatch", "This answer comes from another provider.")
        visitor = await chosen.visitor(
            code=code, redirect_uri=_callback_url(services, chosen), nonce=begun.nonce, verifier=begun.verifier
        )
        rotation = await _signed_in(request, services, chosen, visitor)
    except AulaError as refused:
        _log.info("oidc_sign_in_failed", provider=chosen.name, code=refused.code)
        return _redirect(_excuse(services, refused), forget)
    life = int((rotation.expires_at - services.clock()).total_seconds())
    return _redirect(
        _public_url(services) + begun.return_to, forget, refresh_cookie(services.settings.api, rotation.token, life)
    )


async def _signed_in(request: HttpRequest, services: Services, provider: OidcProvider, visitor: Visitor) -> Rotation:
    who = Elsewhere(
        provider=provider.name,
        subject=visitor.subject,
        email=visitor.email,
        email_verified=visitor.email_verified,
        name=visitor.name,
        trust_email=provider.trust_email,
    )
    api, now = services.settings.api, services.clock()
    async with services.sessions.begin() as session:
        user = await identities.sign_in(session, who, now, newcomer_roles=api.signup_roles)
        return await sessions.start_session(session, user, now, api, method="oidc", **device_of(request))


def _provider(services: Services, name: str) -> OidcProvider:
    found = services.oidc.get(name)
    if found is None:
        raise not_found("provider")
    return found


def _public_url(services: Services) -> str:
    return services.settings.api.public_url.rstrip("/")


def _excuse(services: Services, error: AulaError) -> str:
    """The page to sign in at, which says why it did not work elsewhere."""
    return f"{_public_url(services)}/sign-in?{urlencode({'error': error.code})}"


def _callback_url(services: Services, provider: OidcProvider) -> str:
    return f"{_public_url(services)}{_PATH}/{provider.name}/callback"


def _redirect(url: str, *cookies: Cookie) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": url}, cookies=list(cookies))


def _cookie_name(services: Services) -> str:
    return f"{services.settings.api.instance_id}_oidc"


def _cookie(services: Services, value: str, max_age: int) -> Cookie:
    """Lax: the way back is a navigation from the provider's site."""
    return Cookie(
        key=_cookie_name(services),
        value=value,
        max_age=max_age,
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=services.settings.api.public_url.startswith("https:"),
    )


def _seal(services: Services, begun: _Begun) -> str:
    now = services.clock()
    claims = {**msgspec.structs.asdict(begun), "iat": now, "exp": now + _LIFE}
    return jwt.encode(claims, _key(services), algorithm="HS256", headers={"typ": _TYPE})


def _unseal(services: Services, text: str) -> _Begun | None:
    try:
        whole = jwt.decode_complete(text, _key(services), algorithms=["HS256"], options={"require": ["exp"]})
        return msgspec.convert(whole["payload"], _Begun) if whole["header"].get("typ") == _TYPE else None
    except (jwt.InvalidTokenError, msgspec.ValidationError):
        return None


def _key(services: Services) -> str:
    return services.settings.secrets.secret_key.get_secret_value()


def _ascii(text: str | None) -> str:
    """What can be compared in constant time; anything but ASCII is no state of ours."""
    return text if text is not None and text.isascii() else ""


ROUTES = (providers, start, callback)
