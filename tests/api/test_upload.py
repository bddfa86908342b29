"""Resumable uploads: what a tus client may rely on."""

from collections.abc import Awaitable, Callable

from httpx import AsyncClient
from sqlalchemy import select

from api.services import Services
from db.models import Asset, AssetState, Job, Pipeline
from storage import keys
from tests.support import tus
from tests.support.people import Person

SignIn = Callable[..., Awaitable[Person]]


async def test_an_upload_in_chunks_becomes_an_asset_with_a_pipeline(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    data = bytes(range(256)) * 4000
    made = await tus.create(client, instructor, len(data), filename="Lecture 1.mp4")
    assert made.status_code == 201, made.text
    url, asset_id = made.headers["location"], made.headers["aula-asset-id"]
    for start in range(0, len(data), 300_000):
        sent = await tus.append(client, instructor, url, start, data[start : start + 300_000])
        assert sent.status_code == 204, sent.text
        assert int(sent.headers["upload-offset"]) == min(start + 300_000, len(data))
    async with services.sessions() as session:
        asset = (await session.scalars(select(Asset))).one()
        assert (str(asset.id), asset.state, asset.title) == (asset_id, AssetState.UPLOADED, "Lecture 1")
        pipeline = (await session.scalars(select(Pipeline))).one()
        assert pipeline.subject_id == asset.id
        assert {job.kind for job in await session.scalars(select(Job))} >= {"media.inspect_source"}
    assert services.storage.read_bytes(keys.original(asset.id)) == data
