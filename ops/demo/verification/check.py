"""Verifies one published stream against its source and says what was found and what is wrong."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx

from ops.demo.verification import sync
from ops.demo.verification.hls import Master, VerificationError, parse_master
from ops.demo.verification.probe import Programs, SourceFacts, decode
from ops.demo.verification.tracks import TrackReport, check_audio, check_video, get

# Above this rate pictures are dropped on purpose.
_MAX_FPS = 60.5
_MAX_AV_OFFSET_MS = 40.0
_SYNC_WINDOW_S = 12.0


@dataclass(slots=True)
class Findings:
    """What the verification found; `problems` is empty when all is well."""

    rungs: list[TrackReport] = field(default_factory=list)
    audio: list[TrackReport] = field(default_factory=list)
    av_offset_ms: float | None = None
    unsigned_status: int | None = None
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be verified. `whole`: the stream has ended and must be as long as the source."""

    manifest_url: str
    """Signed, opened without cookies or any other credential."""
    unsigned_url: str
    source: Path
    facts: SourceFacts
    whole: bool = True


def _check_tracks(client: httpx.Client, programs: Programs, master: Master, work: Path, found: Findings) -> None:
    for variant in master.variants:
        video = [c for c in variant.codecs if not c.startswith("mp4a")]
        try:
            if video:
                found.rungs.append(check_video(client, programs, variant, work))
            else:
                codecs = ",".join(variant.codecs)
                found.audio.append(check_audio(client, programs, variant.url, variant.uri, codecs, work, variant.bandwidth))
        except VerificationError as problem:
            found.problems.append(str(problem))
    for rendition in {r.url: r for r in master.audio}.values():
        if any(rendition.url == v.url for v in master.variants):
            continue
        codecs = next((c for v in master.variants for c in v.codecs if c.startswith("mp4a")), "")
        try:
            found.audio.append(check_audio(client, programs, rendition.url, rendition.uri, codecs, work))
        except VerificationError as problem:
            found.problems.append(str(problem))


def _check_frames(programs: Programs, subject: Subject, found: Findings) -> None:
    """All rungs have the same pictures, and as many as the source where those can be counted."""
    counts = {rung.name: rung.frames for rung in found.rungs}
    if len(set(counts.values())) > 1:
        found.problems.append(f"rungs differ in frames: {counts}")
    facts = subject.facts
    if not (subject.whole and counts and facts.frames and facts.steady) or (facts.fps or 0) > _MAX_FPS:
        return
    frames = next(iter(counts.values()))
    # Packets are not frames where an edit list hides some: only then is the source decoded as well.
    if frames != facts.frames:
        try:
            shown = decode(programs, subject.source, "v")
        except VerificationError:
            return
        # Where the sound outlasts the picture, the last picture stands until the end.
        held = frames > shown and abs(frames - (facts.duration_s or 0) * (facts.fps or 0)) <= 1
        if frames != shown and not held:
            found.problems.append(f"the rungs have {frames} frames, the source {shown}")


def _check_durations(subject: Subject, found: Findings) -> None:
    tracks = [*found.rungs, *found.audio]
    lengths = [round(track.duration_s, 3) for track in tracks]
    if lengths and max(lengths) - min(lengths) > 1.0:
        found.problems.append(f"tracks differ in length: {lengths}")
    if not subject.whole:
        return
    found.problems += [f"{track.name} has no EXT-X-ENDLIST" for track in tracks if not track.ended]
    expected = subject.facts.duration_s
    if expected is not None:
        allowed = max(0.5, expected / 100)
        found.problems += [
            f"{track.name} lasts {track.duration_s:.2f} s, the source {expected:.2f} s"
            for track in tracks
            if abs(track.duration_s - expected) > allowed
        ]


def _check_sync(programs: Programs, subject: Subject, found: Findings) -> None:
    """Sound against picture at the beginning and at the end; the worse of the two counts."""
    if not (subject.facts.has_audio and found.rungs and found.audio):
        return
    rung = min(found.rungs, key=lambda r: r.height)
    starts = {0.0, max(0.0, rung.duration_s - _SYNC_WINDOW_S)} if subject.whole else {0.0}
    try:
        measured = [
            sync.offset_ms(programs, subject.source, rung.file, found.audio[0].file, start_s=start, length_s=_SYNC_WINDOW_S)
            for start in sorted(starts)
        ]
    except VerificationError as problem:
        found.problems.append(str(problem))
        return
    known = [value for value in measured if value is not None]
    found.av_offset_ms = max(known, key=abs, default=None)
    if found.av_offset_ms is not None and abs(found.av_offset_ms) > _MAX_AV_OFFSET_MS:
        found.problems.append(f"sound and picture are {found.av_offset_ms} ms apart")


def verify(programs: Programs, subject: Subject, work: Path) -> Findings:
    """Fetch and decode everything that `subject` lists, into the folder `work`; never raises on a bad stream."""
    found = Findings()
    with httpx.Client(timeout=60.0, trust_env=False) as stranger:
        try:
            found.unsigned_status = stranger.get(subject.unsigned_url).status_code
            if found.unsigned_status != 403:
                found.problems.append(f"without a signature the manifest answers {found.unsigned_status}, not 403")
            master = parse_master(get(stranger, subject.manifest_url).text, subject.manifest_url)
            _check_tracks(stranger, programs, master, work, found)
        except (VerificationError, httpx.HTTPError) as problem:
            found.problems.append(str(problem) or type(problem).__name__)
            return found
    if subject.facts.width and not found.rungs:
        found.problems.append("no rung could be verified")
    if subject.facts.has_audio and not found.audio:
        found.problems.append("the source has sound, the stream none")
    _check_frames(programs, subject, found)
    _check_durations(subject, found)
    # Costs some seconds, and says nothing about a stream that is broken anyhow.
    if not found.problems:
        _check_sync(programs, subject, found)
    return found
