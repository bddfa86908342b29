"""What tests do with the page, in the words of a viewer."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from playwright.sync_api import BrowserContext, Locator, Page, expect

from ops.demo.client import Person
from tests.support.wait import wait_for

T = TypeVar("T")

# Notes the moment of the video at which it first plays, before any test could ask.
_NOTE_START = """
addEventListener("playing", (event) => { window.firstPlayed ??= event.target.currentTime; }, true);
"""

# The middle of the first image, where it has been loaded.
_COLOUR = """
([image]) => {
    if (!image?.complete || !image.naturalWidth) return "";
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.drawImage(image, image.naturalWidth / 2, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return blue > 200 && red < 50 && green < 50 ? "blue" : "other";
}
"""


class Viewer:
    """One tab of the page."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.base_url = base_url
        self.page: Page = context.new_page()
        self.page.add_init_script(_NOTE_START)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._console(message.text))

    def _console(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)

    def sign_in(self, person: Person) -> None:
        """Through the form."""
        self.page.goto(self.base_url)
        self.page.get_by_label("Email").fill(person.email)
        self.page.get_by_label("Password").fill(person.password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Library")).to_be_visible()

    def watch(self, asset_id: str) -> None:
        """Open the asset and press play."""
        self.page.goto(f"{self.base_url}/watch/{asset_id}")
        self.page.get_by_role("button", name="Play the video").click()

    def choose_quality(self, label: str) -> None:
        """By the player's menu, once the quality is offered."""
        self.stir()
        self.page.get_by_role("button", name="Quality and speed").click()
        self.page.get_by_role("radio", name=label, exact=True).check()
        self.page.keyboard.press("Escape")

    def settings(self, role: Literal["region", "form"], name: str) -> Locator:
        """Open the owner's settings; returns one part of them."""
        self.page.get_by_role("button", name="Settings", exact=True).click()
        return self.page.get_by_role(role, name=name, exact=True)

    def captions(self) -> list[str]:
        """What stands below the picture now."""
        shown = "[...document.querySelector('video').textTracks].filter((track) => track.mode === 'showing')"
        texts: list[str] = self.page.evaluate(
            f"{shown}.flatMap((track) => [...track.activeCues].map((cue) => cue.getCueAsHTML().textContent))"
        )
        return texts

    def colour(self, image: Locator) -> str:
        """`blue`, `other`, or nothing while it isn't there."""
        found: str = image.evaluate_all(_COLOUR)
        return found

    def stir(self) -> None:
        """Move over the picture, so that the controls come back."""
        for x in (40, 60):
            self.page.locator(".player").hover(position={"x": x, "y": 40})

    def video(self, expression: str) -> Any:
        """A property of the video element, as `currentTime`."""
        return self.page.evaluate(f"document.querySelector('video').{expression}")

    def first_played(self) -> float | None:
        """The moment of the video at which it first played."""
        moment: float | None = self.page.evaluate("window.firstPlayed ?? null")
        return moment

    def until(self, expression: str, what: str, deadline_s: float = 30.0) -> None:
        """Wait until an expression about the video element is true."""
        wait_for(lambda: self.video(expression), f"{what}; {self.state()}", deadline_s)

    def wait(self, check: Callable[[], T], what: str, deadline_s: float = 30.0) -> T:
        """`wait_for` while the page's events are heard: Playwright hands them over only while it is asked something."""
        return wait_for(lambda: self.page.evaluate("0") or check(), f"{what}; the page said {self.complaints}", deadline_s)

    def state(self) -> str:
        """What to say when something was waited for in vain."""
        facts = "[v.currentTime, v.duration, v.videoHeight, v.readyState, v.paused, v.error?.message]"
        found = self.page.evaluate(f"(() => {{ const v = document.querySelector('video'); return v && {facts}; }})()")
        return f"[time, duration, height, ready, paused, error] was {found}"
