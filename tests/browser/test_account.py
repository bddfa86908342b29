"""A person's account from the first day on: links in mails, the second factor, keys, and the admin who looks or shuts."""

import re
import secrets
import time
from collections.abc import Callable, Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.page import Viewer
from tests.support.sql import run_sql
from tests.support.wait import wait_for

NewPerson = Callable[[str], Person]

_PASSWORD = "seven quiet otters"
_LINK = re.compile(r"https?://\S+#token=[\w-]{43}")


@pytest.fixture
def admin(platform: Platform, new_person: NewPerson) -> Person:
    person = new_person("Admin")
    run_sql(platform.env["AULA_DATABASE_URL"], "UPDATE users SET roles = '{instructor,admin}' WHERE email = $1", person.email)
    return person


@pytest.fixture
def office(platform: Platform, browser: Browser, admin: Person) -> Iterator[Viewer]:
    """The admin's own browser, signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(20_000)
    viewer = Viewer(context, platform.base_url)
    viewer.sign_in(admin)
    yield viewer
    context.close()


def _sent(admin: Person, template: str, to: str) -> str:
    """The id of a mail, once it has been sent."""

    def look() -> str | None:
        items = admin.call("GET", "ops/messages", params={"state": "sent"}).json()["items"]
        return next((str(mail["id"]) for mail in items if (mail["template"], mail["recipient"]) == (template, to)), None)

    return wait_for(look, f"the mail {template} to {to}") or ""


def _link(admin: Person, template: str, to: str) -> str:
    """The link in a mail."""
    text = admin.call("GET", f"ops/messages/{_sent(admin, template, to)}").json()["text"]
    found = _LINK.search(text)
    assert found, text
    return found.group()


def _sign_in(page: Page, email: str, password: str = _PASSWORD) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _register(viewer: Viewer, email: str) -> None:
    page = viewer.page
    page.goto(f"{viewer.base_url}/register?next=/account")
    page.get_by_label("Your name").fill("Nora")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def _enable_second_factor(page: Page) -> pyotp.TOTP:
    section = page.get_by_role("region", name="Second factor")
    section.get_by_role("button", name="Switch it on").click()
    section.get_by_label("Your password").fill(_PASSWORD)
    section.get_by_role("button", name="Go on").click()
    picture = section.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    totp = pyotp.TOTP(section.locator("code").inner_text())
    code = section.get_by_label("Code")
    expect(code).to_be_focused()
    code.fill(totp.now())
    section.get_by_role("button", name="Switch it on").click()
    codes = section.get_by_role("group", name="recovery codes")
    expect(codes).to_be_focused()
    assert len(codes.locator("pre").inner_text().split("\n")) == 10
    codes.get_by_role("button", name="I have kept them").click()
    expect(section.get_by_text("asks for a code")).to_be_visible()
    return totp


def test_a_person_confirms_their_address_adds_a_factor_and_is_suspended(
    platform: Platform, context: BrowserContext, admin: Person, office: Viewer
) -> None:
    email = f"nora-{secrets.token_hex(4)}@example.org"
    viewer = Viewer(context, platform.base_url)
    page, desk = viewer.page, office.page
    _register(viewer, email)
    reminder = page.get_by_role("complementary", name="Your address is not confirmed")
    expect(reminder).to_be_visible()

    # The operator reads the captured mail, as one does without a mail server.
    _sent(admin, "verify_email", email)
    desk.goto(f"{platform.base_url}/operations/mail")
    desk.get_by_role("button", name=f"verify_email to {email}").click()
    link = desk.get_by_role("dialog").get_by_role("link", name="token=").get_attribute("href") or ""
    page.goto(link)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("your address is confirmed")).to_be_visible()
    assert page.url == f"{platform.base_url}/verify-email"
    page.goto(f"{platform.base_url}/account")
    totp = _enable_second_factor(page)
    expect(reminder).to_have_count(0)

    page.get_by_role("button", name="Sign out").click()
    _sign_in(page, email)
    code = page.get_by_label("Code")
    expect(code).to_be_focused()
    code.fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    # No step counts twice: that of the confirmation is spent, the next one is taken early.
    code.fill(totp.at(int(time.time()), counter_offset=1))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    desk.goto(f"{platform.base_url}/admin")
    desk.get_by_label("Name or address").fill(email)
    desk.get_by_role("button", name="Find").click()
    desk.get_by_role("link", name="Nora").click()
    desk.get_by_role("button", name="Suspend").click()
    desk.get_by_label("Reason").fill("A test of patience")
    desk.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(desk.get_by_text("A test of patience")).to_be_visible()

    page.get_by_role("link", name="Library").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    _sign_in(page, email)
    expect(page.get_by_role("alert")).to_be_visible()
    desk.get_by_role("link", name="What was done to them").click()
    expect(desk.get_by_role("cell", name="user.suspended")).to_be_visible()
    assert viewer.complaints == office.complaints == []


def test_an_admin_looks_through_somebodys_eyes_and_comes_back(
    platform: Platform, admin: Person, office: Viewer, new_person: NewPerson
) -> None:
    learner = new_person("Lea")
    page = office.page
    page.goto(f"{platform.base_url}/admin?q={learner.email}")
    page.get_by_role("link", name="Lea", exact=True).click()
    page.get_by_role("button", name="Look through their eyes").click()
    bar = page.get_by_role("complementary", name="Impersonation")
    expect(bar).to_contain_text("Lea")
    expect(page.get_by_role("link", name="Admin", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Lea, your account").click()
    expect(page.get_by_role("region", name="Devices")).to_contain_text("an administrator, in your place")
    expect(page.get_by_role("region", name="Password")).to_have_count(0)
    bar.get_by_role("button", name="Stop").click()
    expect(bar).to_have_count(0)
    expect(page.get_by_role("heading", name="Lea")).to_be_visible()
    devices = learner.call("GET", "users/me/sessions").json()["items"]
    assert [device["method"] for device in devices] == ["password"]

    # Ended from elsewhere: what was asked in their place is not asked again in the admin's own name.
    page.get_by_role("button", name="Look through their eyes").click()
    expect(bar).to_be_visible()
    borrowed = next(d for d in learner.call("GET", "users/me/sessions").json()["items"] if d["impersonatedBy"])
    learner.call("DELETE", f"users/me/sessions/{borrowed['id']}")
    page.get_by_role("link", name="Lea, your account").click()
    expect(bar).to_have_count(0)
    expect(page.get_by_role("link", name="Admin", exact=True)).to_be_visible()
    assert office.complaints == []


def test_a_lost_password_is_set_anew_by_mail(
    platform: Platform, context: BrowserContext, admin: Person, new_person: NewPerson
) -> None:
    person = new_person("Fay")
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    page.goto(f"{platform.base_url}/sign-in?error=oidc.denied")
    expect(page.get_by_role("alert")).to_contain_text("not let in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status")).to_contain_text("on its way")
    page.goto(_link(admin, "reset_password", person.email))
    page.get_by_label("New password").fill("password1")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("New password").fill(_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("link", name="Sign in").click()
    _sign_in(page, person.email)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(f"{platform.base_url}/reset-password")
    expect(page.get_by_role("alert")).to_contain_text("not whole")
    assert viewer.complaints == []


def test_profile_keys_devices_and_data(platform: Platform, context: BrowserContext, new_person: NewPerson) -> None:
    person = new_person("Kim")
    viewer = Viewer(context, platform.base_url)
    page = viewer.page
    viewer.sign_in(person)
    page.get_by_role("link", name="Kim, your account").click()
    profile = page.get_by_role("form", name="Profile")
    profile.get_by_label("Headline").fill("Teaches graphs")
    profile.get_by_label("Time zone").select_option("Europe/Berlin")
    profile.get_by_role("button", name="Save").click()
    expect(profile.get_by_role("status")).to_have_text("Saved.")
    me = person.call("GET", "users/me").json()
    assert (me["headline"], me["timeZone"]) == ("Teaches graphs", "Europe/Berlin")

    keys = page.get_by_role("region", name="API keys")
    keys.get_by_role("button", name="Make a key").click()
    keys.get_by_label("What it is for").fill("Nightly")
    keys.get_by_role("button", name="Make the key").click()
    expect(keys.get_by_role("alert")).to_contain_text("at least one")
    keys.get_by_label("Upload and change videos").check()
    keys.get_by_role("button", name="Make the key").click()
    shown = keys.get_by_role("group", name="The key")
    assert shown.locator("pre").inner_text().startswith("aula_")
    shown.get_by_role("button", name="I have kept them").click()
    keys.get_by_role("button", name="Revoke Nightly").click()
    expect(keys.get_by_text("Nightly")).to_have_count(0)

    devices = page.get_by_role("region", name="Devices")
    expect(devices.get_by_role("listitem")).to_have_count(2)
    devices.get_by_role("button", name="Sign out all others").click()
    expect(devices.get_by_role("listitem")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()
    assert person.email in download.value.path().read_text()

    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your password").fill("wrong")
    dialog.get_by_role("button", name="Delete it for good").click()
    expect(dialog.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Your password").fill(person.password)
    dialog.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    assert viewer.complaints == []
