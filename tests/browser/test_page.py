"""The story of the page: make an account, drop a file, see it come, watch it, share it; and what operators see."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.held import HeldChunks
from tests.browser.page import Viewer
from tests.support.sql import run_sql

NewPerson = Callable[[str], Person]


def drop(page: Page, name: str, data: bytes) -> None:
    """Drop a file on the window, as a hand would."""
    files = page.evaluate_handle(
        """([name, base64]) => {
            const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: "video/mp4" }));
            return transfer;
        }""",
        [name, b64encode(data).decode()],
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": files})
    page.dispatch_event("body", "drop", {"dataTransfer": files})


def test_from_a_new_account_to_a_watched_video(
    platform: Platform, context: BrowserContext, new_person: NewPerson, clip: Path, held: HeldChunks
) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(platform.base_url)
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_label("Email").fill("ada.byron@example.org")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)

    drop(page, "Lecture 1.mp4", clip.read_bytes())
    card = page.get_by_role("listitem").filter(has_text="Lecture 1")
    expect(card.get_by_text("Watch now")).to_be_visible(timeout=60_000)
    expect(card.get_by_role("progressbar")).to_be_visible()
    card.get_by_role("link").click()
    page.get_by_role("button", name="Play the video").click()
    viewer.until("currentTime > 1", "the video to play")

    held.release()
    expect(page.get_by_role("progressbar", name="Preparing")).to_have_count(0, timeout=60_000)
    viewer.until("duration > 23.9", "the end to be known")
    page.keyboard.press("k")
    viewer.until("paused", "K to pause")

    friend = new_person("Grace")
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Email of a person").fill("nobody@example.org")
    page.get_by_role("button", name="Let them watch").click()
    expect(page.get_by_text("Nobody here has this address.")).to_be_visible()
    page.get_by_label("Email of a person").fill(friend.email)
    page.get_by_role("button", name="Let them watch").click()
    expect(page.get_by_role("dialog").get_by_text(friend.email)).to_be_visible()
    assert [asset["title"] for asset in friend.call("GET", "assets").json()["items"]] == ["Lecture 1"]

    page.reload()
    expect(page.get_by_role("heading", name="Lecture 1")).to_be_visible()
    assert viewer.complaints == []


def test_a_file_that_is_no_video_says_so(platform: Platform, context: BrowserContext, new_person: NewPerson) -> None:
    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(new_person("Ada"))
    drop(viewer.page, "notes.mp4", b"Dear diary, this is not a video. " * 50)
    card = viewer.page.get_by_role("listitem").filter(has_text="notes")
    expect(card.locator(".card-bad")).not_to_be_empty(timeout=30_000)
    card.get_by_role("link").click()
    expect(viewer.page.get_by_role("alert")).to_contain_text("could not be prepared")
    expect(viewer.page.get_by_role("button", name="Delete")).to_be_visible()


def test_a_file_that_is_too_large_is_refused_in_words(
    platform: Platform, context: BrowserContext, new_person: NewPerson, tmp_path: Path
) -> None:
    large = tmp_path / "endless.mp4"
    with large.open("wb") as file:
        file.truncate(65 * 2**20)
    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(new_person("Ada"))
    viewer.page.get_by_test_id("file-input").set_input_files(large)
    row = viewer.page.get_by_role("listitem").filter(has_text="endless.mp4")
    expect(row.get_by_role("alert")).to_contain_text("67.1 MB")


def test_operators_see_queues_workers_and_what_failed(
    platform: Platform, context: BrowserContext, new_person: NewPerson
) -> None:
    operator = new_person("Olga")
    run_sql(
        platform.env["AULA_DATABASE_URL"], "UPDATE users SET roles = '{instructor,operator}' WHERE email = $1", operator.email
    )
    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(operator)
    drop(viewer.page, "broken.mp4", b"not a video at all" * 20)
    expect(viewer.page.locator(".card-bad")).not_to_be_empty(timeout=30_000)
    viewer.page.get_by_role("link", name="Operations").click()
    queues = viewer.page.get_by_role("region", name="Queues")
    for name in ("encode", "media", "default", "mail"):
        expect(queues.get_by_role("row").filter(has_text=name)).to_contain_text("Open")
    expect(viewer.page.get_by_role("region", name="Workers").get_by_text("Alive")).to_have_count(3)
    failed = viewer.page.get_by_role("region", name="Failed jobs").get_by_role("row").filter(has_text="media.inspect_source")
    expect(failed.first).to_contain_text("media.")
    expect(viewer.page.get_by_role("button", name="Sign out")).to_be_visible()
    viewer.page.get_by_role("button", name="Sign out").click()
    expect(viewer.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert viewer.complaints == []
