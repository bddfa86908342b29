"""Two players that know nothing of Aula play every kind of stream, and seek in it."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import BrowserContext

from ops.demo.client import Person
from ops.embedded.platform import Platform
from tests.browser.held import HeldChunks
from tests.browser.media import make_clip, make_sound
from tests.browser.players import Engine, Playing, players_page
from tests.browser.test_playback import await_state, upload
from tests.support.wait import wait_for
from transcoding.tools import Tools

NewPerson = Callable[[str], Person]
ENGINES: tuple[Engine, ...] = ("hls.js", "shaka")
SECONDS = 12
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nA first line\n\n00:00:09.000 --> 00:00:11.000\nA last line\n"


@pytest.fixture(scope="module")
def teacher(platform: Platform) -> Any:
    person = Person(platform.base_url, "players@example.org", "a long password", "Ada")
    person.register()
    yield person
    person.http.close()


@pytest.fixture(scope="module")
def film(teacher: Person, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A source that takes the fast lane, with captions and AV1: a copied rung beside encoded ones."""
    clip = make_clip(tools, tmp_path_factory.mktemp("film") / "film.mp4", SECONDS, copied=True)
    asset_id = upload(teacher, clip)
    teacher.call("PUT", f"assets/{asset_id}/captions/en", content=VTT.encode(), headers={"Content-Type": "text/vtt"})
    await_state(teacher, asset_id, "ready")
    return asset_id


@pytest.fixture(scope="module")
def with_av1(teacher: Person, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same with AV1 beside H.264."""
    clip = make_clip(tools, tmp_path_factory.mktemp("av1") / "film.mp4", SECONDS, copied=True)
    location, asset_id = teacher.begin_upload(clip.name, clip.stat().st_size)
    teacher.call("PATCH", f"assets/{asset_id}", json={"options": {"av1": "on"}})
    teacher.send_file(location, clip)
    await_state(teacher, asset_id, "ready")
    wait_for(lambda: "av01" in _text(teacher, asset_id, "signedManifestUrl"), "AV1 to join", 120)
    return asset_id


@pytest.fixture(scope="module")
def secret(teacher: Person, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An encrypted asset."""
    clip = make_clip(tools, tmp_path_factory.mktemp("secret") / "film.mp4", SECONDS, copied=True)
    location, asset_id = teacher.begin_upload(clip.name, clip.stat().st_size)
    teacher.call("PATCH", f"assets/{asset_id}", json={"options": {"encrypted": True}})
    teacher.send_file(location, clip)
    await_state(teacher, asset_id, "ready")
    return asset_id


@pytest.fixture(scope="module")
def lecture(teacher: Person, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Sound alone."""
    asset_id = upload(teacher, make_sound(tools, tmp_path_factory.mktemp("sound") / "lecture.m4a", SECONDS))
    await_state(teacher, asset_id, "ready")
    return asset_id


def _playback(person: Person, asset_id: str) -> dict[str, Any]:
    found: dict[str, Any] = person.call("POST", f"assets/{asset_id}/playback").json()
    return found


def _address(person: Person, asset_id: str, which: str = "signedManifestUrl") -> str:
    return urljoin(str(person.http.base_url), str(_playback(person, asset_id)[which]))


def _text(person: Person, asset_id: str, which: str) -> str:
    answer = person.http.get(_address(person, asset_id, which))
    assert answer.status_code == 200
    return answer.text


def _seek_about(playing: Playing, seconds: float = SECONDS) -> None:
    random = Random(7)
    for _ in range(20):
        to_s = random.uniform(0, seconds - 1)
        assert playing.seek(to_s) == pytest.approx(to_s, abs=0.5)
    playing.seek(1)
    playing.plays(1)


@pytest.mark.parametrize("engine", ENGINES)
def test_h264_plays_from_its_start_and_from_anywhere(
    context: BrowserContext, teacher: Person, film: str, engine: Engine
) -> None:
    with players_page(context, engine, _address(teacher, film), "avc1") as playing:
        playing.plays()
        first = playing.viewer.first_played()
        assert first is not None
        assert first < 0.5
        assert playing.evaluate("video.duration") == pytest.approx(SECONDS, abs=0.2)
        assert playing.evaluate("playsCodec()").startswith("avc1")
        _seek_about(playing)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_copied_rung_and_an_encoded_one_take_turns(
    context: BrowserContext, teacher: Person, film: str, engine: Engine
) -> None:
    switch = {
        "hls.js": "video.currentTime = {at}; hls.nextLevel = hls.levels.findIndex((level) => level.height === {height})",
        "shaka": "player.configure('abr.enabled', false); video.currentTime = {at};"
        "player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === {height}), true)",
    }[engine]
    with players_page(context, engine, _address(teacher, film), "avc1") as playing:
        playing.plays(0.5)
        for at, height in ((1, 240), (4, 360), (2, 240), (6, 360)):
            playing.evaluate(switch.format(at=at, height=height))
            playing.until(f"video.videoHeight === {height} && !video.seeking", f"{height} lines on screen")
            playing.plays(1)


@pytest.mark.parametrize("engine", ENGINES)
def test_av1_plays_where_the_player_wants_it(context: BrowserContext, teacher: Person, with_av1: str, engine: Engine) -> None:
    with players_page(context, engine, _address(teacher, with_av1), "av01") as playing:
        playing.plays()
        playing.until("playsCodec().startsWith('av01')", "AV1 on screen")
        _seek_about(playing)


@pytest.mark.parametrize("codec", ["avc1", "av01"])
def test_dash_plays_the_same_segments(context: BrowserContext, teacher: Person, with_av1: str, codec: str) -> None:
    with players_page(context, "shaka", _dash_address(teacher, with_av1), codec) as playing:
        playing.plays()
        playing.until(f"playsCodec().startsWith('{codec}')", f"{codec} on screen")
        assert playing.evaluate("video.duration") == pytest.approx(SECONDS, abs=0.2)
        _seek_about(playing)


def _dash_address(person: Person, asset_id: str) -> str:
    """Beside the signed master: relative addresses inherit its signature."""
    playback = _playback(person, asset_id)
    assert playback["dashUrl"].endswith(".mpd")
    path: str = playback["signedManifestUrl"]
    name: str = playback["dashUrl"].rsplit("/", 1)[-1]
    return urljoin(urljoin(str(person.http.base_url), path), name)


@pytest.mark.parametrize("engine", ENGINES)
def test_captions_show(context: BrowserContext, teacher: Person, film: str, engine: Engine) -> None:
    with players_page(context, engine, _address(teacher, film), "avc1") as playing:
        playing.plays(0.5)
        playing.until("(hls ? hls.subtitleTracks : player.getTextTracks()).length === 1", "the captions to be known")
        playing.evaluate("showText()")
        playing.until("cues().includes('A first line')", "the first line")
        playing.seek(9.5)
        playing.until("cues().includes('A last line')", "the last line")


@pytest.mark.parametrize("engine", ENGINES)
def test_encrypted_streams_play_and_seek(context: BrowserContext, teacher: Person, secret: str, engine: Engine) -> None:
    assert _playback(teacher, secret)["dashUrl"] is None
    with players_page(context, engine, _address(teacher, secret)) as playing:
        playing.plays()
        _seek_about(playing)


@pytest.mark.parametrize("engine", ENGINES)
def test_sound_alone_plays_and_seeks(context: BrowserContext, teacher: Person, lecture: str, engine: Engine) -> None:
    with players_page(context, engine, _address(teacher, lecture)) as playing:
        playing.plays()
        _seek_about(playing)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_growing_stream_begins_at_its_start_and_ends_at_its_end(
    context: BrowserContext, teacher: Person, clip: Path, held: HeldChunks, engine: Engine
) -> None:
    asset_id = upload(teacher, clip)
    await_state(teacher, asset_id, "playable")
    with players_page(context, engine, _address(teacher, asset_id)) as playing:
        playing.plays()
        first = playing.viewer.first_played()
        assert first is not None
        assert first < 0.5
        held.release()
        await_state(teacher, asset_id, "ready")
        playing.until("video.duration > 23.9", "the end to be known")
        playing.seek(21)
        playing.until("video.ended", "the end to be played")
        assert playing.evaluate("fatal") == []
