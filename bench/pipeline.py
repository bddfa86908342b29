"""The third way: the same clip through the whole platform, warm, over HTTP."""

import asyncio
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from bench.cpu import Cost, tree_cpu_s
from core.settings import DatabaseSettings
from db.queries import ops as queries
from db.session import make_engine, make_session_factory
from ops.demo.client import Person
from ops.demo.viewer import Viewer
from ops.embedded.platform import Platform

# Asking costs the API time that the encoder lacks: often for what takes seconds, seldom for what takes long.
_ASK_PLAYABLE_S = 0.05
_ASK_READY_S = 0.25
_DEADLINE_S = 600.0
_ENDED = ("ready", "failed", "cancelled")


class Bench:
    """A warm platform with one instructor and one learner."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._instructor, self._learner = (self._person(role) for role in ("instructor", "learner"))
        self._instructor.register()
        self._learner_id = self._learner.register()

    def close(self) -> None:
        """End the HTTP sessions."""
        self._instructor.http.close()
        self._learner.http.close()

    def _person(self, role: str) -> Person:
        return Person(self.platform.base_url, f"{role}-{secrets.token_hex(4)}@example.org", secrets.token_urlsafe(12), role)

    def _upload(self, clip: Path) -> tuple[str, float]:
        location, asset_id = self._instructor.begin_upload(clip.name, clip.stat().st_size)
        self._instructor.call("POST", f"assets/{asset_id}/grants", json={"userId": self._learner_id})
        return asset_id, self._instructor.send_file(location, clip)

    def _await(self, asset_id: str, *, ready: bool) -> None:
        deadline, pause = time.monotonic() + _DEADLINE_S, Event()
        while time.monotonic() < deadline:
            now = self._instructor.progress(asset_id)
            if now["state"] in ("failed", "cancelled"):
                raise RuntimeError(f"the pipeline did not make the clip: {now['error']}")
            if now["state"] == "ready" or (now["playable"] and not ready):
                return
            pause.wait(_ASK_READY_S if ready else _ASK_PLAYABLE_S)
        raise RuntimeError("the pipeline did not end in time")

    def _cpu(self) -> tuple[float, float]:
        """(workers with their ffmpegs, everything else) so far."""
        running = {name: pid for name, pid in self.platform.processes.items() if name != "nursery"}
        # The nursery is the parent of all Python processes: with it, the workers would be counted twice.
        workers = [pid for name, pid in running.items() if name.startswith("worker")]
        others = [pid for name, pid in running.items() if not name.startswith("worker")]
        return tree_cpu_s(workers), tree_cpu_s(others)

    def whole(self, clip: Path) -> Cost:
        """From the last byte acknowledged to ready: wall, CPU of the workers, CPU of the rest."""
        asset_id, acknowledged = self._upload(clip)
        before = self._cpu()
        self._await(asset_id, ready=True)
        wall = time.monotonic() - acknowledged
        self._await_idle()
        after = self._cpu()
        size = sum(path.stat().st_size for path in (self.platform.data_dir / "objects/hls" / asset_id).rglob("*.m4s"))
        return Cost(wall, after[0] - before[0], after[1] - before[1], size)

    def first_play_s(self, clip: Path) -> float:
        """From the last byte acknowledged until a learner holds the first segment of every listed track."""
        asset_id, acknowledged = self._upload(clip)
        self._await(asset_id, ready=False)
        viewer = Viewer(self._learner, asset_id, self.platform.base_url)
        began = viewer.first_frame()
        viewer.stop()
        self._give_up(asset_id)
        return began - acknowledged

    def stall_s(self, clip: Path, watched_s: float) -> float:
        """How long a learner who presses play at once has to wait later on, within the first `watched_s` seconds."""
        asset_id, _ = self._upload(clip)
        self._await(asset_id, ready=False)
        viewer = Viewer(self._learner, asset_id, self.platform.base_url)
        viewer.first_frame()
        viewer.follow()
        viewer.stop(wait_s=watched_s)
        self._give_up(asset_id)
        return viewer.stall_s

    def _give_up(self, asset_id: str) -> None:
        if self._instructor.progress(asset_id)["state"] not in _ENDED:
            self._instructor.call("POST", f"assets/{asset_id}/cancel")
        self._await_idle()
        self._instructor.call("DELETE", f"assets/{asset_id}")
        self._await_idle()

    def _await_idle(self) -> None:
        """Until no job is left: what one measurement leaves behind must not burden the next."""
        deadline, pause = time.monotonic() + _DEADLINE_S, Event()
        while unfinished_jobs(self.platform.env["AULA_DATABASE_URL"]):
            if time.monotonic() > deadline:
                raise RuntimeError("the platform did not come to rest")
            pause.wait(_ASK_READY_S)


def unfinished_jobs(database_url: str) -> int:
    """How many jobs wait or run."""

    async def work() -> int:
        engine = make_engine(
            DatabaseSettings(database_url=database_url, db_pool_size=1), application_name="bench", profile="api"
        )
        try:
            async with make_session_factory(engine)() as session:
                views = await queries.queues(session)
                return sum(view.waiting + view.available + view.running + view.retryable for view in views)
        finally:
            await engine.dispose()

    return asyncio.run(work())


@contextmanager
def warm_platform(folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Bench]:
    """A platform that is up, used once by the caller before anything counts. `env` are settings of its own.

    Without bubblewrap: it ends before its inner process is waited for, and ffmpeg's CPU time would be nobody's.
    """
    with Platform(folder, env={"AULA_SANDBOX": "plain", **(env or {})}) as platform:
        bench = Bench(platform)
        try:
            yield bench
        finally:
            bench.close()
