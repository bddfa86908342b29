"""A viewer whose version is gone goes on where they were, with the one that has taken its place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import BrowserContext, Route

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.media import make_clip
from tests.browser.page import Viewer
from tests.browser.test_playback import await_state, upload
from tests.support.sql import run_sql
from tests.support.wait import wait_for
from transcoding.tools import Tools


def _soon(route: Route) -> None:
    """The signature seems to end soon, so that it is renewed soon."""
    answer = route.fetch()
    body = answer.json()
    body["expiresAt"] = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    route.fulfill(response=answer, body=json.dumps(body))


def test_the_page_goes_on_with_another_version_at_the_same_place(
    platform: Platform, context: BrowserContext, new_person: Callable[[str], Person], tools: Tools, tmp_path: Path
) -> None:
    teacher = new_person("Ada")
    asset_id = upload(teacher, make_clip(tools, tmp_path / "talk.mp4", 60, copied=True))
    await_state(teacher, asset_id, "ready")

    def manifest() -> str:
        url: str = teacher.call("POST", f"assets/{asset_id}/playback").json()["manifestUrl"]
        return url

    old = manifest()
    viewer = Viewer(context, platform.base_url)
    viewer.page.route("**/playback", _soon)
    viewer.page.route("**/renew", _soon)
    asked: list[str] = []
    viewer.page.on("request", lambda request: asked.append(request.url))
    viewer.sign_in(teacher)
    viewer.watch(asset_id)
    viewer.until("currentTime > 4", "four seconds to be played")
    teacher.call("POST", f"assets/{asset_id}/reencode", json={"profile": "fast"})
    wait_for(lambda: manifest() != old, "the other version", 90)
    run_sql(platform.env["AULA_DATABASE_URL"], "UPDATE playback_sessions SET version_id = NULL")
    new = manifest()
    viewer.wait(lambda: any(url.endswith(new) for url in asked), "the page to ask for the other version")
    place = viewer.video("currentTime")
    viewer.until(f"currentTime > {max(place, 4) + 1}", "the picture to go on")
    assert not viewer.video("paused")
    assert viewer.complaints == []
