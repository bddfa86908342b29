"""Changing a password, and getting in again without one."""

from litestar import post
from litestar.params import JSONBody

from api import attempts
from api.access import OPEN, SIGNED_IN, stated
from api.auth import actor_of, in_person
from api.routes.users.views import Email, LinkToken, NewPassword, Password, proven
from api.services import Injected
from api.wire import Body, HttpRequest
from db.queries import users as queries
from domain import credentials, one_time
from domain import users as domain


class PasswordChange(Body):
    """The present password and the next."""

    current_password: Password
    new_password: NewPassword


class ForgottenPassword(Body):
    """Whose password is lost."""

    email: Email


class PasswordReset(Body):
    """What stands behind the `#` of the link in the mail, and the next password."""

    token: LinkToken
    new_password: NewPassword


@post(
    "/users/me/password",
    operation_id="changePassword",
    tags=["Users"],
    summary="Change the password",
    status_code=204,
    **stated(SIGNED_IN, 403, 404, 409, 413, 415, 422, guards=(in_person,), limit="auth"),
)
async def change_password(request: HttpRequest, data: JSONBody[PasswordChange], services: Injected) -> None:
    """Set another password. The account's other sessions end at once, and a mail tells its owner."""
    actor = actor_of(request)
    owner = await proven(request, services, data.current_password, field="currentPassword")
    await services.passwords.refuse_guessable(data.new_password, owner.email, owner.display_name, field="newPassword")
    password_hash = await services.passwords.hash(data.new_password)
    async with services.sessions.begin() as session:
        user = await credentials.locked_as_proven(session, owner)
        await credentials.change_password(session, actor, user, password_hash, services.clock())


@post(
    "/users/forgot-password",
    operation_id="forgotPassword",
    tags=["Users"],
    summary="Ask for a link to set a new password",
    status_code=202,
    **stated(OPEN, 413, 415, 422, limit="auth"),
)
async def forgot_password(request: HttpRequest, data: JSONBody[ForgottenPassword], services: Injected) -> None:
    """Have a link sent, if there is such an account. Whether there is one, neither the answer nor its time tells."""
    email = domain.normalise_email(data.email)
    await attempts.at_address(request, email).count(attempts.MAIL)
    async with services.sessions.begin() as session:
        await credentials.ask_for_reset(session, email)


@post(
    "/users/reset-password",
    operation_id="resetPassword",
    tags=["Users"],
    summary="Set a new password",
    status_code=204,
    **stated(OPEN, 404, 413, 415, 422, limit="auth"),
)
async def reset_password(request: HttpRequest, data: JSONBody[PasswordReset], services: Injected) -> None:
    """Set a new password by the link of a mail, which works once, for 30 minutes. Every session of the account ends."""
    async with services.sessions() as session:
        # Looked at before it is used: a hash is not for everybody who sends something, and a bad password costs no link.
        proof = await one_time.look(session, data.token, one_time.RESET_PASSWORD, services.clock())
        user = await queries.by_id(session, proof.user_id)
    own = (user.email, user.display_name) if user is not None else ()
    await services.passwords.refuse_guessable(data.new_password, *own, field="newPassword")
    password_hash = await services.passwords.hash(data.new_password)
    async with services.sessions.begin() as session:
        await credentials.reset_password(session, data.token, password_hash, services.clock())
    if user is not None:
        # Whoever had guessed at the one before keeps nobody out any longer.
        await attempts.at_address(request, user.email).forget(attempts.GUESS, attempts.CODE)


ROUTES = (change_password, forgot_password, reset_password)
