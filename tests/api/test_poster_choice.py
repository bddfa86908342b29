"""An owner's own poster: brought as a picture or picked from the video, rendered by a job, shown wherever the asset shows."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from PIL import Image, ImageStat
from sqlalchemy import func, select, update

from api.services import Services
from core.image_jobs import NORMALISE, TAKE_FRAME
from core.jobs import JobState
from core.media_jobs import REMOVE_OBJECTS
from core.settings import Settings
from db.models import Asset, Job, Picture
from storage import keys
from tests.api.conftest import problem_of
from tests.support.assets import upload
from tests.support.clips import FAST_H264, make_clip
from tests.support.drain import Drain
from tests.support.films import Film, make_film
from tests.support.people import Person
from transcoding.tools import Tools

SignIn = Callable[..., Awaitable[Person]]
LIMIT = 10 * 2**20


def _jpeg(colour: str = "red", size: tuple[int, int] = (800, 450)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
async def film(services: Services, instructor: Person) -> Film:
    return await make_film(services.sessions, services.storage, instructor.id)


@pytest.fixture
async def drain(settings: Settings, services: Services, tools: Tools, instructor: Person) -> Drain:
    """With nothing to do yet: the mail to who has just registered is sent."""
    drain = Drain(settings, services.sessions, services.storage, tools)
    await drain.all()
    return drain


@pytest.fixture
async def video(services: Services, drain: Drain, instructor: Person, tools: Tools, tmp_path: Path) -> UUID:
    """Two seconds, first black, then white, whole on its way."""
    picture = "color=black:s=320x180:r=10,drawbox=c=white:t=fill:enable='gte(t,1)'"
    clip = make_clip(tools, tmp_path / "clip.mp4", video=picture, audio=None, seconds=2, options=FAST_H264)
    asset_id = await upload(services.sessions, services.storage, clip)
    async with services.sessions.begin() as session:
        await session.execute(update(Asset).where(Asset.id == asset_id).values(owner_id=instructor.id))
    await drain.all()
    return asset_id


class _Owner:
    """Calls the poster's routes of one asset."""

    def __init__(self, client: AsyncClient, who: Person, asset_id: UUID) -> None:
        self._client, self._who, self.asset = client, who, f"/api/v1/assets/{asset_id}"

    async def put(self, data: bytes, kind: str = "image/jpeg") -> Any:
        headers = {**self._who.auth, "Content-Type": kind}
        return await self._client.put(f"{self.asset}/poster", content=data, headers=headers)

    async def pick(self, at_s: object) -> Any:
        return await self._client.post(f"{self.asset}/poster", json={"atS": at_s}, headers=self._who.auth)

    async def delete(self) -> Any:
        return await self._client.delete(f"{self.asset}/poster", headers=self._who.auth)

    async def state(self) -> Any:
        return (await self._client.get(f"{self.asset}/poster", headers=self._who.auth)).json()

    async def view(self) -> Any:
        return (await self._client.get(self.asset, headers=self._who.auth)).json()

    async def picture(self, url: str) -> Image.Image:
        answer = await self._client.get(url)
        assert answer.status_code == 200, answer.text
        return Image.open(io.BytesIO(answer.content))


async def _light(owner: _Owner) -> float:
    picture = await owner.picture((await owner.view())["posterUrl"])
    return ImageStat.Stat(picture.convert("L")).mean[0]


async def test_a_picture_that_was_brought_shows_everywhere_once_it_is_rendered(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    before = (await owner.view())["posterUrl"]
    assert (await owner.state())["state"] == "automatic"
    answer = await owner.put(_jpeg())
    assert (answer.status_code, answer.json()["state"]) == (202, "uploaded")
    assert answer.json()["posterUrl"] == before == (await owner.view())["posterUrl"]
    assert await drain.all() == [NORMALISE.name]
    state = await owner.state()
    view = await owner.view()
    assert (state["state"], state["failure"]) == ("ready", None)
    assert state["posterUrl"] == view["posterUrl"] == view["posters"][0]["url"] != before
    assert [(file["width"], file["height"], file["mediaType"]) for file in view["posters"]] == [
        (800, 450, "image/jpeg"),
        (800, 450, "image/webp"),
        (640, 360, "image/jpeg"),
        (640, 360, "image/webp"),
        (320, 180, "image/jpeg"),
        (320, 180, "image/webp"),
    ]
    for file in view["posters"]:
        picture = await owner.picture(file["url"])
        assert (picture.size, f"image/{(picture.format or '').lower()}") == ((file["width"], file["height"]), file["mediaType"])
    assert "/originals/" not in str(view)
    listed = await client.get("/api/v1/assets", headers=instructor.auth)
    assert listed.json()["items"][0]["posters"] == view["posters"]
    started = await client.post(f"{owner.asset}/playback", headers=instructor.auth)
    assert started.json()["posterUrl"].endswith(view["posterUrl"].split("/stills/")[1])
    assert (await client.get(started.json()["posterUrl"])).status_code == 200


async def test_what_is_no_picture_ends_as_failed_with_its_reason_and_changes_nothing(
    client: AsyncClient, drain: Drain, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    before = (await owner.view())["posterUrl"]
    assert (await owner.put(b"<svg/>", "image/png")).status_code == 202
    await drain.all()
    state = await owner.state()
    assert (state["state"], state["failure"]["code"]) == ("failed", "image.not_an_image")
    assert state["failure"]["message"]
    assert (await owner.view())["posterUrl"] == before
    assert (await owner.put(_jpeg())).json()["failure"] is None
    await drain.all()
    assert (await owner.state())["state"] == "ready"


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"x" * (LIMIT + 1), "image/jpeg", 413, "image.too_large"),
        (b"", "image/jpeg", 400, "image.not_an_image"),
        (b"<svg/>", "image/svg+xml", 415, "request.unsupported_type"),
        (b"{}", "application/json", 415, "request.unsupported_type"),
    ],
)
async def test_a_body_that_can_not_be_a_poster_is_refused_and_leaves_nothing(
    client: AsyncClient, services: Services, instructor: Person, film: Film, data: bytes, kind: str, status: int, code: str
) -> None:
    answer = await _Owner(client, instructor, film.asset_id).put(data, kind)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Picture)) == 0
    assert not list(services.storage.list("originals/"))
    assert not list(services.settings.scratch_dir.rglob("chunks/*"))


async def test_a_long_body_without_a_length_is_cut_off(client: AsyncClient, instructor: Person, film: Film) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield bytes(2**20)

    answer = await client.put(
        f"/api/v1/assets/{film.asset_id}/poster", content=pieces(), headers={**instructor.auth, "Content-Type": "image/png"}
    )
    assert (answer.status_code, problem_of(answer)["code"]) == (413, "image.too_large")


async def test_a_new_picture_replaces_the_one_before_whose_files_go_later(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    await owner.put(_jpeg("red"))
    await drain.all()
    before = (await owner.view())["posterUrl"]
    await owner.put(_jpeg("blue"))
    async with services.sessions() as session:
        job_id = (await session.scalars(select(Job.id).where(Job.state == JobState.AVAILABLE))).one()
    await drain.one(job_id)
    assert (await owner.view())["posterUrl"] != before
    async with services.sessions() as session:
        (kept,) = await session.scalars(select(Picture))
        removal = (await session.scalars(select(Job).where(Job.kind == REMOVE_OBJECTS.name))).one()
    # Lists that were asked for before still show it.
    assert (await client.get(before)).status_code == 200
    assert (removal.run_at - removal.created_at).total_seconds() > 3000
    await drain.all()
    assert {info.key.split("/")[2] for info in services.storage.list(f"originals/{film.asset_id}/")} == {str(kept.id)}
    assert {info.key.split("/")[2] for info in services.storage.list(f"stills/{film.asset_id}/")} == {
        str(kept.id),
        str(film.version_id),
    }


async def test_of_two_pictures_in_a_row_the_second_shows_and_the_first_leaves_nothing(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    await owner.put(_jpeg("white"))
    await owner.put(_jpeg("black"))
    await drain.all()
    assert await _light(owner) < 10
    assert len({info.key.split("/")[2] for info in services.storage.list(f"originals/{film.asset_id}/")}) == 1


async def test_a_frame_is_picked_and_the_automatic_poster_comes_back(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, video: UUID
) -> None:
    owner = _Owner(client, instructor, video)
    view = await owner.view()
    automatic, posters = view["posterUrl"], view["posters"]
    assert automatic == posters[0]["url"]
    assert {file["mediaType"] for file in posters} == {"image/jpeg", "image/webp"}
    preview = await owner.picture(view["previewUrl"])
    assert (preview.format, preview.size) == ("WEBP", (320, 180))
    for at_s, light in ((0.5, 0), (1.5, 255)):
        answer = await owner.pick(at_s)
        assert (answer.status_code, answer.json()["state"]) == (202, "uploaded")
        assert TAKE_FRAME.name in await drain.all()
        assert abs(await _light(owner) - light) < 10
    assert (await owner.delete()).status_code == 204
    state = await owner.state()
    assert (state["state"], state["posterUrl"]) == ("automatic", automatic)
    await drain.all()
    assert {info.key.split("/")[2] for info in services.storage.list(f"stills/{video}/")} == {automatic.split("/")[-2]}
    assert (await owner.delete()).status_code == 204


async def test_a_moment_that_is_not_there_can_not_be_picked(
    client: AsyncClient, services: Services, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    for at_s, status, code in ((61, 422, "poster.beyond_end"), (-1, 400, "request.invalid"), ("x", 400, "request.invalid")):
        answer = await owner.pick(at_s)
        assert (answer.status_code, problem_of(answer)["code"]) == (status, code)
    async with services.sessions.begin() as session:
        await session.execute(update(Asset).values(original_key=None))
    answer = await owner.pick(1)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "poster.no_original")
    async with services.sessions.begin() as session:
        await session.execute(update(Asset).values(playable_version_id=None))
    answer = await owner.pick(1)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "asset.not_playable")


async def test_a_picture_whose_job_never_works_is_told_as_failed(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcoding.pictures._LAUNCH", "raise SystemExit(1)")
    owner = _Owner(client, instructor, film.asset_id)
    await owner.put(_jpeg())
    assert await drain.all() == [NORMALISE.name] * NORMALISE.max_attempts
    state = await owner.state()
    assert (state["state"], state["failure"]["code"]) == ("failed", "image.failed")


async def test_pictures_go_with_their_asset(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    await owner.put(_jpeg())
    await drain.all()
    await owner.put(_jpeg("blue"))
    assert (await client.delete(owner.asset, headers=instructor.auth)).status_code == 204
    await drain.all()
    async with services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Picture)) == 0
    assert not [info.key for info in services.storage.list("") if str(film.asset_id) in info.key]


async def test_a_picture_is_never_served_as_it_came(
    client: AsyncClient, services: Services, drain: Drain, instructor: Person, film: Film
) -> None:
    owner = _Owner(client, instructor, film.asset_id)
    await owner.put(_jpeg())
    await drain.all()
    async with services.sessions() as session:
        picture_id = (await session.scalars(select(Picture.id))).one()
    key = keys.picture_original(film.asset_id, picture_id)
    assert services.storage.stat(key) is not None
    token = (await owner.view())["posterUrl"].split("/")[2]
    assert (await client.get(f"/stream/{token}/{key}")).status_code == 403


async def test_viewers_neither_change_the_poster_nor_see_how_far_it_is(
    client: AsyncClient, instructor: Person, learner: Person, film: Film
) -> None:
    granted = await client.post(
        f"/api/v1/assets/{film.asset_id}/grants", json={"email": learner.email}, headers=instructor.auth
    )
    assert granted.status_code == 201
    viewer = _Owner(client, learner, film.asset_id)
    for answer in (await viewer.put(_jpeg()), await viewer.pick(1), await viewer.delete()):
        assert (answer.status_code, problem_of(answer)["code"]) == (403, "asset.not_yours")
    assert (await viewer.state())["code"] == "asset.not_yours"
