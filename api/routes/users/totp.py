"""The second factor: codes from an authenticator, and recovery codes."""

import io

import segno
from litestar import delete, post
from litestar.params import JSONBody

from api.access import SIGNED_IN, stated
from api.auth import actor_of, in_person
from api.routes.users.views import PasswordGiven, SecondFactorCode, proven
from api.services import Injected
from api.wire import Body, HttpRequest, View
from domain import credentials, second_factor


class TotpView(View):
    """What an authenticator needs, in three forms of the same."""

    secret: str
    uri: str
    qr_svg: str
    """An SVG image of `uri` as a QR code."""


class TotpCode(Body):
    """What the authenticator shows."""

    code: SecondFactorCode


class RecoveryCodesView(View):
    """Codes that stand in for the authenticator, each once. They are shown this once."""

    recovery_codes: list[str]


_OWNERS = stated(SIGNED_IN, 403, 404, 409, 413, 415, 422, guards=(in_person,), limit="auth")


def _qr(uri: str) -> str:
    image = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(image, kind="svg", scale=4, border=4, xmldecl=False, light="#fff")
    return image.getvalue().decode()


@post(
    "/users/me/totp",
    operation_id="beginTotp",
    tags=["Users"],
    summary="Begin to set up a second factor",
    status_code=200,
    **_OWNERS,
)
async def begin_totp(request: HttpRequest, data: JSONBody[PasswordGiven], services: Injected) -> TotpView:
    """A secret for an authenticator. It counts once a code of it has been confirmed; asking again makes another."""
    owner = await proven(request, services, data.password)
    async with services.sessions.begin() as session:
        user = await credentials.locked_as_proven(session, owner)
        secret, uri = await second_factor.begin(session, user, services.factor_keys)
    return TotpView(secret=secret, uri=uri, qr_svg=_qr(uri))


@post(
    "/users/me/totp/confirm",
    operation_id="confirmTotp",
    tags=["Users"],
    summary="Switch the second factor on",
    status_code=200,
    **_OWNERS,
)
async def confirm_totp(request: HttpRequest, data: JSONBody[TotpCode], services: Injected) -> RecoveryCodesView:
    """From now on signing in needs a code. The recovery codes are shown this once."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        user = await credentials.locked(session, actor.id)
        codes = await second_factor.confirm(session, actor, user, data.code, services.clock(), services.factor_keys)
    return RecoveryCodesView(recovery_codes=codes)


@delete(
    "/users/me/totp",
    operation_id="removeTotp",
    tags=["Users"],
    summary="Switch the second factor off",
    **_OWNERS,
)
async def remove_totp(request: HttpRequest, data: JSONBody[PasswordGiven], services: Injected) -> None:
    """From now on the password alone lets in. Without a second factor nothing happens."""
    actor = actor_of(request)
    owner = await proven(request, services, data.password)
    async with services.sessions.begin() as session:
        user = await credentials.locked_as_proven(session, owner)
        await second_factor.remove(session, actor, user, services.clock())


@post(
    "/users/me/recovery-codes",
    operation_id="renewRecoveryCodes",
    tags=["Users"],
    summary="Make new recovery codes",
    status_code=200,
    **_OWNERS,
)
async def renew_recovery_codes(request: HttpRequest, data: JSONBody[PasswordGiven], services: Injected) -> RecoveryCodesView:
    """New recovery codes; those before work no longer."""
    actor = actor_of(request)
    owner = await proven(request, services, data.password)
    async with services.sessions.begin() as session:
        user = await credentials.locked_as_proven(session, owner)
        codes = await second_factor.renew_codes(session, actor, user, services.factor_keys)
    return RecoveryCodesView(recovery_codes=codes)


ROUTES = (begin_totp, confirm_totp, remove_totp, renew_recovery_codes)
