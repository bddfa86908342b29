"""AV1 in a real browser: the rungs join a stream that is ready, and play to any place in it."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.media import make_clip
from tests.browser.stranger import stranger_page
from tests.browser.test_playback import await_state, upload
from tests.support.wait import wait_for
from transcoding.tools import Tools

_SECONDS = 12


def test_a_browser_plays_av1_once_it_has_joined(
    platform: Platform, context: BrowserContext, new_person: Callable[[str], Person], tools: Tools, tmp_path: Path
) -> None:
    teacher = new_person("Ada")
    asset_id = upload(teacher, make_clip(tools, tmp_path / "talk.mp4", _SECONDS, copied=True))
    await_state(teacher, asset_id, "ready")
    teacher.call("PATCH", f"assets/{asset_id}", json={"options": {"av1": "on"}})
    session = teacher.call("POST", f"assets/{asset_id}/playback").json()
    master = urljoin(platform.base_url, session["signedManifestUrl"])
    wait_for(lambda: 'CODECS="av01.' in teacher.http.get(master).text, "AV1 to join the master", 90)

    with stranger_page(context, master) as viewer:
        viewer.wait(lambda: viewer.page.evaluate("hls.levels.length"), "the levels to be known")
        families = viewer.page.evaluate("[...new Set(hls.levels.map(level => level.videoCodec.slice(0, 4)))].sort()")
        assert families == ["av01", "avc1"]
        viewer.page.evaluate("hls.nextLevel = hls.levels.findLastIndex(level => level.videoCodec.startsWith('av01'))")
        viewer.until("currentTime > 2", "two seconds to be played")
        for place in (9.3, 1.2, 6.7, 4.1, 10.4):
            viewer.page.evaluate(f"video.currentTime = {place}")
            viewer.until(f"currentTime > {place} + 0.4", f"AV1 to play on from {place}")
        assert viewer.page.evaluate("hls.levels[hls.currentLevel].videoCodec").startswith("av01")
        viewer.until("ended", "the end to be played")
        assert viewer.page.evaluate("fatal") == []
