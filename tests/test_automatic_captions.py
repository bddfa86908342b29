"""Automatic captions: the operator's command hears a WAV file and prints captions; a guess replaces nothing better."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.captions.parsing import parse
from core.jobs import JobState
from core.media_jobs import CAPTION, MAKE_TEXT, WRITE_PLAYLISTS
from core.settings import Settings
from db.models import AssetState, Job
from db.queries import captions as queries
from domain import captions
from domain.captions import NewCaption
from storage.base import Storage
from tests.support.assets import asset_of, upload
from tests.support.clips import make_clip
from tests.support.drain import Drain
from tests.support.published import Published
from transcoding.tools import Tools

Sessions = async_sessionmaker[AsyncSession]
EXAMPLE = Path(__file__).parent.parent / "ops/captions/example.py"


def with_command(settings: Settings, command: str) -> Settings:
    return settings.model_copy(update={"media": settings.media.model_copy(update={"captions_command": command})})


@pytest.fixture
def captioning(settings: Settings, session_factory: Sessions, storage: Storage, tools: Tools) -> Callable[[str], Drain]:
    def make(command: str) -> Drain:
        return Drain(with_command(settings, command), session_factory, storage, tools)

    return make


@pytest.fixture(scope="session")
def talk(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound from 1 to 2 and from 3.5 to 5 s, and silence around it."""
    path = tmp_path_factory.mktemp("clips") / "talk.mp4"
    sound = "aevalsrc='0.5*sin(2*PI*300*t)*(between(t,1,2)+between(t,3.5,5))':s=48000"
    return make_clip(tools, path, video="testsrc2=s=64x48:r=10", audio=sound, seconds=6)


async def ask(sessions: Sessions, asset_id: UUID, language: str = "en") -> None:
    async with sessions.begin() as session:
        await captions.caption_automatically(session, asset_id, language)


async def test_a_command_writes_captions(
    captioning: Callable[[str], Drain], session_factory: Sessions, storage: Storage, talk: Path
) -> None:
    drain = captioning(f"{shlex.quote(sys.executable)} {EXAMPLE} {{wav}} {{language}}")
    asset_id = await upload(session_factory, storage, talk)
    await drain.all()
    await ask(session_factory, asset_id, "de")
    assert await drain.all() == [CAPTION.name, MAKE_TEXT.name, WRITE_PLAYLISTS.name]
    async with session_factory() as session:
        found = await queries.one(session, asset_id, "de")
    assert found is not None
    assert (found.origin, found.label) == ("automatic", "Deutsch")
    cues = parse(found.vtt)
    assert [cue.text for cue in cues] == ["[speech]", "[speech]"]
    assert [time for cue in cues for time in (cue.start_s, cue.end_s)] == pytest.approx([1, 2, 3.5, 5], abs=0.1)
    asset = await asset_of(session_factory, asset_id)
    assert asset.live_version_id is not None
    assert "text-de" in Published(storage, asset_id, asset.live_version_id).tracks
    assert list(drain.scratch.iterdir()) == []


async def test_what_somebody_brought_is_never_replaced_by_a_guess(
    captioning: Callable[[str], Drain], session_factory: Sessions, storage: Storage, talk: Path
) -> None:
    drain = captioning(f"{shlex.quote(sys.executable)} {EXAMPLE} {{wav}} {{language}}")
    asset_id = await upload(session_factory, storage, talk)
    await drain.all()
    await ask(session_factory, asset_id)
    brought = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nHello\n"
    async with session_factory.begin() as session:
        await captions.put(session, asset_id, NewCaption("en", "English", brought, "upload"))
    await drain.all()
    async with session_factory() as session:
        found = await queries.one(session, asset_id, "en")
    assert found is not None
    assert (found.origin, found.vtt) == ("upload", brought)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("raise SystemExit(3)", "captions.command_failed"),
        ("print('no captions')", "captions.no_cues"),
        ("print('WEBVTT\\n\\n00:01.000 --> oops\\nx')", "captions.bad_time"),
        ("print('x' * 3_000_000)", "captions.command_failed"),
        ("import os, sys; sys.exit(print(sorted(os.environ)) or 0)", "captions.no_cues"),
    ],
)
async def test_a_command_that_fails_leaves_the_stream_as_it_is(
    captioning: Callable[[str], Drain],
    session_factory: Sessions,
    storage: Storage,
    talk: Path,
    tmp_path: Path,
    script: str,
    code: str,
) -> None:
    file = tmp_path / "command.py"
    file.write_text(script)
    drain = captioning(f"{shlex.quote(sys.executable)} {file}")
    asset_id = await upload(session_factory, storage, talk)
    await drain.all()
    await ask(session_factory, asset_id)
    await drain.all()
    async with session_factory() as session:
        job = await session.scalar(select(Job).where(Job.kind == CAPTION.name))
    assert job is not None
    assert (job.state, job.errors[-1]["code"]) == (JobState.DISCARDED, code)
    assert (await asset_of(session_factory, asset_id)).state is AssetState.READY
    assert list(drain.scratch.iterdir()) == []


async def test_a_command_sees_no_secret_and_no_shell(
    captioning: Callable[[str], Drain], session_factory: Sessions, storage: Storage, talk: Path, tmp_path: Path
) -> None:
    file = tmp_path / "command.py"
    told = "','.join(sorted(set(os.environ) - {'LC_CTYPE'}) + sys.argv[1:2] + [str(os.path.getsize(sys.argv[2]))])"
    file.write_text(f"import os, sys\nprint('WEBVTT\\n\\n00:00.000 --> 00:01.000\\n' + {told})")
    drain = captioning(f"{shlex.quote(sys.executable)} {file} '$HOME; {{language}}' {{wav}}")
    asset_id = await upload(session_factory, storage, talk)
    await drain.all()
    await ask(session_factory, asset_id)
    await drain.all()
    async with session_factory() as session:
        found = await queries.one(session, asset_id, "en")
    assert found is not None
    variables, rest = parse(found.vtt)[0].text.rsplit("LC_ALL,", 1)
    assert set(variables.split(",")) <= {"AV_LOG_FORCE_NOCOLOR", ""}
    shell, size = rest.split(",")
    assert shell == "$HOME; en"
    assert int(size) == pytest.approx(6 * 16_000 * 2, abs=4096)
