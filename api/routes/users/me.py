"""The account behind the access token: look at it, change it."""

from litestar import get

from api.access import SIGNED_IN, stated
from api.auth import actor_of
from api.routes.users.views import UserView, user_view
from api.services import Injected
from api.wire import HttpRequest, not_found
from db.queries import users as queries


@get(
    "/users/me",
    operation_id="getMe",
    tags=["Users"],
    summary="Who am I",
    **stated(SIGNED_IN),
)
async def me(request: HttpRequest, services: Injected) -> UserView:
    """The account behind the access token."""
    actor = actor_of(request)
    async with services.sessions() as session:
        user = await queries.by_id(session, actor.id)
    if user is None:
        raise not_found("user")
    return user_view(services, user, actor.impersonator_id)


ROUTES = (me,)
