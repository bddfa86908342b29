"""An author makes a course in the page, from its title to the catalogue, and is told when somebody else was faster."""

import secrets
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.page import Viewer
from tests.support.sql import run_sql

NewPerson = Callable[[str], Person]


def _begin(page: Page, title: str) -> None:
    page.get_by_role("link", name="Teach", exact=True).click()
    page.get_by_role("button", name="New course").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def _add_module(page: Page, title: str) -> None:
    page.get_by_label("New module").fill(title)
    page.get_by_role("button", name="Add the module").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def _add_lesson(page: Page, module: str, title: str, kind: str) -> None:
    form = page.get_by_role("form", name=f"Add a lesson to {module}")
    form.get_by_label("New lesson").fill(title)
    form.get_by_label("Kind").select_option(kind)
    form.get_by_role("button", name="Add the lesson").click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def _edit_module(page: Page, module: str, summary: str, days: int) -> None:
    page.get_by_role("button", name=f"Edit {module}").click()
    form = page.get_by_role("form", name="Module", exact=True)
    form.get_by_label("Summary").fill(summary)
    form.get_by_label("Opens").select_option("days")
    form.get_by_label("Days", exact=True).fill(str(days))
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    expect(page.get_by_text(f"{summary} · opens after {days} days")).to_be_visible()


def _write_question(page: Page) -> None:
    page.get_by_role("button", name="Write a new quiz").click()
    page.get_by_role("button", name="Add a question").click()
    form = page.get_by_role("form", name="New question")
    form.get_by_label("Question", exact=True).fill("What does a system have?")
    form.get_by_label("Text of choice 1").fill("Parts")
    form.get_by_label("Text of choice 2").fill("Luck")
    form.get_by_role("group", name="choice 1").get_by_label("Right", exact=True).check()
    form.get_by_role("button", name="Save the question").click()
    expect(page.get_by_role("button", name="Edit question 1")).to_be_visible()


def test_from_a_title_to_the_catalogue(platform: Platform, context: BrowserContext, new_person: NewPerson) -> None:
    title = f"Systems {secrets.token_hex(4)}"
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(new_person("Ada"))
    _begin(page, title)
    page.get_by_label("Summary").fill("In short.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    # What is not complete is not published, and says what it lacks.
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="There is no lesson yet.").click()
    _add_module(page, "First week")
    _add_lesson(page, "First week", "What a system is", "text")
    page.get_by_label("Text", exact=True).fill("# Parts\n\nand what holds them *together*")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Parts", exact=True)).to_be_visible()

    page.get_by_role("link", name=title).click()
    _edit_module(page, "First week", "What belongs together.", 7)
    _add_lesson(page, "First week", "Do you know it?", "quiz")
    page.get_by_role("link", name=title).click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="has no quiz with questions").click()
    _write_question(page)

    # By keyboard: the focus stays with what is moved.
    page.get_by_role("link", name=title).click()
    page.get_by_role("button", name="Move Do you know it? up").press("Enter")
    expect(page.get_by_role("listitem").first).to_contain_text("Do you know it?")
    expect(page.get_by_role("button", name="Move Do you know it? down")).to_be_focused()

    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published", exact=True)).to_be_visible()
    page.get_by_role("link", name="Courses", exact=True).click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text("What a system is")).to_be_visible()
    expect(page.get_by_text("What belongs together.")).to_be_visible()
    assert viewer.complaints == []


def _published(author: Person, title: str) -> dict[str, Any]:
    """A course of one lesson over HTTP."""
    course: dict[str, Any] = author.call("POST", "courses", json={"title": title}).json()
    module = author.call("POST", f"courses/{course['id']}/modules", json={"title": "First week"}).json()
    author.call("POST", f"modules/{module['id']}/lessons", json={"title": "Read", "kind": "text", "body": "Words."})
    author.call("POST", f"courses/{course['id']}/publish")
    return course


def test_a_course_comes_before_another_until_it_is_removed(
    platform: Platform, context: BrowserContext, new_person: NewPerson
) -> None:
    author, first = new_person("Ada"), f"Basics {secrets.token_hex(4)}"
    _published(author, first)
    course = author.call("POST", "courses", json={"title": "Beyond the basics"}).json()
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(author)
    page.goto(f"{platform.base_url}/teach/{course['id']}")
    part = page.get_by_role("region", name="What comes before")
    part.get_by_label("Find a published course by its title or category").fill(first)
    part.get_by_role("button", name="Find").click()
    part.get_by_role("button", name=f"Take {first}").click()
    expect(part.get_by_role("link", name=first)).to_be_visible()
    expect(part.get_by_text("No other course has these words.")).to_be_visible()

    # The facts were read before, and nobody has changed them since.
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{platform.base_url}/courses/{course['slug']}")
    expect(page.get_by_role("link", name=first)).to_be_visible()

    page.goto(f"{platform.base_url}/teach/{course['id']}")
    part.get_by_role("button", name=f"Remove {first}").click()
    expect(part.get_by_text("No course comes before this one.")).to_be_visible()
    assert author.call("GET", f"courses/{course['id']}").json()["prerequisites"] == []
    assert viewer.complaints == []


def test_quizzes_and_assignments_go_once_no_lesson_uses_them(
    platform: Platform, context: BrowserContext, new_person: NewPerson
) -> None:
    author = new_person("Ada")
    course = author.call("POST", "courses", json={"title": "Tested"}).json()
    quiz = author.call("POST", f"courses/{course['id']}/quizzes", json={"title": "Do you know it?"}).json()
    author.call("POST", f"courses/{course['id']}/assignments", json={"title": "An essay"})
    module = author.call("POST", f"courses/{course['id']}/modules", json={"title": "First week"}).json()
    asked = {"title": "Asked", "kind": "quiz", "quizId": quiz["id"]}
    lesson = author.call("POST", f"modules/{module['id']}/lessons", json=asked).json()
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(author)
    page.goto(f"{platform.base_url}/teach/{course['id']}")
    page.get_by_role("link", name="Quizzes and assignments").click()
    page.get_by_role("button", name="Delete the assignment An essay").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("region", name="Assignments").get_by_text("There are none yet.")).to_be_visible()

    page.get_by_role("button", name="Delete the quiz Do you know it?").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("The lesson 'Asked' uses this quiz.")
    author.call("DELETE", f"lessons/{lesson['id']}")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("region", name="Quizzes").get_by_text("There are none yet.")).to_be_visible()
    assert viewer.complaints == []


def test_those_who_teach_a_course_read_why_an_admin_took_it_down(
    platform: Platform, context: BrowserContext, new_person: NewPerson
) -> None:
    author, helper, admin = new_person("Ada"), new_person("Grace"), new_person("Admin")
    run_sql(platform.env["AULA_DATABASE_URL"], "UPDATE users SET roles = '{admin}' WHERE email = $1", admin.email)
    course = _published(author, f"Copied {secrets.token_hex(4)}")
    author.call("POST", f"courses/{course['id']}/instructors", json={"email": helper.email, "permissions": []})
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(admin)
    page.goto(f"{platform.base_url}/teach/{course['id']}")
    page.get_by_role("button", name="Archive").click()
    page.get_by_label("Reason to take it down").fill("Its pictures are somebody else's.")
    page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(page.get_by_text("Its pictures are somebody else's.")).to_be_visible()
    expect(page.get_by_role("button", name="Bring it back")).to_be_visible()

    for person in (author, helper):
        context.clear_cookies()
        viewer.sign_in(person)
        page.goto(f"{platform.base_url}/teach/{course['id']}")
        expect(page.get_by_text("Its pictures are somebody else's.")).to_be_visible()
        expect(page.get_by_role("button", name="Bring it back")).to_have_count(0)
    page.get_by_role("link", name="See it as learners do").click()
    expect(page.get_by_text("An admin took it down: Its pictures are somebody else's.")).to_be_visible()
    assert viewer.complaints == []


def test_what_somebody_else_has_changed_is_not_overwritten(
    platform: Platform, context: BrowserContext, new_person: NewPerson
) -> None:
    author = new_person("Ada")
    course = author.call("POST", "courses", json={"title": "Shared"}).json()
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(author)
    page.goto(f"{platform.base_url}/teach/{course['id']}")
    summary = page.get_by_label("Summary")
    summary.fill("Mine")
    # Another part of the course is nobody's loss.
    author.call("POST", f"courses/{course['id']}/modules", json={"title": "First week"})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    author.call("PATCH", f"courses/{course['id']}", json={"summary": "Theirs"})
    summary.fill("Mine again")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody else has changed the facts meanwhile")).to_be_visible()
    page.get_by_role("button", name="Load the newest").click()
    expect(summary).to_have_value("Theirs")
    assert author.call("GET", f"courses/{course['id']}").json()["summary"] == "Theirs"
    assert viewer.complaints == []


def test_an_admin_gives_a_course_back_and_approves_it_when_it_is_better(
    platform: Platform, context: BrowserContext, new_person: NewPerson
) -> None:
    author, admin, title = new_person("Ada"), new_person("Admin"), f"Submitted {secrets.token_hex(4)}"
    run_sql(platform.env["AULA_DATABASE_URL"], "UPDATE users SET roles = '{admin}' WHERE email = $1", admin.email)
    course = author.call("POST", "courses", json={"title": title}).json()
    module = author.call("POST", f"courses/{course['id']}/modules", json={"title": "First week"}).json()
    author.call("POST", f"modules/{module['id']}/lessons", json={"title": "Read", "kind": "text", "body": "Words."})
    author.call("POST", f"courses/{course['id']}/submit")

    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(admin)
    page.get_by_role("link", name="Teach", exact=True).click()
    page.get_by_role("link", name="Reviews").click()
    waiting = page.get_by_role("listitem").filter(has_text=title)
    waiting.get_by_role("button", name="Give back").click()
    waiting.get_by_label("What is to be better").fill("More words.")
    waiting.get_by_role("button", name="Give it back with this note").click()
    expect(waiting).to_have_count(0)
    page.goto(f"{platform.base_url}/teach/{course['id']}")
    expect(page.get_by_text("More words.")).to_be_visible()

    author.call("POST", f"courses/{course['id']}/submit")
    page.goto(f"{platform.base_url}/teach/review")
    waiting.get_by_role("button", name="Approve").click()
    expect(waiting).to_have_count(0)
    assert author.call("GET", f"courses/{course['id']}").json()["state"] == "published"
    assert viewer.complaints == []
