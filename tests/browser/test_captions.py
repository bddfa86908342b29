"""Captions in a real player: on time, also while the video still grows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.held import HeldChunks
from tests.browser.stranger import stranger_page
from tests.browser.test_playback import await_state
from tests.support.wait import wait_for

NewPerson = Callable[[str], Person]

SRT = (
    "1\n00:00:01,000 --> 00:00:02,500\n<i>Good</i> morning & welcome\n\n"
    "2\n00:00:03,250 --> 00:00:04,750\nacross a border\n\n3\n00:00:20,000 --> 00:00:21,500\nnear the end\n"
)
CUES = """
[...video.textTracks].filter((track) => track.mode !== "disabled").flatMap((track) => [...track.cues ?? []])
    .map((cue) => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent])
"""


def test_captions_come_on_time_while_the_video_grows_and_to_its_end(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, held: HeldChunks
) -> None:
    teacher = new_person("Ada")
    location, asset_id = teacher.begin_upload(clip.name, clip.stat().st_size)
    types = {"Content-Type": "application/x-subrip"}
    teacher.call("PUT", f"assets/{asset_id}/captions/en", content=SRT.encode(), headers=types)
    teacher.send_file(location, clip)
    await_state(teacher, asset_id, "playable")
    wait_for(lambda: teacher.call("GET", f"assets/{asset_id}/captions").json()[0]["inStream"], "captions in the stream", 30)
    playback = teacher.call("POST", f"assets/{asset_id}/playback").json()

    with stranger_page(context, urljoin(platform.base_url, playback["signedManifestUrl"])) as stranger:

        def cues() -> Any:
            return stranger.page.evaluate(CUES)

        stranger.until("currentTime > 0.5", "the video to play")
        tracks = stranger.page.evaluate("hls.subtitleTracks.map((track) => [track.name, track.lang])")
        assert tracks == [["English", "en"]]
        stranger.page.evaluate("hls.subtitleDisplay = true; hls.subtitleTrack = 0")
        first = [[1, 2.5, "Good morning & welcome"], [3.25, 4.75, "across a border"]]
        stranger.wait(lambda: cues()[:2] == first, "the first captions")
        held.release()
        stranger.until("duration > 23.9", "the end to be known")
        stranger.page.evaluate("video.currentTime = 19")
        stranger.wait(lambda: [20, 21.5, "near the end"] in cues(), "the last caption")
        stranger.until("ended", "the end to be played")
        assert sorted(cues()) == [*first, [20, 21.5, "near the end"]], "a caption that spans segments is there once"
        assert stranger.page.evaluate("fatal") == []
