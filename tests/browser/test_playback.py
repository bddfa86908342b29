"""A signed stream plays in a real browser while it grows: in the page by cookies, in a stranger's page by the signed path."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.held import HeldChunks
from tests.browser.page import Viewer
from tests.browser.stranger import stranger_page
from tests.support.wait import wait_for

NewPerson = Callable[[str], Person]


def upload(person: Person, clip: Path) -> str:
    location, asset_id = person.begin_upload(clip.name, clip.stat().st_size)
    person.send_file(location, clip)
    return asset_id


def await_state(person: Person, asset_id: str, *states: str) -> None:
    def reached() -> bool:
        progress = person.progress(asset_id)
        assert progress["error"] is None, progress
        return progress["state"] in states

    wait_for(reached, f"the asset to be {' or '.join(states)}", 60)


def posts(page: Page, path: str) -> list[str]:
    """Addresses of POSTs that the page sends from now on."""
    seen: list[str] = []

    def note(request: Any) -> None:
        if request.method == "POST" and request.url.endswith(path):
            seen.append(request.url)

    page.on("request", note)
    return seen


def test_the_page_plays_a_video_that_is_still_growing(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, held: HeldChunks
) -> None:
    teacher = new_person("Ada")
    asset_id = upload(teacher, clip)
    await_state(teacher, asset_id, "playable")

    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(teacher)
    sessions = posts(viewer.page, f"/assets/{asset_id}/playback")
    viewer.watch(asset_id)
    viewer.until("currentTime > 3", "three seconds to be played")
    first = viewer.first_played()
    assert first is not None
    assert first < 1, "a growing playlist starts at its beginning"
    viewer.until("duration > 11.9", "the second chunk to be listed")
    assert viewer.video("duration") == pytest.approx(12, abs=0.1), "only the first chunks are listed"
    expect(viewer.page.locator(".player-time")).to_contain_text("/ 0:24")

    for quality, height in (("240p", 240), ("360p", 360)):
        # From the beginning: a switch shows with the next segment, and near the end of what there is may be none.
        viewer.page.keyboard.press("0")
        viewer.choose_quality(quality)
        viewer.until(f"videoHeight === {height}", f"{quality} on screen")

    held.release()
    await_state(teacher, asset_id, "ready")
    viewer.until("duration > 23.9", "the end to be known")
    viewer.stir()
    viewer.page.get_by_role("slider", name="Position").fill("20")
    viewer.until("ended", "the end to be played")
    assert viewer.video("currentTime") == pytest.approx(24, abs=0.2)
    assert len(sessions) == 1, "one session, from the first second to the last"
    assert viewer.complaints == []


def test_a_strangers_page_plays_the_signed_path(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, held: HeldChunks
) -> None:
    teacher, learner = new_person("Ada"), new_person("Grace")
    asset_id = upload(teacher, clip)
    await_state(teacher, asset_id, "playable")
    teacher.call("POST", f"assets/{asset_id}/grants", json={"email": learner.email})
    playback = learner.call("POST", f"assets/{asset_id}/playback").json()

    with stranger_page(context, urljoin(platform.base_url, playback["signedManifestUrl"])) as stranger:
        stranger.until("currentTime > 3", "three seconds to be played")
        first = stranger.first_played()
        assert first is not None
        assert first < 1
        for level, height in enumerate((240, 360)):
            stranger.page.evaluate(f"video.currentTime = 0; hls.nextLevel = {level}")
            stranger.until(f"videoHeight === {height}", f"{height} lines on screen")
        held.release()
        stranger.until("duration > 23.9", "the end to be known")
        stranger.page.evaluate("video.currentTime = 20")
        stranger.until("ended", "the end to be played")
        assert stranger.page.evaluate("fatal") == []


def test_the_session_is_renewed_and_new_qualities_join_without_a_stop(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path
) -> None:
    teacher = new_person("Ada")
    asset_id = upload(teacher, clip)
    await_state(teacher, asset_id, "ready")
    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(teacher)

    def ends_soon(route: Route) -> None:
        answer = route.fetch()
        body = answer.json() | {"expiresAt": (datetime.now(UTC) + timedelta(seconds=6)).isoformat()}
        route.fulfill(response=answer, body=json.dumps(body))

    def one_rung(route: Route) -> None:
        answer = route.fetch()
        head, *variants = answer.text().split("#EXT-X-STREAM-INF")
        route.fulfill(response=answer, body="#EXT-X-STREAM-INF".join([head, next(v for v in variants if "x240" in v)]))

    viewer.page.route(f"**/assets/{asset_id}/playback", ends_soon)
    viewer.page.route("**/master.m3u8", one_rung, times=1)
    renewals = posts(viewer.page, "/renew")
    viewer.watch(asset_id)
    viewer.until("videoHeight === 240", "the only quality")
    viewer.page.evaluate("""
        window.stops = [];
        for (const name of ["pause", "emptied", "error"])
            document.querySelector("video").addEventListener(name, () => window.stops.push(name));
    """)
    viewer.wait(lambda: renewals, "the session to be renewed", 20)
    before = viewer.video("currentTime")
    viewer.stir()
    menu = viewer.page.get_by_role("button", name="Quality and speed")
    menu.click()
    expect(viewer.page.get_by_role("radio", name="360p", exact=True)).to_be_visible()
    menu.click()
    viewer.until(f"currentTime > {before + 2}", "the picture to go on")
    assert viewer.page.evaluate("window.stops") == []
    assert viewer.video("buffered.start(0)") < 0.1, "what was loaded before is still there"
    viewer.choose_quality("360p")
    viewer.until("videoHeight === 360", "the new quality")
    assert viewer.complaints == []


def test_a_refused_signature_is_renewed_and_the_picture_comes(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path
) -> None:
    teacher = new_person("Ada")
    asset_id = upload(teacher, clip)
    await_state(teacher, asset_id, "ready")
    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(teacher)
    renewals = posts(viewer.page, "/renew")

    def refuse_until_renewed(route: Route) -> None:
        if renewals:
            route.continue_()
        else:
            route.fulfill(status=403, body="")

    viewer.page.route("**/*.m4s", refuse_until_renewed)
    viewer.watch(asset_id)
    viewer.until("currentTime > 1", "the video to play all the same")
    assert renewals
    assert viewer.complaints == []
