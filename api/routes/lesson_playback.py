"""Playing the video of a lesson: who may see the lesson may play it, and previews are anybody's."""

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from api.access import stated, visible
from api.auth import actor_or_none
from api.routes.playback import PlaybackView, answer_of
from api.services import Injected
from api.wire import HttpRequest
from domain import playback as domain
from domain.policies import Scope


@post(
    "/lessons/{lesson_id:uuid}/playback",
    operation_id="startLesson",
    tags=["Playback"],
    summary="Begin to watch a lesson",
    **stated(visible("lesson.play").with_scope(Scope.MEDIA_WRITE), 403, 409),
)
async def start(request: HttpRequest, lesson_id: FromPath[UUID], services: Injected) -> Response[PlaybackView]:
    """Decide whether the caller may watch, and sign for the lesson's video, no longer than they may see the lesson.

    403 `lesson.locked`: not enrolled, no longer entitled, not open yet; 409 `lesson.no_video`, `asset.not_playable`. A preview
    needs no account: the session then belongs to whoever knows its id.
    """
    life_s, media = services.settings.playback.playback_life_s, services.settings.media
    async with services.sessions.begin() as session:
        actor, now = actor_or_none(request), services.clock()
        admission = await domain.admit_lesson(session, actor, lesson_id, now, life_s, media)
        return await answer_of(services, session, admission, status_code=201)


ROUTES: tuple[Any, ...] = (start,)
