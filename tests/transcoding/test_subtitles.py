"""Text out of sources, and sound for those who write captions: the commands, and what they make."""

import wave
from pathlib import Path

import msgspec
import pytest

from core.captions.parsing import parse_file
from core.media import AudioPlan, Plan, TextStream
from tests.support.clips import AAC, FAST_H264, ffmpeg, make_clip
from tests.transcoding.samples import sample_info
from transcoding import captioner, subtitles
from transcoding.prepare import prepare
from transcoding.probe import Limits
from transcoding.tools import Tools

PLAN = Plan(
    duration_s=60,
    target_duration=4,
    rungs=(),
    chunks=(),
    sounds=(AudioPlan(stream_index=2, channels=2, bit_rate=128_000),),
    source_start_s=1.5,
)


def test_all_streams_are_extracted_in_one_reading() -> None:
    tools = Tools(ffmpeg=Path("/usr/bin/ffmpeg"), ffprobe=Path("/usr/bin/ffprobe"))
    streams = [TextStream(index=2, codec="subrip"), TextStream(index=5, codec="ass")]
    argv = subtitles.command(tools, Path("/in/source"), streams)
    assert argv.count("-i") == 1
    assert argv[argv.index("-i") + 1] == "file:/in/source"
    assert argv[argv.index("-protocol_whitelist") + 1] == "file,pipe"
    assert "-format_whitelist" in argv[: argv.index("-i")]
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "-map"] == ["0:2", "0:5"]
    assert [word for word in argv if word.endswith(".vtt")] == ["text-0.vtt", "text-1.vtt"]


def test_the_sound_begins_where_the_picture_does() -> None:
    tools = Tools(ffmpeg=Path("/usr/bin/ffmpeg"), ffprobe=Path("/usr/bin/ffprobe"))
    argv = captioner.wav_command(tools, Path("/in/source"), PLAN)
    assert argv[argv.index("-ss") + 1] == "1.500000"
    assert argv[argv.index("-filter_complex") + 1].startswith("[0:2]aresample=async=1:first_pts=0:ochl=mono:osr=16000")


def test_pictures_of_text_and_more_than_a_course_needs_are_left() -> None:
    streams = [TextStream(index=n, codec="dvd_subtitle" if n % 2 else "subrip") for n in range(100)]
    info = msgspec.structs.replace(sample_info(640, 360), text=tuple(streams))
    assert [stream.index for stream in subtitles.text_streams(info)] == list(range(0, 32, 2))


def test_times_of_captions_are_those_of_the_stream(tools: Tools, tmp_path: Path) -> None:
    """Sound begins the container, the picture follows 1.2 s later: there the presentation begins."""
    (tmp_path / "a.srt").write_text("1\n00:00:03,000 --> 00:00:04,000\nthree\n")
    picture = ["-itsoffset", "1.2", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=4"]
    sound = ["-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*300*t)*between(t,3,4)':s=48000:d=5", "-i", str(tmp_path / "a.srt")]
    source = tmp_path / "late.mkv"
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2"]
    ffmpeg(tools, *picture, *sound, *maps, *FAST_H264, "-bf", "0", *AAC, "-c:s", "subrip", str(source))
    ready = prepare(tools, source, Limits(), tmp_path)
    assert ready.plan.source_start_s == pytest.approx(1.2, abs=0.05)
    (text,) = subtitles.extract(tools, source, ready.info, subtitles.text_streams(ready.info), tmp_path)
    (cue,) = parse_file(text.read_bytes())
    assert cue.start_s == pytest.approx(3.0, abs=0.03)
    wav = captioner.make_wav(tools, ready.source, ready.plan, tmp_path)
    with wave.open(str(wav), "rb") as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (16_000, 1, 2)
        assert heard.getnframes() / 16_000 == pytest.approx(5 - ready.plan.source_start_s, abs=0.05)
        data = heard.readframes(heard.getnframes())
    loud = next(n for n in range(0, len(data), 2) if abs(int.from_bytes(data[n : n + 2], "little", signed=True)) > 3_000)
    assert loud / 2 / 16_000 == pytest.approx(cue.start_s - ready.plan.source_start_s, abs=0.05)


def test_subtitles_without_end_do_not_fill_the_disk(tools: Tools, tmp_path: Path) -> None:
    line = "x" * 4_000
    cues = "".join(
        f"{n}\n00:{n // 60:02d}:{n % 60:02d},000 --> 00:{n // 60:02d}:{n % 60:02d},900\n{line}\n\n" for n in range(2_000)
    )
    (tmp_path / "long.srt").write_text(cues)
    (tmp_path / "short.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nshort\n")
    source = tmp_path / "long.mkv"
    clip = make_clip(tools, tmp_path / "clip.mp4", video="testsrc2=s=64x48:r=10", audio=None, seconds=1)
    inputs = ["-i", str(clip), "-i", str(tmp_path / "long.srt"), "-i", str(tmp_path / "short.srt")]
    ffmpeg(tools, *inputs, "-map", "0", "-map", "1", "-map", "2", "-c:v", "copy", "-c:s", "subrip", str(source))
    streams = [TextStream(index=1, codec="subrip"), TextStream(index=2, codec="subrip")]
    long, short = subtitles.extract(tools, source, sample_info(64, 48), streams, tmp_path)
    assert long.stat().st_size < 5 * 2**20
    assert [cue.text for cue in parse_file(short.read_bytes())] == ["short"]
