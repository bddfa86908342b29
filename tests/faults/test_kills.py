"""Whatever is killed in mid-encode, the video becomes whole without help, and finished chunks are not encoded again."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.faults.world import JobRow, World
from tests.support.wait import wait_for

pytestmark = pytest.mark.xdist_group("faults")


def _flush_redis(world: World) -> None:
    client = redis.Redis.from_url(world.platform.env["AULA_REDIS_URL"])
    client.flushall()
    client.close()


def _killing(name: str) -> Callable[[World], None]:
    def kill(world: World) -> None:
        world.kill(name)
        world.await_back(name)

    return kill


def _assert_whole(world: World, asset_id: str, clip: Path, done_before: list[JobRow]) -> None:
    assert world.outcome(asset_id)["state"] == "ready"
    found = world.verify(asset_id, clip)
    assert found.problems == []
    assert [rung.frames for rung in found.rungs] == [900] * len(found.rungs)
    after = {job.id: job for job in world.jobs(asset_id)}
    assert {after[job.id].attempt for job in done_before} == {1}
    assert {job.state for job in after.values()} <= {"completed", "cancelled"}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(_killing("worker-encode"), id="the encode worker dies"),
        pytest.param(_killing("dispatcher"), id="the dispatcher dies"),
        pytest.param(_killing("redis"), id="Redis dies"),
        pytest.param(_killing("postgres"), id="PostgreSQL dies"),
        pytest.param(_flush_redis, id="Redis loses everything"),
    ],
)
def test_a_video_survives(fault: Callable[[World], None], world: World, clip: Path) -> None:
    asset_id = world.upload(clip)
    done = world.await_mid_encode(asset_id)
    fault(world)
    _assert_whole(world, asset_id, clip, done)


def test_the_encoder_of_a_dead_worker_is_gone(world: World, clip: Path) -> None:
    asset_id = world.upload(clip)
    world.await_mid_encode(asset_id)
    orphans = set(world.encoders())
    world.kill("worker-encode")
    wait_for(lambda: not orphans & set(world.encoders()), "the dead worker's ffmpeg to be gone", 5)
    assert world.outcome(asset_id)["state"] == "ready"
    assert {job.attempt for job in world.jobs(asset_id, "media.encode_chunk")} <= {1, 2}
