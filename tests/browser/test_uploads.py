"""An upload by the page's own tus client survives a closed tab and a killed API."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Request, Route, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.media import padded
from tests.browser.page import Viewer

CHUNK = 8 * 2**20
NewPerson = Callable[[str], Person]


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
        """The second chunk does not leave the tab while that is open."""
        if request.method == "PATCH" and request.headers["upload-offset"] != "0":
            reached.append(int(request.headers["upload-offset"]))
        else:
            route.continue_()

    first_tab.page.route("**/api/v1/uploads/*", stop_at_second)
    first_tab.page.get_by_test_id("file-input").set_input_files(file)
    first_tab.wait(lambda: reached == [CHUNK], "the second chunk")
    first_tab.page.close()

    sent: list[int] = []
    killed: list[int] = []

    def kill_at_second(route: Route, request: Request) -> None:
        """The second chunk of this tab finds nobody, for a while."""
        if request.method == "PATCH":
            sent.append(int(request.headers["upload-offset"]))
            if len(sent) == 2:
                killed.append(platform.processes["api"])
                os.kill(killed[0], signal.SIGKILL)
        route.continue_()

    second_tab = Viewer(context, platform.base_url)
    second_tab.page.route("**/api/v1/uploads/*", kill_at_second)
    second_tab.page.goto(platform.base_url)
    left = second_tab.page.get_by_role("listitem").filter(has_text="long lecture.mp4")
    expect(left).to_contain_text("of 25.2 MB are safe")
    with second_tab.page.expect_file_chooser() as chooser:
        left.get_by_role("button", name="Continue").click()
    chooser.value.set_files(file)
    card = second_tab.page.get_by_role("listitem").filter(has=second_tab.page.get_by_role("link"), has_text="long lecture")
    expect(second_tab.page.get_by_role("region", name="Uploads")).to_have_count(0, timeout=60_000)
    expect(card).to_contain_text("25.2 MB")
    asset_id = teacher.call("GET", "assets").json()["items"][0]["id"]
    assert stored(platform, asset_id) == file.read_bytes()
    assert killed
    assert min(sent) >= CHUNK, "what had arrived was not sent again"
    expect(second_tab.page.get_by_role("listitem").filter(has_text="are safe")).to_have_count(0)
    assert second_tab.complaints == []


def test_an_upload_is_paused_resumed_and_discarded(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, tmp_path: Path
) -> None:
    teacher = new_person("Ada")
    file = padded(clip, tmp_path / "paused.mp4", CHUNK + 1000)
    tab = Viewer(context, platform.base_url)
    tab.sign_in(teacher)
    holding, held = [True], list[Route]()

    def hold(route: Route, request: Request) -> None:
        if request.method == "PATCH" and holding[0]:
            held.append(route)
        else:
            route.continue_()

    tab.page.route("**/api/v1/uploads/*", hold)
    tab.page.get_by_test_id("file-input").set_input_files(file)
    row = tab.page.get_by_role("listitem").filter(has_text="paused.mp4")
    tab.wait(lambda: held, "the first chunk")
    row.get_by_role("button", name="Pause", exact=True).click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Discard").click()
    expect(row).to_have_count(0)
    tab.wait(lambda: not teacher.call("GET", "assets").json()["items"], "the server to forget it")

    tab.page.get_by_test_id("file-input").set_input_files(file)
    tab.wait(lambda: len(held) == 2, "the first chunk again")
    row.get_by_role("button", name="Pause", exact=True).click()
    holding[0] = False
    row.get_by_role("button", name="Resume").click()
    card = tab.page.get_by_role("listitem").filter(has=tab.page.get_by_role("link"), has_text="paused")
    expect(card).to_be_visible(timeout=30_000)
    expect(card).not_to_contain_text("Upload not finished")
    assert tab.complaints == []
