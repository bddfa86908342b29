"""Confirming an e-mail address."""

from litestar import post
from litestar.params import JSONBody

from api import attempts
from api.access import OPEN, SIGNED_IN, stated
from api.auth import actor_of
from api.routes.users.views import LinkToken
from api.services import Injected
from api.wire import Body, HttpRequest
from domain import credentials


class Proof(Body):
    """What stands behind the `#` of the link in the mail."""

    token: LinkToken


@post(
    "/users/verify-email",
    operation_id="verifyEmail",
    tags=["Users"],
    summary="Confirm an address",
    status_code=204,
    **stated(OPEN, 404, 409, 413, 415, 422, limit="auth"),
)
async def verify_email(data: JSONBody[Proof], services: Injected) -> None:
    """Confirm that the address is the account's; a new one becomes its address with this. A link works once, for 24 hours."""
    async with services.sessions.begin() as session:
        await credentials.confirm(session, data.token, services.clock())


@post(
    "/users/me/verification",
    operation_id="sendVerification",
    tags=["Users"],
    summary="Send the link again",
    status_code=202,
    **stated(SIGNED_IN, 404, 409, limit="auth"),
)
async def send_verification(request: HttpRequest, services: Injected) -> None:
    """Send another link to the address that waits to be confirmed; the links before it work no longer."""
    actor = actor_of(request)
    await attempts.by_user(request, actor.id).count(attempts.MAIL)
    async with services.sessions.begin() as session:
        user = await credentials.locked(session, actor.id)
        await credentials.ask_again(session, user, services.clock(), services.settings.api.public_url)


ROUTES = (verify_email, send_verification)
