"""The cover of a course: its authors bring a picture, or there is none."""

from uuid import UUID

from litestar import Response, delete, get, put
from litestar.params import FromPath

from api.access import related, stated
from api.auth import actor_of
from api.etags import etag, expect
from api.picture_body import PictureBody, PictureView, picture_view, stored_picture
from api.pictures import address_of
from api.services import Injected, Services
from api.wire import HttpRequest, not_found
from db.models import Course
from db.queries import pictures as queries
from domain import audit, courses
from domain import pictures as domain
from domain.policies import Scope


async def _view(services: Services, course_id: UUID, status_code: int = 200) -> Response[PictureView]:
    async with services.sessions() as session:
        course = await session.get(Course, course_id)
        newest = next(iter(await queries.of_subject(session, domain.COVER, course_id)), None)
    if course is None:
        raise not_found("course")
    headers = {"ETag": etag(course.id, course.revision)}
    return Response(picture_view(newest, address_of(course.cover_id)), status_code=status_code, headers=headers)


@get(
    "/courses/{course_id:uuid}/cover",
    operation_id="getCourseCover",
    tags=["Courses"],
    summary="What shows as cover",
    **stated(related("course.edit", Scope.COURSES_READ), 403),
)
async def get_cover(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[PictureView]:
    """How far the newest picture is that an author brought. The tag is the course's."""
    async with services.sessions() as session:
        await courses.editable_course(session, actor_of(request), course_id, lock=False)
    return await _view(services, course_id)


@put(
    "/courses/{course_id:uuid}/cover",
    operation_id="putCourseCover",
    tags=["Courses"],
    summary="Bring a cover",
    status_code=202,
    operation_class=PictureBody,
    request_max_body_size=None,
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412, 413, 415),
)
async def put_cover(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> Response[PictureView]:
    """A JPEG, PNG or WebP picture of at most 10 MB. Its middle, 16:9, shows once it has been rendered anew; the course is a
    revision further then.
    """
    actor = actor_of(request)
    async with services.sessions() as session:
        course = await courses.editable_course(session, actor, course_id, lock=False)
        expect(request, course.id, course.revision)
    async with stored_picture(request, services, course_id) as (picture_id, key), services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        await domain.upload_picture(session, domain.COVER, course_id, actor.id, picture_id, key)
        await audit.note(session, actor, "course.cover_changed", "course", course_id, pictureId=str(picture_id))
    return await _view(services, course_id, 202)


@delete(
    "/courses/{course_id:uuid}/cover",
    operation_id="deleteCourseCover",
    tags=["Courses"],
    summary="Show no cover",
    **stated(related("course.edit", Scope.COURSES_WRITE), 403, 412),
)
async def delete_cover(request: HttpRequest, course_id: FromPath[UUID], services: Injected) -> None:
    """Forget the course's cover."""
    actor = actor_of(request)
    async with services.sessions.begin() as session:
        course = await courses.editable_course(session, actor, course_id)
        expect(request, course.id, course.revision)
        await domain.remove_picture(session, domain.COVER, course_id)
        await audit.note(session, actor, "course.cover_removed", "course", course_id)


ROUTES = (get_cover, put_cover, delete_cover)
