"""A page on another origin that knows nothing of Aula but a signed address: hls.js and twenty lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from playwright.sync_api import BrowserContext

from tests.browser.page import Viewer
from tests.support.webapp import WEB

_PAGE = """<!doctype html>
<meta charset="utf-8"><title>A stranger's player</title>
<video muted playsinline width="640"></video>
<script src="hls.min.js"></script>
<script>
const video = document.querySelector("video"), hls = new Hls(), fatal = [];
hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) fatal.push(data.details); });
hls.loadSource(decodeURIComponent(location.hash.slice(1)));
hls.attachMedia(video);
video.play();
</script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Say nothing."""


@contextmanager
def stranger_page(context: BrowserContext, manifest_url: str) -> Iterator[Viewer]:
    """A tab that plays `manifest_url`; `hls`, `video` and `fatal` are globals of its page."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_text(_PAGE)
        (Path(folder) / "hls.min.js").write_bytes((WEB / "node_modules/hls.js/dist/hls.min.js").read_bytes())
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                viewer = Viewer(context, f"http://127.0.0.1:{server.server_address[1]}")
                viewer.page.goto(f"{viewer.base_url}/index.html#{manifest_url}")
                yield viewer
                viewer.page.close()
            finally:
                server.shutdown()
                thread.join()
