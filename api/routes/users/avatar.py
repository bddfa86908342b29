"""The picture of an account: its owner brings one, or has none."""

from litestar import delete, get, put

from api.access import SIGNED_IN, stated
from api.auth import actor_of
from api.picture_body import PictureBody, PictureView, picture_view, stored_picture
from api.pictures import address_of
from api.services import Injected, Services
from api.wire import HttpRequest, not_found
from db.queries import pictures as queries
from db.queries import users as user_queries
from domain import pictures as domain
from domain.policies import Actor


async def _view(services: Services, actor: Actor) -> PictureView:
    async with services.sessions() as session:
        user = await user_queries.by_id(session, actor.id)
        newest = next(iter(await queries.of_subject(session, domain.AVATAR, actor.id)), None)
    if user is None:
        raise not_found("user")
    return picture_view(newest, address_of(user.avatar_id))


@get(
    "/users/me/avatar",
    operation_id="getMyAvatar",
    tags=["Users"],
    summary="What shows as my picture",
    **stated(SIGNED_IN, 404),
)
async def get_avatar(request: HttpRequest, services: Injected) -> PictureView:
    """How far the newest picture is that the account's owner brought."""
    return await _view(services, actor_of(request))


@put(
    "/users/me/avatar",
    operation_id="putMyAvatar",
    tags=["Users"],
    summary="Bring my picture",
    status_code=202,
    operation_class=PictureBody,
    request_max_body_size=None,
    **stated(SIGNED_IN, 404, 413, 415),
)
async def put_avatar(request: HttpRequest, services: Injected) -> PictureView:
    """A JPEG, PNG or WebP picture of at most 10 MB. It shows once its middle has been rendered anew, which takes a moment."""
    actor = actor_of(request)
    async with stored_picture(request, services, actor.id) as (picture_id, key), services.sessions.begin() as session:
        await domain.upload_picture(session, domain.AVATAR, actor.id, actor.id, picture_id, key)
    return await _view(services, actor)


@delete(
    "/users/me/avatar",
    operation_id="deleteMyAvatar",
    tags=["Users"],
    summary="Show no picture of me",
    **stated(SIGNED_IN, 404),
)
async def delete_avatar(request: HttpRequest, services: Injected) -> None:
    """Forget the account's picture."""
    async with services.sessions.begin() as session:
        await domain.remove_picture(session, domain.AVATAR, actor_of(request).id)


ROUTES = (get_avatar, put_avatar, delete_avatar)
