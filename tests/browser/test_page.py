"""The story of the page: make an account, drop a file, see it come, watch it, share it, settle it; and what operators see."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.held import HeldChunks
from tests.browser.media import make_clip
from tests.browser.page import Viewer
from tests.browser.test_playback import await_state, upload
from tests.support.sql import run_sql
from transcoding.tools import Tools

NewPerson = Callable[[str], Person]
SRT = b"1\n00:00:00,000 --> 00:00:07,500\nGood morning & welcome\n"


@pytest.fixture(scope="module")
def teacher(platform: Platform) -> Iterator[Person]:
    with Person(platform.base_url, "settled@example.org", "a long password", "Ada") as person:
        person.register()
        yield person


@pytest.fixture(scope="module")
def talk(teacher: Person, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> str:
    """8 s, ready."""
    asset_id = upload(teacher, make_clip(tools, tmp_path_factory.mktemp("talk") / "talk.mp4", 8, copied=True))
    await_state(teacher, asset_id, "ready")
    return asset_id


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


def test_captions_are_brought_chosen_and_remembered(
    platform: Platform, context: BrowserContext, teacher: Person, talk: str
) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(teacher)
    viewer.watch(talk)
    viewer.until("currentTime > 0.5", "the video to play")
    settings = viewer.settings("region", "Captions")
    settings.get_by_label("Language").select_option("en")
    page.get_by_test_id("captions-input").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Dear diary"}
    )
    expect(settings.get_by_role("alert")).to_contain_text("No captions were found")
    page.get_by_test_id("captions-input").set_input_files({"name": "talk.srt", "mimeType": "", "buffer": SRT})
    expect(settings.get_by_role("listitem")).to_contain_text("English brought by you")

    # Without a reload: the stream tells of them meanwhile, and the player learns.
    viewer.stir()
    page.get_by_role("button", name="Captions", exact=True).click(timeout=60_000)
    page.get_by_role("radio", name="English").check()
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    viewer.wait(lambda: viewer.captions() == ["Good morning & welcome"], "the captions")

    viewer.watch(talk)
    viewer.wait(lambda: viewer.captions() == ["Good morning & welcome"], "the captions again, unasked")
    page.keyboard.press("c")
    viewer.wait(lambda: viewer.captions() == [], "C to take them away")
    page.get_by_text("Transcript").click()
    page.keyboard.press("k")
    page.keyboard.press("5")
    viewer.until("currentTime >= 4", "5 to go half the way")
    page.get_by_text("Good morning & welcome").click()
    viewer.until("currentTime === 0", "the moment at which it is said")

    viewer.settings("region", "Captions")
    page.get_by_role("button", name="Delete the captions in English").click()
    expect(page.get_by_text("Transcript", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Captions", exact=True)).to_have_count(0, timeout=30_000)
    assert viewer.complaints == []


def test_the_seek_bar_knows_pictures_and_chapters(
    platform: Platform, context: BrowserContext, teacher: Person, talk: str
) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(teacher)
    viewer.watch(talk)
    viewer.until("currentTime > 0.5", "the video to play")
    page.keyboard.press("k")
    settings = viewer.settings("form", "Chapters")
    settings.get_by_role("textbox").fill("Welcome")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert")).to_contain_text("Line 1 should be a time and a title")
    settings.get_by_role("textbox").fill("0:00 Welcome\n0:03 Proof\n")
    settings.get_by_role("button", name="Save").click()
    page.get_by_role("navigation", name="Chapters").get_by_role("button", name="Proof").click()
    viewer.until("currentTime === 3", "the chapter")

    viewer.stir()
    page.get_by_role("slider", name="Position").hover()
    expect(page.locator(".preview")).to_contain_text("· Proof")
    picture = page.locator(".preview-picture").evaluate("element => getComputedStyle(element).backgroundImage")
    assert picture.startswith('url("http')
    assert viewer.complaints == []


def test_a_poster_is_brought_and_taken_back(platform: Platform, context: BrowserContext, teacher: Person, talk: str) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(teacher)
    card = page.get_by_role("link", name="talk")
    card.hover()
    expect(card.locator(".thumb-moving")).to_be_visible()
    page.goto(f"{platform.base_url}/watch/{talk}")
    settings = viewer.settings("region", "Poster")
    page.get_by_test_id("poster-input").set_input_files({"name": "blue.png", "mimeType": "image/png", "buffer": blue()})
    back = settings.get_by_role("button", name="Back to the automatic one")
    viewer.wait(lambda: viewer.colour(settings.get_by_role("img")) == "blue", "the poster")
    page.get_by_role("link", name="Library").first.click()
    viewer.wait(lambda: viewer.colour(card.locator("picture img")) == "blue", "the poster in the library")
    assert ".webp" in card.locator("picture img").evaluate("image => image.currentSrc")

    card.click()
    viewer.settings("region", "Poster")
    back.click()
    expect(back).to_have_count(0)
    viewer.wait(lambda: viewer.colour(settings.get_by_role("img")) == "other", "the old poster")
    assert viewer.complaints == []


def blue() -> bytes:
    """A picture that no video of ours looks like."""
    file = BytesIO()
    Image.new("RGB", (640, 360), (0, 0, 250)).save(file, "PNG")
    return file.getvalue()


def test_title_and_options_are_saved(platform: Platform, context: BrowserContext, teacher: Person, talk: str) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(teacher)
    page.goto(f"{platform.base_url}/watch/{talk}")
    settings = viewer.settings("form", "Title and options")
    settings.get_by_label("Title").fill("Groups")
    settings.get_by_label("Viewers may save it").check()
    settings.get_by_label("Even out the loudness").uncheck()
    settings.get_by_label("Smaller streams").select_option("Never")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_role("heading", name="Groups")).to_be_visible()
    asset = teacher.call("GET", f"assets/{talk}").json()
    assert asset["options"] == {"encrypted": False, "download": True, "av1": "off", "loudness": False}
    with page.expect_download() as download:
        page.get_by_role("link", name="Save").click(timeout=60_000)
    assert download.value.path().read_bytes()[4:8] == b"ftyp"
    teacher.call("PATCH", f"assets/{talk}", json={"title": "talk"})
    assert viewer.complaints == []
