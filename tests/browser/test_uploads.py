"""An upload by the page's own tus client survives a closed tab and a killed API."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.media import padded
from tests.browser.page import Viewer
from tests.support.wait import wait_for

CHUNK = 8 * 2**20
NewPerson = Callable[[str], Person]


def offsets(page: Page) -> list[int]:
    """Where the page's PATCHes begin, from now on."""
    seen: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            seen.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return seen


def stored(platform: Platform, asset_id: str) -> bytes:
    return (platform.data_dir / "objects" / "originals" / asset_id / "source").read_bytes()


def test_an_upload_survives_a_closed_tab_and_a_killed_api(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, tmp_path: Path
) -> None:
    teacher = new_person("Ada")
    file = padded(clip, tmp_path / "long lecture.mp4", 3 * CHUNK + 1000)
    first_tab = Viewer(context, platform.base_url)
    first_tab.sign_in(teacher)
    reached: list[int] = []

    def stop_at_second(route: Route, request: Request) -> None:
        """The second chunk never leaves the tab."""
        if request.method != "PATCH" or request.headers["upload-offset"] == "0":
            route.continue_()
        else:
            reached.append(int(request.headers["upload-offset"]))

    first_tab.page.route("**/api/v1/uploads/*", stop_at_second)
    first_tab.page.get_by_test_id("file-input").set_input_files(file)
    wait_for(lambda: first_tab.page.title() and reached, "the second chunk", 30)
    first_tab.page.close()

    killed: list[int] = []

    def kill_at_third(route: Route, request: Request) -> None:
        """Whoever sends the third chunk finds nobody."""
        if request.method == "PATCH" and request.headers["upload-offset"] == str(2 * CHUNK) and not killed:
            killed.append(platform.processes["api"])
            os.kill(killed[0], signal.SIGKILL)
        route.continue_()

    second_tab = Viewer(context, platform.base_url)
    second_tab.page.route("**/api/v1/uploads/*", kill_at_third)
    sent = offsets(second_tab.page)
    second_tab.page.goto(platform.base_url)
    left = second_tab.page.get_by_role("listitem").filter(has_text="long lecture.mp4")
    expect(left).to_contain_text("8.4 MB of 25.2 MB are safe")
    with second_tab.page.expect_file_chooser() as chooser:
        left.get_by_role("button", name="Continue").click()
    chooser.value.set_files(file)
    card = second_tab.page.get_by_role("listitem").filter(has=second_tab.page.get_by_role("link"), has_text="long lecture")
    expect(card).to_contain_text("25.2 MB", timeout=60_000)
    wait_for(lambda: platform.processes.get("api") not in (None, *killed), "the API to be back", 30)

    asset_id = teacher.call("GET", "assets").json()["items"][0]["id"]
    assert stored(platform, asset_id) == file.read_bytes()
    assert killed
    assert set(sent) >= {CHUNK, 2 * CHUNK, 3 * CHUNK}
    assert 0 not in sent, "what had arrived was not sent again"
    expect(second_tab.page.get_by_role("listitem").filter(has_text="are safe")).to_have_count(0)
    assert second_tab.complaints == []


def test_an_upload_is_paused_resumed_and_discarded(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, tmp_path: Path
) -> None:
    teacher = new_person("Ada")
    file = padded(clip, tmp_path / "paused.mp4", CHUNK + 1000)
    tab = Viewer(context, platform.base_url)
    tab.sign_in(teacher)
    holding = [True]

    def hold(route: Route, request: Request) -> None:
        if request.method == "PATCH" and holding[0]:
            return
        route.continue_()

    tab.page.route("**/api/v1/uploads/*", hold)
    tab.page.get_by_test_id("file-input").set_input_files(file)
    row = tab.page.get_by_role("listitem").filter(has_text="paused.mp4")
    row.get_by_role("button", name="Pause", exact=True).click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Discard").click()
    expect(row).to_have_count(0)
    wait_for(lambda: tab.page.title() and not teacher.call("GET", "assets").json()["items"], "the server to forget it", 10)

    tab.page.get_by_test_id("file-input").set_input_files(file)
    row.get_by_role("button", name="Pause", exact=True).click()
    holding[0] = False
    row.get_by_role("button", name="Resume").click()
    card = tab.page.get_by_role("listitem").filter(has=tab.page.get_by_role("link"), has_text="paused")
    expect(card).to_be_visible(timeout=30_000)
    wait_for(
        lambda: tab.page.title() and teacher.call("GET", "assets").json()["items"][0]["state"] != "uploading",
        "it to arrive",
        20,
    )
