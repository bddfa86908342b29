"""Live progress: a snapshot, or events until the asset has ended, from one poller however many watch."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID

from httpx import AsyncClient

from api.progress import ProgressHub
from api.services import Services
from core.ids import new_id
from db.models import AssetState
from tests.support.films import make_film
from tests.support.people import Person
from tests.support.wait import eventually

EVENTS = {"Accept": "text/event-stream"}


async def test_a_snapshot_as_json(client: AsyncClient, services: Services, instructor: Person) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id, AssetState.FAILED)
    answer = await client.get(f"/api/v1/assets/{film.asset_id}/progress", headers=instructor.auth)
    assert answer.json() == {
        "state": "failed",
        "stage": "failed",
        "percent": 0.0,
        "etaS": None,
        "queuePosition": None,
        "playable": False,
        "error": {"code": "media.truncated", "message": "The file is cut off."},
    }


async def test_the_stream_of_what_has_ended_tells_it_and_closes(
    client: AsyncClient, services: Services, instructor: Person
) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id)
    answer = await client.get(f"/api/v1/assets/{film.asset_id}/progress", headers={**instructor.auth, **EVENTS})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    events = [block for block in answer.text.split("\n\n") if block.startswith("event: progress\n")]
    assert len(events) == 1
    assert '"percent":100.0' in events[0]


async def test_a_stream_ends_when_its_asset_is_deleted(client: AsyncClient, services: Services, instructor: Person) -> None:
    film = await make_film(services.sessions, services.storage, instructor.id, AssetState.PROCESSING)
    url = f"/api/v1/assets/{film.asset_id}"
    watching = asyncio.create_task(client.get(f"{url}/progress", headers={**instructor.auth, **EVENTS}))
    await eventually(lambda: film.asset_id in services.progress._watchers, "the stream to watch")
    assert (await client.delete(url, headers=instructor.auth)).status_code == 204
    assert (await watching).status_code == 200
    assert not services.progress._watchers


class _Source:
    """States by asset, and how often they were asked for."""

    def __init__(self) -> None:
        self.states: dict[UUID, str] = {}
        self.asked: list[set[UUID]] = []

    async def load(self, asset_ids: Collection[UUID]) -> Mapping[UUID, str]:
        self.asked.append(set(asset_ids))
        return {asset_id: self.states[asset_id] for asset_id in asset_ids if asset_id in self.states}


async def _collect(hub: ProgressHub[str], asset_id: UUID, into: list[str | None], keep_alive_s: float = 30.0) -> None:
    async for state in hub.watch(asset_id, keep_alive_s=keep_alive_s, until_s=30.0):
        into.append(state)
        if state == "ready":
            return


async def test_many_streams_share_one_poller_and_hear_only_of_changes() -> None:
    source, stopping = _Source(), asyncio.Event()
    hub = ProgressHub(source.load, stopping, poll_s=0.01)
    one, two = new_id(), new_id()
    source.states = {one: "queued", two: "queued"}
    heard: list[list[str | None]] = [[] for _ in range(50)]
    tasks = [asyncio.create_task(_collect(hub, one if n % 2 else two, heard[n])) for n in range(50)]
    await eventually(lambda: all(heard), "the first state")
    before = len(source.asked)
    await eventually(lambda: len(source.asked) >= before + 5, "more polls")
    assert all(asked == {one, two} for asked in source.asked[before:])
    assert all(states == ["queued"] for states in heard)
    source.states = {one: "ready", two: "ready"}
    await asyncio.gather(*tasks)
    assert all(states == ["queued", "ready"] for states in heard)
    await eventually(lambda: hub._poller is not None and hub._poller.done(), "the poller to rest")


async def test_a_quiet_stream_is_kept_alive_and_a_stop_ends_it() -> None:
    source, stopping = _Source(), asyncio.Event()
    hub = ProgressHub(source.load, stopping, poll_s=0.01)
    asset = new_id()
    source.states = {asset: "queued"}
    heard: list[str | None] = []
    task = asyncio.create_task(_collect(hub, asset, heard, keep_alive_s=0.01))
    await eventually(lambda: heard.count(None) >= 2, "keep-alives")
    stopping.set()
    await task
    assert heard[0] == "queued"


async def test_a_failing_database_does_not_end_the_streams() -> None:
    stopping, fail = asyncio.Event(), [True]
    asset = new_id()

    async def load(asset_ids: Collection[UUID]) -> Mapping[UUID, str]:
        if fail[0]:
            raise ConnectionError
        return dict.fromkeys(asset_ids, "ready")

    hub: ProgressHub[str] = ProgressHub(load, stopping, poll_s=0.01)
    heard: list[str | None] = []
    task = asyncio.create_task(_collect(hub, asset, heard))
    await eventually(lambda: hub._poller is not None, "the poller")
    fail[0] = False
    await task
    assert heard == ["ready"]
