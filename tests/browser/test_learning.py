"""The story of a learner: find a course, enrol, watch, lose access; and what visitors and the catalogue add to it."""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Response, Route, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.media import make_clip
from tests.browser.page import Viewer
from tests.browser.test_playback import await_state, upload
from tests.support.lesson_files import PDF
from tests.support.sql import run_sql
from tests.support.wait import wait_for
from transcoding.tools import Tools

NewPerson = Callable[[str], Person]
PASSWORD = "a long password"


class Author:
    """Somebody who makes courses over HTTP."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Add something; returns what it became."""
        made: dict[str, Any] = self.person.call("POST", path, json=body).json()
        return made

    def course(self, title: str, *lessons: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A published course with one module."""
        course = self.post("courses", title=title, summary="In short.", **more)
        module = self.post(f"courses/{course['id']}/modules", title="First week")
        for lesson in lessons:
            self.post(f"modules/{module['id']}/lessons", **lesson)
        self.person.call("POST", f"courses/{course['id']}/publish")
        return course

    def end_access(self, course_id: str) -> None:
        """Take back what lets learners into a course."""
        for row in self.person.call("GET", f"courses/{course_id}/entitlements").json()["items"]:
            self.person.call("POST", f"entitlements/{row['id']}/end", json={"reason": "The story ends"})

    def file(self, path: Path) -> str:
        """The id of a file of theirs that may be given out."""
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in self._metadata(path))
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(path.stat().st_size), "Upload-Metadata": pairs}
        answer = self.person.call("POST", "uploads", headers=headers)
        self.person.send_file(urlsplit(answer.headers["Location"]).path, path)
        file_id = answer.headers["Aula-File-Id"]
        wait_for(lambda: self.person.call("GET", f"files/{file_id}").json()["state"] == "ready", "the file to be checked", 60)
        return file_id

    @staticmethod
    def _metadata(path: Path) -> list[tuple[str, str]]:
        return [("filename", path.name), ("purpose", "file")]


@pytest.fixture(scope="module")
def author(platform: Platform) -> Iterator[Author]:
    with Person(platform.base_url, f"author-{secrets.token_hex(4)}@example.org", PASSWORD, "Ada Byron") as person:
        person.register()
        yield Author(person)


@pytest.fixture(scope="module")
def film(author: Author, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a video of 20 s."""
    asset_id = upload(author.person, make_clip(tools, tmp_path_factory.mktemp("film") / "film.mp4", 20, copied=True))
    await_state(author.person, asset_id, "ready")
    return asset_id


def renew_soon(page: Page) -> list[int]:
    """Have the player ask again every few seconds; returns the statuses of its renewals, as they come."""
    statuses: list[int] = []

    def ends_soon(route: Route) -> None:
        answer = route.fetch()
        if answer.ok:
            soon = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
            route.fulfill(response=answer, body=json.dumps(answer.json() | {"expiresAt": soon}))
        else:
            route.fulfill(response=answer)

    def note(response: Response) -> None:
        if response.url.endswith("/renew"):
            statuses.append(response.status)

    page.route("**/lessons/*/playback", ends_soon)
    page.route("**/playback/*/renew", ends_soon)
    page.on("response", note)
    return statuses


def test_a_visitor_registers_enrols_watches_and_is_cut_off_when_access_ends(
    platform: Platform, context: BrowserContext, author: Author, film: str
) -> None:
    title = f"Architecture {secrets.token_hex(4)}"
    text = {"title": "Read this later", "kind": "text", "body": "# Some words"}
    course = author.course(title, {"title": "A first look", "kind": "video", "assetId": film}, text)
    viewer = Viewer(context, platform.base_url)
    page = viewer.page

    page.goto(f"{platform.base_url}/courses")
    page.get_by_label("Search courses").fill(title)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("link", name="A first look")).to_have_count(0)
    page.get_by_role("link", name="Enrol for free").click()
    page.get_by_label("Your name").fill("Grace")
    page.get_by_label("Email").fill(f"grace-{secrets.token_hex(4)}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Enrol for free").click()

    expect(page.get_by_role("heading", name="A first look")).to_be_visible()
    statuses = renew_soon(page)
    page.reload()
    page.get_by_role("button", name="Play the video").click()
    viewer.until("currentTime > 1", "the video to play")
    viewer.wait(lambda: statuses, "the player to renew what it has")
    before = viewer.video("currentTime")
    viewer.until(f"currentTime > {before}", "the picture to go on")
    assert set(statuses) == {200}
    manifest = page.evaluate("performance.getEntriesByType('resource').find(({ name }) => name.endsWith('master.m3u8')).name")

    author.end_access(course["id"])
    expect(page.get_by_role("alert")).to_contain_text("Your access to this course has ended")
    expect(page.locator("video")).to_have_count(0)
    assert statuses[-1] == 403
    assert page.evaluate("(url) => fetch(url).then(({ status }) => status)", manifest) == 403
    # What else was open is closed as well, and the list of one's courses says so.
    expect(page.get_by_role("navigation", name="Curriculum").get_by_role("link")).to_have_count(0)
    page.get_by_role("link", name="My learning").click()
    expect(page.get_by_role("listitem").filter(has_text=title)).to_contain_text("Your access has ended.")
    assert viewer.complaints == []


def test_a_preview_plays_without_an_account_and_goes_on(
    platform: Platform, context: BrowserContext, author: Author, film: str
) -> None:
    title = f"Previewed {secrets.token_hex(4)}"
    preview = {"title": "Look inside", "kind": "video", "assetId": film, "preview": True}
    author.course(title, preview, {"title": "For learners", "kind": "text", "body": "Words"})
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    statuses = renew_soon(page)
    page.goto(f"{platform.base_url}/courses?q={title}")
    page.get_by_role("link", name=title).click()
    page.get_by_role("link", name="Look inside").click()
    page.get_by_role("button", name="Play the video").click()
    viewer.until("currentTime > 1", "the preview to play")
    viewer.wait(lambda: statuses, "the session of nobody to be renewed")
    assert set(statuses) == {200}
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    # The next lesson is named, and closed.
    neighbours = page.get_by_role("navigation", name="Lessons")
    expect(neighbours).to_contain_text("For learners")
    expect(neighbours.get_by_role("link")).to_have_count(0)
    assert viewer.complaints == []


def test_lessons_of_every_kind_are_shown_and_left(
    platform: Platform, context: BrowserContext, author: Author, new_person: NewPerson, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.pdf"
    sheet.write_bytes(PDF)
    title, opens_at = f"Kinds {secrets.token_hex(4)}", datetime.now(UTC) + timedelta(days=40)
    course = author.post("courses", title=title)
    module = author.post(f"courses/{course['id']}/modules", title="All kinds")
    quiz = author.post(f"courses/{course['id']}/quizzes", title="A quiz")
    author.post(f"quizzes/{quiz['id']}/questions", prompt="Is it?", content={"kind": "true_false", "answer": True})
    task = author.post(f"courses/{course['id']}/assignments", title="A task", takes="text")
    for lesson in (
        {"title": "The sheet", "kind": "file", "fileId": author.file(sheet)},
        {"title": "The quiz", "kind": "quiz", "quizId": quiz["id"], "body": "Take your *time*."},
        {"title": "The task", "kind": "assignment", "assignmentId": task["id"]},
        {"title": "The end", "kind": "text", "body": "Words", "opensAt": opens_at.isoformat()},
    ):
        author.post(f"modules/{module['id']}/lessons", **lesson)
    author.person.call("POST", f"courses/{course['id']}/publish")

    learner = new_person("Learner")
    run_sql(platform.env["AULA_DATABASE_URL"], "UPDATE users SET roles = '{learner}' WHERE email = $1", learner.email)
    learner.call("POST", f"courses/{course['id']}/enrolments")
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(platform.base_url)
    page.get_by_label("Email").fill(learner.email)
    page.get_by_label("Password").fill(learner.password)
    page.get_by_role("button", name="Sign in").click()
    # What learners begin with are their courses.
    expect(page.get_by_role("heading", name="My learning")).to_be_visible()
    expect(page.get_by_role("link", name="Library")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="The sheet")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename == "sheet.pdf"
    assert saved.value.path().read_bytes() == PDF
    neighbours = page.get_by_role("navigation", name="Lessons")
    neighbours.get_by_role("link", name="The quiz").click()
    expect(page.get_by_role("heading", name="The quiz")).to_be_visible()
    expect(page.get_by_text("comes with the next release")).to_be_visible()
    expect(page.locator(".prose em")).to_have_text("time")
    neighbours.get_by_role("link", name="The task").click()
    expect(page.get_by_text("Handing in work comes with the next release")).to_be_visible()
    expect(neighbours).to_contain_text("Opens on")
    expect(page.get_by_role("navigation", name="Curriculum").locator("[aria-current=page]")).to_contain_text("The task")

    # Going on begins where one was.
    page.get_by_role("link", name="My learning").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="The task")).to_be_visible()

    page.get_by_role("link", name="My learning").click()
    page.get_by_role("button", name=f"Leave {title}").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave the course").click()
    expect(page.get_by_text("You are not in a course yet")).to_be_visible()
    assert viewer.complaints == []


def test_filters_are_in_the_address_and_back_undoes_them(platform: Platform, context: BrowserContext, author: Author) -> None:
    word = f"word{secrets.token_hex(4)}"
    lesson = {"title": "Words", "kind": "text", "body": "Words"}
    author.course(f"{word} easy", lesson, level="beginner", category="Cloud", language="en")
    paid = {"price": {"amount": "19.90", "currency": "EUR"}}
    author.course(f"{word} hard", lesson, level="advanced", category="Data", language="de", **paid)
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(f"{platform.base_url}/courses?q={word}")
    cards = page.get_by_role("heading", level=2)
    expect(cards).to_have_count(2)
    page.get_by_label("Level").select_option("Advanced")
    expect(cards).to_have_text([f"{word} hard"])
    expect(page).to_have_url(f"{platform.base_url}/courses?q={word}&level=advanced")
    page.go_back()
    expect(cards).to_have_count(2)
    page.get_by_label("Price").select_option("Free")
    expect(cards).to_have_text([f"{word} easy"])
    page.get_by_label("Price").select_option("Any price")
    page.get_by_label("Order").select_option("By title")
    expect(cards).to_have_text([f"{word} easy", f"{word} hard"])
    page.get_by_label("Language").select_option("German")
    expect(cards).to_have_text([f"{word} hard"])
    page.reload()
    expect(page.get_by_label("Language")).to_have_value("de")
    page.get_by_role("link", name=f"{word} hard").click()
    # What costs something can't be bought yet, and says so.
    expect(page.get_by_text("comes with a later release")).to_be_visible()
    expect(page.get_by_role("button", name="Enrol")).to_have_count(0)
    assert viewer.complaints == []
