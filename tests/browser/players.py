"""A page that plays an address with hls.js or Shaka Player, on another origin, and seeks when told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Literal
from urllib.parse import quote

from playwright.sync_api import BrowserContext

from tests.browser.page import Viewer
from tests.support.webapp import WEB

Engine = Literal["hls.js", "shaka"]

_LIBRARIES = ("hls.js/dist/hls.min.js", "shaka-player/dist/shaka-player.compiled.js")
_PAGE = """<!doctype html>
<meta charset="utf-8"><title>Players</title>
<video muted playsinline width="640"></video>
<script src="hls.min.js"></script>
<script src="shaka-player.compiled.js"></script>
<script>
const video = document.querySelector("video"), fatal = [];
const asked = new URLSearchParams(location.hash.slice(1)), url = asked.get("url"), codec = asked.get("codec");
let hls, player;

async function withHls() {
  hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) fatal.push(data.details); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const level = hls.levels.findIndex((level) => codec && (level.videoCodec ?? "").startsWith(codec));
    if (level >= 0) hls.startLevel = hls.nextLevel = level;
  });
  hls.loadSource(url);
  hls.attachMedia(video);
}

async function withShaka() {
  shaka.polyfill.installAll();
  player = new shaka.Player();
  await player.attach(video);
  player.addEventListener("error", (event) => fatal.push(`shaka ${event.detail.code}`));
  // Shaka 5.2 keeps back captions that are chosen late until a next piece of video arrives: not all of a short clip at once.
  player.configure({ preferredVideoCodecs: codec ? [codec] : [], streaming: { bufferingGoal: 4 },
                     manifest: { defaultPresentationDelay: 0.1, hls: {} } });
  await player.load(url).catch((error) => fatal.push(`shaka ${error.code}`));
}

function playsCodec() {
  if (hls) return hls.levels[hls.currentLevel]?.videoCodec ?? "";
  return player.getVariantTracks().find((track) => track.active)?.videoCodec ?? "";
}

function showText() {
  if (hls) { hls.subtitleDisplay = true; hls.subtitleTrack = 0; } else { player.selectTextTrack(player.getTextTracks()[0]); }
}

function cues() {
  return [...video.textTracks].filter((track) => track.mode !== "disabled").flatMap((track) => [...track.cues ?? []])
      .map((cue) => cue.text);
}

function seekTo(time) {
  return new Promise((resolve) => {
    const done = () => { if (!video.seeking && video.readyState >= 3) { clearInterval(timer); resolve(video.currentTime); } };
    const timer = setInterval(done, 20);
    video.currentTime = time;
  });
}

(asked.get("engine") === "shaka" ? withShaka() : withHls()).then(() => video.play().catch(() => {}));
</script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Say nothing."""


class Playing:
    """A tab that plays."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    def evaluate(self, expression: str) -> Any:
        """JavaScript in the page: `video`, `hls` or `player`, `fatal`, `cues()`, `playsCodec()` are there."""
        return self.viewer.page.evaluate(expression)

    def until(self, expression: str, what: str, deadline_s: float = 40.0) -> None:
        """Wait for something to be true of the page."""
        self.viewer.wait(
            lambda: self.evaluate(expression), f"{what}; fatal: {self.evaluate('fatal')}; {self.viewer.state()}", deadline_s
        )

    def plays(self, seconds: float = 1.5) -> None:
        """Time goes on, without an error."""
        start = self.evaluate("video.currentTime")
        self.until(f"video.currentTime > {start + seconds} || video.ended", "the player to play")
        assert self.evaluate("fatal") == []

    def seek(self, to_s: float) -> float:
        """Jump, and wait until something is shown there; returns where that is."""
        found: float = self.evaluate(f"seekTo({to_s})")
        return found


@contextmanager
def players_page(context: BrowserContext, engine: Engine, url: str, codec: str = "") -> Iterator[Playing]:
    """Plays `url`. `codec` is the beginning of the video codec to choose where there are several."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_text(_PAGE)
        for library in _LIBRARIES:
            (Path(folder) / Path(library).name).write_bytes((WEB / "node_modules" / library).read_bytes())
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                viewer = Viewer(context, f"http://127.0.0.1:{server.server_address[1]}")
                asked = f"engine={quote(engine)}&codec={codec}&url={quote(url, safe='')}"
                viewer.page.goto(f"{viewer.base_url}/index.html#{asked}")
                yield Playing(viewer)
                viewer.page.close()
            finally:
                server.shutdown()
                thread.join()
