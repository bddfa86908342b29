"""A learner's player: opens a stream as early as it can, follows the growing playlists and counts how long it would wait."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from ops.demo.client import Person
from ops.demo.verification.hls import Master, MediaPlaylist, parse_master, parse_media
from ops.demo.verification.tracks import get

# Finer than any player's reload, so that the counted wait is the platform's and not the viewer's.
_RELOAD_S = 0.2


@dataclass(frozen=True, slots=True)
class Session:
    """A playback session: one decision to let this learner watch."""

    session_id: str
    manifest_url: str
    """Needs the session's cookies."""
    signed_url: str
    """Carries its signature in the path."""
    life_s: float


def open_session(learner: Person, asset_id: str, base_url: str) -> Session:
    """Ask for playback of the asset; raises RequestRefused while it is not playable or not granted."""
    return _session(learner.call("POST", f"assets/{asset_id}/playback").json(), base_url)


def _session(answer: dict[str, str], base_url: str) -> Session:
    base = httpx.URL(base_url)
    return Session(
        session_id=answer["sessionId"],
        manifest_url=str(base.join(answer["manifestUrl"])),
        signed_url=str(base.join(answer["signedManifestUrl"])),
        life_s=(datetime.fromisoformat(answer["expiresAt"]) - datetime.now(UTC)).total_seconds(),
    )


def waited_s(began: float, segments: list[tuple[float, float]]) -> float:
    """How long a viewer at 1x who begins at `began` waits in total.

    `segments` are (duration in seconds, moment at which it could be fetched), in order; moments share `began`'s clock.
    """
    clock, waited = began, 0.0
    for duration, available in segments:
        if available > clock:
            waited += available - clock
            clock = available
        clock += duration
    return waited


@dataclass(slots=True)
class _Track:
    uri: str
    seen: list[tuple[float, float]] = field(default_factory=list)
    ended: bool = False


class Viewer:
    """Watches one asset through the signed path, without cookies, from the first moment on."""

    def __init__(self, learner: Person, asset_id: str, base_url: str) -> None:
        self._learner = learner
        self._base_url = base_url
        self._stranger = httpx.Client(timeout=60.0, trust_env=False)
        self.session = open_session(learner, asset_id, base_url)
        self._renew_at = time.monotonic() + self.session.life_s / 2
        self._tracks: list[_Track] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: Exception | None = None
        self.began = 0.0

    def first_frame(self) -> float:
        """Fetch the master, and of every listed track the playlist, init and first segment; returns when all was there."""
        master = parse_master(get(self._stranger, self.session.signed_url).text, self.session.signed_url)
        for uri in _uris(master):
            track = _Track(uri)
            playlist = self._reload(track)
            get(self._stranger, playlist.init_url)
            get(self._stranger, playlist.entries[0].url)
            self._tracks.append(track)
        self.began = time.monotonic()
        return self.began

    def follow(self) -> None:
        """Keep reloading the playlists in the background until they end or `stop` is called."""
        self._thread = threading.Thread(target=self._follow, name="viewer", daemon=True)
        self._thread.start()

    def stop(self, wait_s: float = 0.0) -> None:
        """Stop following; with `wait_s`, first give the playlists that long to end by themselves."""
        if self._thread is not None:
            if wait_s:
                self._thread.join(wait_s)
            self._stop.set()
            self._thread.join()
            self._thread = None
        self._stranger.close()

    @property
    def stall_s(self) -> float:
        """Seconds of waiting so far, of the track that made the viewer wait most."""
        return max((waited_s(self.began, track.seen) for track in self._tracks), default=0.0)

    def _reload(self, track: _Track) -> MediaPlaylist:
        url = str(httpx.URL(self.session.signed_url).join(track.uri))
        playlist = parse_media(get(self._stranger, url).text, url)
        for entry in playlist.entries[len(track.seen) :]:
            # A listed segment counts from when its first byte can be had.
            answer = self._stranger.get(entry.url, headers={"Range": "bytes=0-0"}, follow_redirects=True)
            answer.raise_for_status()
            track.seen.append((entry.duration_s, time.monotonic()))
        track.ended = playlist.ended
        return playlist

    def _follow(self) -> None:
        try:
            while not self._stop.is_set() and not all(track.ended for track in self._tracks):
                self._renew()
                for track in self._tracks:
                    if not track.ended:
                        self._reload(track)
                self._stop.wait(_RELOAD_S)
        except Exception as failure:  # noqa: BLE001 - handed to the main thread, which reports it
            self.failure = failure

    def _renew(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        answer = self._learner.call("POST", f"playback/{self.session.session_id}/renew").json()
        self.session = _session(answer, self._base_url)
        self._renew_at = time.monotonic() + self.session.life_s / 2


def _uris(master: Master) -> list[str]:
    """Playlist addresses of all tracks, each once, in the order of the master playlist."""
    return list(dict.fromkeys([*(v.uri for v in master.variants), *(a.uri for a in master.audio)]))
