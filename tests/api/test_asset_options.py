"""What an owner says about an asset: its title, and what is to be made of it; and what players learn of that."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from api.services import Services
from core.clock import utc_now
from core.media_jobs import DOWNLOAD
from db.models import Asset, Job, Pipeline, Track, Version
from storage import keys
from tests.api.conftest import problem_of
from tests.support import tus
from tests.support.films import Film, make_film
from tests.support.people import Person

PLAIN = {"encrypted": False, "download": False, "av1": "default", "loudness": True}


@pytest.fixture
async def film(services: Services, instructor: Person) -> Film:
    return await make_film(services.sessions, services.storage, instructor.id)


async def _change(client: AsyncClient, film: Film, who: Person, body: dict[str, Any]) -> Any:
    answer = await client.patch(f"/api/v1/assets/{film.asset_id}", json=body, headers=who.auth)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _playback(client: AsyncClient, film: Film, who: Person) -> Any:
    return (await client.post(f"/api/v1/assets/{film.asset_id}/playback", headers=who.auth)).json()


async def _set(services: Services, film: Film, *, timescale: int | None = 12_800, **values: Any) -> None:
    async with services.sessions.begin() as session:
        version = await session.get_one(Version, film.version_id)
        for name, value in values.items():
            setattr(version, name, value)
        session.add(Track(version_id=version.id, name="720p", kind="video", listed_at=utc_now(), timescale=timescale))


async def test_what_is_left_out_stays(client: AsyncClient, film: Film, instructor: Person) -> None:
    before = await _change(client, film, instructor, {})
    assert (before["title"], before["options"]) == ("A film", PLAIN)
    wanted = {"encrypted": True, "av1": "watched"}
    after = await _change(client, film, instructor, {"title": " Another film ", "options": wanted})
    assert after["title"] == "Another film"
    assert after["options"] == PLAIN | wanted
    assert (await _change(client, film, instructor, {"options": {"loudness": False}}))["options"] == {
        "encrypted": True,
        "download": False,
        "av1": "watched",
        "loudness": False,
    }


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 201},
        {"title": "a\u0000b"},
        {"options": {"av1": "maybe"}},
        {"options": {"encrypted": "yes"}},
        {"options": {"drm": True}},
        {"state": "ready"},
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: AsyncClient, film: Film, instructor: Person, body: dict[str, Any]
) -> None:
    answer = await client.patch(f"/api/v1/assets/{film.asset_id}", json=body, headers=instructor.auth)
    assert answer.status_code == 400
    problem_of(answer)


async def test_a_file_to_save_is_made_of_what_is_live_once(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    for _ in range(2):
        await _change(client, film, instructor, {"options": {"download": True}})
    async with services.sessions() as session:
        (job,) = await session.scalars(select(Job).where(Job.kind.startswith("media.")))
        pipeline = await session.get_one(Pipeline, job.pipeline_id)
    assert (job.kind, pipeline.kind, pipeline.subject_id) == ("media.make_download", DOWNLOAD, film.asset_id)
    assert job.priority >= 1000


async def test_an_upload_may_say_what_is_wanted(client: AsyncClient, services: Services, instructor: Person) -> None:
    for flags, expected in (
        ("encrypted", {"encrypted": True}),
        (f"encrypted {tus.b64('true')},download", {"encrypted": True, "download": True}),
        (f"download {tus.b64('false')}", {}),
    ):
        metadata = f"filename {tus.b64('a.mp4')},{flags}"
        made = await tus.create(client, instructor, 10, **{"Upload-Metadata": metadata})
        assert made.status_code == 201, made.text
        async with services.sessions() as session:
            asset = await session.get_one(Asset, made.headers["aula-asset-id"])
        assert asset.options == PLAIN | expected
    bad = await tus.create(client, instructor, 10, **{"Upload-Metadata": f"encrypted {tus.b64('perhaps')}"})
    assert (bad.status_code, problem_of(bad)["code"]) == (400, "upload.bad_metadata")


async def test_dash_is_offered_when_a_video_is_whole_and_clear(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    assert (await _playback(client, film, instructor))["dashUrl"] is None
    await _set(services, film, live_at=utc_now())
    session = await _playback(client, film, instructor)
    assert session["dashUrl"] == f"/stream/hls/{film.asset_id}/{film.version_id}/manifest.mpd"
    renewed = (await client.post(session["renewUrl"], headers=instructor.auth)).json()
    assert renewed["dashUrl"] == session["dashUrl"]


@pytest.mark.parametrize("values", [{"content_key": bytes(16)}, {"timescale": None}])
async def test_dash_is_not_offered_for_what_has_none(
    client: AsyncClient, services: Services, film: Film, instructor: Person, values: dict[str, Any]
) -> None:
    await _set(services, film, live_at=utc_now(), **values)
    assert (await _playback(client, film, instructor))["dashUrl"] is None


async def test_the_file_to_save_comes_with_the_cookies(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    assert film.version_id is not None
    key = keys.download(film.asset_id, film.version_id, "A film")
    services.storage.put_bytes(key, b"mp4")
    await _set(services, film, download_key=key)
    url = f"/stream/{key}"
    assert (await client.get(url)).status_code == 403
    assert (await _playback(client, film, instructor))["downloadUrl"] == url
    saved = await client.get(url)
    assert (saved.status_code, saved.content) == (200, b"mp4")
    assert saved.headers["content-disposition"] == 'attachment; filename="a-film.mp4"'


async def test_the_key_of_an_encrypted_version_is_served_under_the_playback_signature(
    client: AsyncClient, services: Services, film: Film, instructor: Person
) -> None:
    await _set(services, film, content_key=bytes(range(16)))
    url = f"/stream/hls/{film.asset_id}/{film.version_id}/content.key"
    assert (await client.get(url)).status_code == 403
    signed = (await _playback(client, film, instructor))["signedManifestUrl"]
    assert (await client.get(url)).content == bytes(range(16))
    client.cookies.clear()
    assert (await client.get(signed.replace("master.m3u8", "content.key"))).content == bytes(range(16))
    assert [info.key for info in services.storage.list("") if info.key.endswith(".key")] == []
