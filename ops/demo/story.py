"""The story of the demo on a running platform: an instructor uploads, a learner watches, a stranger verifies."""

import secrets
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from ops.demo.client import Person, RequestRefused
from ops.demo.narrator import Narrator
from ops.demo.report import Report
from ops.demo.verification.check import Subject, verify
from ops.demo.verification.hls import VerificationError
from ops.demo.verification.probe import Programs, source_facts
from ops.demo.viewer import Viewer

Until = Literal["playable", "ready"]

_ASK_EVERY_S = 0.05
# The platform must say something new about the asset within this time, or the demo gives up on it.
_SILENCE_S = 600.0
# What a playlist may still need after the platform has called the asset ready.
_ENDING_S = 10.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: an instructor and a learner, both registered over HTTP."""

    instructor: Person
    learner: Person


def _person(base_url: str, role: str) -> Person:
    # A data directory may be used by several runs: each registers people of its own.
    tag = secrets.token_hex(3)
    return Person(base_url, f"{role}-{tag}@example.org", secrets.token_urlsafe(12), f"Demo {role}")


def cast(base_url: str) -> Cast:
    """Two accounts, not yet registered."""
    return Cast(_person(base_url, "instructor"), _person(base_url, "learner"))


class AssetLost(Exception):
    """The asset has failed, was cancelled, or nothing is heard of it any more."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _News:
    """Tells news from repetition: what never changes any more must not be waited for."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._heard = time.monotonic()
        self._last: dict[str, Any] = {}

    def take(self, event: dict[str, Any]) -> None:
        """Note an event; raises AssetLost when the asset has ended badly or nothing has changed for too long."""
        if event != self._last:
            self._heard, self._last = time.monotonic(), event
            self._narrator.bar(_describe(event), float(event.get("percent") or 0) / 100)
        if event["state"] in ("failed", "cancelled"):
            error = event.get("error") or {}
            raise AssetLost(error.get("code", f"asset.{event['state']}"), error.get("message", "The asset was cancelled."))
        self.give_up_if_silent()

    def give_up_if_silent(self) -> None:
        """Raise AssetLost when nothing new was heard for too long."""
        if time.monotonic() - self._heard > _SILENCE_S:
            state = self._last.get("state", "unknown")
            raise AssetLost("demo.stuck", f"Nothing new about the asset for {_SILENCE_S:.0f} s; it is {state}.")


def _await_playable(person: Person, asset_id: str, narrator: Narrator) -> None:
    """Ask often: what is measured is when the platform is ready, not when the next event happens to be sent."""
    news, pause = _News(narrator), threading.Event()
    while not (event := person.progress(asset_id))["playable"]:
        news.take(event)
        pause.wait(_ASK_EVERY_S)


def _await_ready(person: Person, asset_id: str, narrator: Narrator) -> None:
    """Listen to server-sent events, as the page does, until every rung is whole."""
    news = _News(narrator)
    while True:
        for event in person.progress_events(asset_id):
            news.take(event)
            if event["state"] == "ready":
                return
        news.give_up_if_silent()


def _describe(event: dict[str, Any]) -> str:
    text = str(event.get("stage") or event["state"])
    if event.get("queuePosition"):
        text += f", number {event['queuePosition']} in the queue"
    elif event.get("etaS"):
        text += f", about {event['etaS']:.0f} s to go"
    return text


@dataclass(slots=True)
class Story:
    """One telling; `report` fills up as it goes."""

    base_url: str
    programs: Programs
    video: Path
    until: Until
    narrator: Narrator
    report: Report

    def tell(self, people: Cast) -> None:
        """Run all scenes in order; what goes wrong with the file ends up in the report."""
        self.report.source = source_facts(self.programs, self.video)
        try:
            people.instructor.register()
            learner_id = people.learner.register()
            acknowledged = self._upload(people.instructor, learner_id)
            viewer = self._watch(people, acknowledged)
            self._verify(viewer)
        except RequestRefused as refusal:
            self.report.fail(refusal.code, refusal.message)
        except AssetLost as loss:
            self.report.fail(loss.code, loss.message)
        except (VerificationError, httpx.HTTPError) as problem:
            self.report.fail("demo.unverified", str(problem) or type(problem).__name__)

    def _upload(self, instructor: Person, learner_id: str) -> float:
        size = self.video.stat().st_size
        self.narrator.step(f"Uploading {self.video.name} ({size / 1e6:.1f} MB) as {instructor.email}")
        began = time.monotonic()
        location, self.report.asset_id = instructor.begin_upload(self.video.name, size)
        instructor.call("POST", f"assets/{self.report.asset_id}/grants", json={"userId": learner_id})
        acknowledged = instructor.send_file(location, self.video, lambda sent: self.narrator.bar("sent", sent / size))
        self.report.upload_s = acknowledged - began
        return acknowledged

    def _watch(self, people: Cast, acknowledged: float) -> Viewer:
        """Open the stream at the first possible moment, then follow it to the end (or not, with `until` playable)."""
        assert self.report.asset_id is not None
        self.narrator.step("Waiting until it can be watched")
        _await_playable(people.instructor, self.report.asset_id, self.narrator)
        viewer = Viewer(people.learner, self.report.asset_id, self.base_url)
        try:
            self.report.first_playable_s = viewer.first_frame() - acknowledged
            self.narrator.step(f"{people.learner.email} watches since {self.report.first_playable_s:.2f} s after the upload")
            if self.until == "ready":
                viewer.follow()
                _await_ready(people.instructor, self.report.asset_id, self.narrator)
                self.report.ready_s = time.monotonic() - acknowledged
        finally:
            viewer.stop(_ENDING_S if self.report.ready_s is not None else 0.0)
        if viewer.failure is not None:
            self.report.fail("demo.viewer", f"The viewer was interrupted: {viewer.failure}")
        self.report.stall_s = viewer.stall_s
        return viewer

    def _verify(self, viewer: Viewer) -> None:
        self.narrator.step("Fetching and decoding every segment of every track")
        self.report.manifest_url = viewer.session.signed_url
        subject = Subject(
            manifest_url=viewer.session.signed_url,
            unsigned_url=viewer.session.manifest_url,
            source=self.video,
            facts=self.report.source,
            whole=self.until == "ready",
        )
        with tempfile.TemporaryDirectory(prefix="aula-verify-") as work:
            self.report.findings = verify(self.programs, subject, Path(work))
