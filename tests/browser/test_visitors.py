"""Who is not signed in finds courses, reads what is open, and comes back to it through the door."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.page import Viewer

_TEXT = (
    "# Before you begin\n\nA *small* table:\n\n| part | cost |\n|---|---|\n| API | low |\n\n<script>window.evil = 1</script>"
)


def _publish(teacher: Person, title: str) -> dict[str, Any]:
    """A published course with an open lesson and a closed one."""
    body = {"title": title, "summary": "In short.", "description": f"{_TEXT}\n\n[All courses](/courses)"}
    course: dict[str, Any] = teacher.call("POST", "courses", json=body).json()
    module = teacher.call("POST", f"courses/{course['id']}/modules", json={"title": "First week"}).json()
    for name, preview in (("An open lesson", True), ("A closed lesson", False)):
        lesson = {"title": name, "kind": "text", "body": _TEXT, "preview": preview}
        teacher.call("POST", f"modules/{module['id']}/lessons", json=lesson)
    teacher.call("POST", f"courses/{course['id']}/publish")
    return course


@pytest.fixture
def course(new_person: Callable[[str], Person]) -> dict[str, Any]:
    return _publish(new_person("Teacher"), f"Systems {secrets.token_hex(4)}")


def test_a_visitor_reads_and_comes_back_signed_in(
    platform: Platform, context: BrowserContext, course: dict[str, Any], new_person: Callable[[str], Person]
) -> None:
    learner = new_person("Learner")
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(f"{platform.base_url}/courses")
    page.get_by_label("Search courses").fill(course["title"])
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=course["title"]).click()
    expect(page.get_by_role("heading", name=course["title"])).to_be_visible()
    expect(page).to_have_title(f"{course['title']} · Aula")
    expect(page.get_by_role("cell", name="API")).to_be_visible()
    # What is closed is named, and leads nowhere.
    expect(page.get_by_text("A closed lesson")).to_be_visible()
    assert page.get_by_role("link", name="A closed lesson").count() == 0
    page.get_by_role("link", name="An open lesson").click()
    expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
    address = page.url
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("Email").fill(learner.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(learner.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
    assert page.url == address
    assert page.evaluate("window.evil") is None
    assert viewer.complaints == []


def test_links_in_texts_stay_in_the_page_and_unknown_courses_say_so(
    platform: Platform, context: BrowserContext, course: dict[str, Any]
) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(f"{platform.base_url}/courses/{course['slug']}")
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="All courses").click()
    expect(page.get_by_role("heading", name="Courses", exact=True)).to_be_visible()
    assert page.evaluate("window.kept") is True
    page.goto(f"{platform.base_url}/courses/no-such-course")
    expect(page.get_by_text("There is no such course")).to_be_visible()
    # The door never leads to somebody else's site.
    page.goto(f"{platform.base_url}/sign-in?next=//elsewhere.example/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert viewer.complaints == []


def test_the_list_of_courses_goes_on(platform: Platform, context: BrowserContext, new_person: Callable[[str], Person]) -> None:
    teacher, word = new_person("Teacher"), f"word{secrets.token_hex(4)}"
    for number in range(21):
        _publish(teacher, f"{word} number {number}")
    viewer = Viewer(context, platform.base_url)
    viewer.page.goto(f"{platform.base_url}/courses?q={word}")
    cards = viewer.page.get_by_role("heading", level=2)
    expect(cards).to_have_count(20)
    viewer.page.get_by_role("button", name="Show more").click()
    expect(cards).to_have_count(21)
    expect(viewer.page.get_by_role("button", name="Show more")).to_have_count(0)
    viewer.page.get_by_label("Search courses").fill("nothing has this name")
    viewer.page.get_by_role("button", name="Search").click()
    expect(viewer.page.get_by_text("No course fits")).to_be_visible()
    assert viewer.complaints == []


def test_a_fault_is_shown_at_its_field_which_gets_the_focus(platform: Platform, context: BrowserContext) -> None:
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(f"{platform.base_url}/register?next=/courses")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Email").fill(f"ada-{secrets.token_hex(4)}@example.org")
    page.get_by_label("Password").fill("password1")
    page.get_by_role("button", name="Create account").click()
    password = page.get_by_label("Password")
    expect(password).to_be_focused()
    expect(password).to_have_attribute("aria-invalid", "true")
    password.fill(secrets.token_hex(8))
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Courses", exact=True)).to_be_visible()
    assert page.url == f"{platform.base_url}/courses"
    assert viewer.complaints == []
