"""A cancel in mid-encode ends ffmpeg and removes what had been made."""

from pathlib import Path

import pytest

from tests.faults.world import World
from tests.support.wait import wait_for

pytestmark = pytest.mark.xdist_group("faults")


def test_a_cancel_ends_the_encoder_and_removes_its_objects(world: World, clip: Path) -> None:
    asset_id = world.upload(clip)
    world.await_mid_encode(asset_id)
    assert any(name.startswith("hls/") for name in world.objects(asset_id))
    world.instructor.call("POST", f"assets/{asset_id}/cancel")
    assert world.outcome(asset_id, 20)["state"] == "cancelled"
    wait_for(lambda: not world.encoders(), "ffmpeg to end", 20)

    def all_ended() -> bool:
        return {job.state for job in world.jobs(asset_id)} <= {"completed", "cancelled"}

    wait_for(all_ended, "every job to end", 20)
    wait_for(lambda: not [n for n in world.objects(asset_id) if n.startswith(("hls/", "stills/"))], "its objects to go", 20)
    wait_for(lambda: not world.scratch(), "scratch to be empty", 20)
