"""Sounds come out as loud as they should, by EBU R128: what is measured, what is done about it, and what comes of that."""

from pathlib import Path

import pytest

from core.media import AudioPlan, Loudness
from tests.support.clips import ffmpeg, joined, make_flash_and_beep, read_beeps
from tests.support.sounds import CLAPS, MONO, SINE, SURROUND, integrated, make_sound, true_peak
from tests.support.tracks import check_segments
from transcoding.encode_audio import Encoded, encode_audio, measure_audio, normalise_audio
from transcoding.loudness import TARGET, Gain, corrected, gain_for, read_summary
from transcoding.prepare import Prepared, prepare
from transcoding.probe import Limits
from transcoding.tools import Tools
from transcoding.watch import Watch

LOG = """
  Metadata:
    title           : Summary: I: -1.0 LUFS LRA: 1.0 LU
[Parsed_ebur128_3 @ 0x55] Summary:

  Integrated loudness:
    I:         {level} LUFS
    Threshold: -30.6 LUFS

  Loudness range:
    LRA:         4.5 LU
    Threshold: -40.6 LUFS

  True peak:
    Peak:      {peak} dBFS
[out#0/hls @ 0x55] video:0KiB audio:9401KiB
"""


def _loudness(level: float | None, peak: float = -6.0) -> Loudness:
    return Loudness(integrated=level, range=4.5, true_peak=peak)


def test_ffmpegs_own_report_is_read_and_not_what_a_title_says() -> None:
    assert read_summary(LOG.format(level="-20.7", peak="-14.1")) == _loudness(-20.7, -14.1)
    assert read_summary(LOG.format(level="-20.7", peak="1.2")) == _loudness(-20.7, 1.2)
    assert read_summary("Output #0, null") is None
    silence = read_summary(LOG.format(level="-70.0", peak="-inf"))
    assert silence == Loudness(integrated=None, range=0.0, true_peak=-120.0)


def test_only_what_is_off_the_target_or_too_near_to_full_scale_gets_a_gain() -> None:
    assert gain_for(_loudness(-16.4)) is None
    assert gain_for(_loudness(None)) is None
    assert gain_for(_loudness(-17.0)) == Gain(1.0, limited=False)
    assert gain_for(_loudness(-8.0, 0.5)) == Gain(-8.0, limited=False)
    assert gain_for(_loudness(-16.0, 0.3)) == Gain(0.0, limited=True)
    assert gain_for(_loudness(-30.0)) == Gain(14.0, limited=True)
    assert gain_for(_loudness(-60.0, -50.0)) == Gain(40.0, limited=False)


def test_what_a_limiter_took_away_is_made_up_for() -> None:
    quiet = _loudness(-30.0)
    assert corrected([(14.0, -16.2)], quiet) is None
    assert corrected([(14.0, None)], quiet) is None
    assert corrected([(14.0, -19.0)], quiet) == Gain(17.0, limited=True)
    # Half of each dB comes through.
    assert corrected([(14.0, -19.0), (17.0, -17.5)], quiet) == Gain(20.0, limited=True)
    assert corrected([(14.0, -19.0), (20.0, -15.0)], quiet) == Gain(18.5, limited=True)
    assert corrected([(40.0, -18.0)], quiet) is None


class Workbench:
    """A source, prepared, and what is made of its sound."""

    def __init__(self, tools: Tools, source: Path, folder: Path) -> None:
        self.tools = tools
        self.ready: Prepared = prepare(tools, source, Limits(), folder)
        self.sound: AudioPlan = self.ready.plan.sounds[0]
        self.folder = folder / "out"
        self.fractions: list[float] = []

    def quick(self) -> Encoded:
        return encode_audio(self.tools, self.ready.source, self.ready.plan, self.sound, self.folder, "a-1", lambda part: None)

    def measured(self) -> Loudness:
        self.folder.mkdir(exist_ok=True)
        return measure_audio(self.tools, self.ready.source, self.ready.plan, self.sound, self.folder)

    def normalised(self, measured: Loudness) -> Encoded | None:
        watch = Watch(on_progress=self.fractions.append)
        source, plan = self.ready.source, self.ready.plan
        return normalise_audio(self.tools, source, plan, self.sound, measured, self.folder, "n-1", watch)

    def whole(self, made: Encoded) -> Path:
        """Checked by its boxes, and joined."""
        folder = self.folder / made.parts[0].track
        check_segments(self.ready.plan, made.parts, folder)
        return joined(folder, made.parts[0].init_name, [segment.name for part in made.parts for segment in part.segments])


def test_an_encoder_measures_what_it_encodes(tools: Tools, tmp_path: Path) -> None:
    bench = Workbench(tools, make_sound(tools, tmp_path / "in.wav", MONO), tmp_path)
    quick = bench.quick()
    assert quick.loudness == bench.measured()
    assert quick.loudness.integrated == pytest.approx(integrated(tools, tmp_path / "in.wav"), abs=0.2)
    assert {path.name for path in bench.folder.iterdir()} == {"audio"}


def test_peaks_are_limited_and_the_loudness_is_there_all_the_same(tools: Tools, tmp_path: Path) -> None:
    bench = Workbench(tools, make_sound(tools, tmp_path / "in.wav", CLAPS, 8.0), tmp_path)
    measured = bench.measured()
    assert measured.integrated is not None
    assert measured.integrated < -30
    made = bench.normalised(measured)
    assert made is not None
    assert made.loudness.gain_db + measured.true_peak > 5
    assert made.loudness.output_integrated == pytest.approx(TARGET, abs=0.8)
    whole = bench.whole(made)
    assert integrated(tools, whole) == pytest.approx(TARGET, abs=1)
    assert true_peak(tools, whole) < 0
    assert bench.fractions == sorted(bench.fractions)
    assert bench.fractions[-1] == 1.0
    assert {path.name for path in whole.parent.iterdir()} == {
        "joined.mp4",
        made.parts[0].init_name,
        *(segment.name for part in made.parts for segment in part.segments),
    }


def test_a_second_run_replaces_the_first(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a limiter had taken away the half of it."""
    bench = Workbench(tools, make_sound(tools, tmp_path / "in.wav", SINE), tmp_path)
    gains = iter([Gain(4.0, limited=True), None])
    monkeypatch.setattr("transcoding.encode_audio.gain_for", lambda measured: Gain(2.0, limited=True))
    monkeypatch.setattr("transcoding.encode_audio.corrected", lambda *_: next(gains))
    made = bench.normalised(bench.measured())
    assert made is not None
    assert made.loudness.gain_db == 4.0
    whole = bench.whole(made)
    assert integrated(tools, whole) == pytest.approx(integrated(tools, tmp_path / "in.wav") + 4.0, abs=0.2)
    assert bench.fractions == sorted(bench.fractions)


@pytest.mark.parametrize("suffix", ["m4a", "flac"], ids=["float samples", "integer samples"])
def test_a_downmix_does_not_clip(tools: Tools, tmp_path: Path, suffix: str) -> None:
    """Six channels near full scale that say the same: their sum would be far above it."""
    source = make_sound(tools, tmp_path / f"in.{suffix}", SURROUND)
    bench = Workbench(tools, source, tmp_path)
    assert bench.sound.channels == 2
    measured = bench.measured()
    assert measured.true_peak == pytest.approx(-1.0, abs=3.0)
    samples = ffmpeg(tools, "-i", str(bench.whole(bench.quick())), "-ss", "1", "-f", "f32le", "pipe:1")
    assert max(map(abs, memoryview(samples).cast("f"))) < 1.0


@pytest.mark.parametrize("options", [[], ["-ar", "44100"]], ids=["48 kHz", "44.1 kHz"])
@pytest.mark.parametrize("limited", [False, True])
def test_beeps_stay_where_they_were(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limited: bool, options: list[str]
) -> None:
    source = make_flash_and_beep(tools, tmp_path / "in.mp4", seconds=6, options=["-g", "25", *options])
    bench = Workbench(tools, source, tmp_path)
    assert bench.sound.copied
    assert bench.sound.sample_rate == (44_100 if options else 48_000)
    monkeypatch.setattr("transcoding.encode_audio.gain_for", lambda measured: Gain(1.0, limited=limited))
    made = bench.normalised(bench.measured())
    assert made is not None
    beeps = read_beeps(tools, bench.whole(made))
    assert len(beeps) == 6
    assert beeps[0] <= 0.02
    assert beeps[1:] == pytest.approx([1, 2, 3, 4, 5], abs=0.003)


def test_a_gap_is_silence_and_moves_nothing(tools: Tools, tmp_path: Path) -> None:
    whole, gap = tmp_path / "whole.mp4", tmp_path / "gap.mkv"
    make_flash_and_beep(tools, whole, seconds=6, options=["-g", "25"])
    ffmpeg(tools, "-i", str(whole), "-c", "copy", "-bsf:a", "noise=drop='between(pts*tb,1.5,2.5)'", str(gap))
    bench = Workbench(tools, gap, tmp_path)
    made = bench.normalised(bench.measured())
    assert made is not None
    beeps = read_beeps(tools, bench.whole(made))
    assert beeps[0] <= 0.02
    assert beeps[1:] == pytest.approx([1, 3, 4, 5], abs=0.003)
