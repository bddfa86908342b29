"""A whole platform as the fault tests see it: its people, its processes, its job rows, its folders."""

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from ops.demo.client import Person, RequestRefused
from ops.demo.verification.check import Findings, Subject, verify
from ops.demo.verification.probe import Programs, source_facts
from ops.demo.viewer import open_session
from ops.embedded.platform import Platform
from tests.support.wait import wait_for

# Whatever a platform that is being killed answers with, the next question may be answered again.
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
DONE_STATES = ("ready", "failed", "cancelled")


@dataclass(frozen=True)
class JobRow:
    """One job as the database has it."""

    id: str
    kind: str
    state: str
    attempt: int


@dataclass
class World:
    """One running platform with an instructor and a learner signed in."""

    platform: Platform
    programs: Programs
    work: Path
    instructor: Person = field(init=False)
    learner: Person = field(init=False)
    learner_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.instructor, self.learner = (self._person(role) for role in ("instructor", "learner"))
        self.instructor.register()
        self.learner_id = self.learner.register()

    def close(self) -> None:
        """End the HTTP sessions."""
        self.instructor.http.close()
        self.learner.http.close()

    def _person(self, role: str) -> Person:
        return Person(self.platform.base_url, f"{role}-{secrets.token_hex(4)}@example.org", "a long password", role)

    def upload(self, clip: Path, name: str | None = None) -> str:
        """Upload `clip`; returns the asset's id."""
        location, asset_id = self.instructor.begin_upload(name or clip.name, clip.stat().st_size)
        self.instructor.send_file(location, clip)
        return asset_id

    def query(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows of a query; none while PostgreSQL is away."""

        async def ask() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.platform.env["AULA_DATABASE_URL"])
            try:
                rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
                return rows
            finally:
                await connection.close()

        try:
            return asyncio.run(ask())
        except _AWAY:
            return []

    def jobs(self, asset_id: str, kind: str = "") -> list[JobRow]:
        """The jobs of an asset's pipelines, of one kind or all."""
        rows = self.query(
            "SELECT j.id, j.kind, j.state::text, j.attempt FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id "
            "WHERE p.subject_id = $1 AND ($2 = '' OR j.kind = $2) ORDER BY j.id",
            asset_id,
            kind,
        )
        return [JobRow(str(row["id"]), row["kind"], row["state"], row["attempt"]) for row in rows]

    def await_mid_encode(self, asset_id: str) -> list[JobRow]:
        """Wait until one chunk is done and another is being encoded; returns the chunks that are done."""

        def in_the_middle() -> list[JobRow]:
            chunks = self.jobs(asset_id, "media.encode_chunk")
            done = [job for job in chunks if job.state == "completed"]
            return done if any(job.state == "running" for job in chunks) and self.encoders() else []

        return wait_for(in_the_middle, "one chunk done, another being encoded", 60)

    def encoders(self) -> list[int]:
        """Process ids of every ffmpeg that works in this platform's scratch folder."""
        mark = str(self.platform.data_dir).encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and b"ffmpeg" in (line := (entry / "cmdline").read_bytes()) and mark in line:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def kill(self, name: str) -> None:
        """kill -9 of one of the platform's processes; returns when it is gone."""
        pid = self.platform.processes[name]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.platform.processes.get(name) != pid, f"{name} to be gone", 20)

    def await_back(self, name: str) -> None:
        """Wait until the supervisor has started `name` again."""
        wait_for(lambda: name in self.platform.processes, f"{name} to be back", 30)

    def outcome(self, asset_id: str, deadline_s: float = 90) -> dict[str, Any]:
        """Wait for the asset's end and return its progress object."""
        ended: dict[str, Any] = {}

        def has_ended() -> bool:
            try:
                ended.update(self.instructor.progress(asset_id))
            except RequestRefused as refusal:
                # While PostgreSQL restarts the API says so, and nothing else.
                if refusal.status != 503:
                    raise
                return False
            return ended["state"] in DONE_STATES

        wait_for(has_ended, "the asset's end", deadline_s)
        return ended

    def verify(self, asset_id: str, clip: Path) -> Findings:
        """Everything that the demo verifies, for an asset that is ready."""
        self.instructor.call("POST", f"assets/{asset_id}/grants", json={"userId": self.learner_id})
        session = open_session(self.learner, asset_id, self.platform.base_url)
        subject = Subject(session.signed_url, session.manifest_url, clip, source_facts(self.programs, clip))
        work = self.work / asset_id
        work.mkdir()
        return verify(self.programs, subject, work)

    def objects(self, asset_id: str) -> list[str]:
        """Names of all stored files of an asset, in a local storage."""
        root = self.platform.data_dir / "objects"
        return sorted(str(path.relative_to(root)) for path in _files(root) if asset_id in str(path))

    def scratch(self) -> list[Path]:
        """Files left in scratch folders and caches; each worker's own lock stays."""
        roots = (self.platform.data_dir / "scratch", self.platform.data_dir / "cache")
        return [path for root in roots for path in _files(root) if path.name != ".lock"]


def make_clip(programs: Programs, path: Path, seconds: float, *, size: str = "640x360", arguments: Sequence[str] = ()) -> Path:
    """A moving picture with film grain, so that it costs something to encode, and a tone that changes every second."""
    video = f"testsrc2=size={size}:rate=25:duration={seconds},noise=alls=12:allf=t"
    audio = f"aevalsrc='0.3*sin(2*PI*t*(300+90*mod(floor(t*7),11)))':s=48000:d={seconds}"
    command = [str(programs.ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", audio]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "33", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([*command, *arguments, str(path)], check=True)
    return path


def _files(root: Path) -> list[Path]:
    """All files below `root`; folders that jobs take away meanwhile hold none, where `Path.rglob` would fail on them."""
    return [Path(folder, name) for folder, _, names in os.walk(root) for name in names]
