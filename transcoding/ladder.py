"""The ladder as a table, and the rungs of one source taken from it."""

from fractions import Fraction
from typing import NamedTuple

from core.media import Rung, VideoStream

MIN_FPS = 5
MAX_FPS = 60


class Step(NamedTuple):
    """One line of the ladder. Rates hold for 16:9 at up to 30 frames a second."""

    short_side: int
    max_rate: int
    crf: float


# Names follow the shorter side: 720p is 1280x720 in landscape and 720x1280 in portrait. Rates: peaks that a viewer on such a
# line can follow; CRF 25 of our x264 settings stays far below them on slides and talking heads.
LADDER = (
    Step(1080, 5_000_000, 25),
    Step(720, 2_800_000, 25),
    Step(480, 1_400_000, 25),
    Step(360, 800_000, 25),
    Step(240, 400_000, 26),
)

# H.264 table A-1: level, macroblocks a second, macroblocks a frame, kbit/s (High profile: times 1.25).
_LEVELS = (
    ("1.3", 11_880, 396, 768),
    ("2.1", 19_800, 792, 4_000),
    ("3.0", 40_500, 1_620, 10_000),
    ("3.1", 108_000, 3_600, 14_000),
    ("3.2", 216_000, 5_120, 20_000),
    ("4.0", 245_760, 8_192, 20_000),
    ("4.2", 522_240, 8_704, 50_000),
    ("5.0", 589_824, 22_080, 135_000),
    ("5.1", 983_040, 36_864, 240_000),
    ("5.2", 2_073_600, 36_864, 240_000),
)


def output_rate(source: Fraction) -> Fraction:
    """The frame rate of all rungs: the source's, a whole part of it where that is above 60, a multiple where it is below 5.

    Slower than that, a segment would have too few frames to be cut, and encoders other headers for a chunk of one or two.
    """
    return source * max(-(-MIN_FPS // source), 1) / -(-source // MAX_FPS)


def rungs_for(video: VideoStream) -> tuple[Rung, ...]:
    """The rungs of a source, largest first; never above it, at least one.

    A source between two steps (or below the last) also gets a rung of its own size where it would lose more than a tenth.
    """
    short = min(video.width, video.height)
    steps = [step for step in LADDER if step.short_side <= short]
    own = short - short % 2
    if own < LADDER[0].short_side and (not steps or steps[0].short_side < 0.9 * short):
        steps.insert(0, _own_step(own))
    fps = output_rate(video.fps)
    return tuple(_rung(step, video, fps) for step in steps)


def level_name(number: int) -> str:
    """The level as people write it, from ten times its number as it stands in the stream."""
    return f"{number // 10}.{number % 10}"


def _own_step(short_side: int) -> Step:
    above = next(step for step in reversed(LADDER) if step.short_side > short_side)
    return Step(short_side, max(int(above.max_rate * (short_side / above.short_side) ** 2), 150_000), above.crf)


def _rung(step: Step, video: VideoStream, fps: Fraction) -> Rung:
    width, height = _fit(step.short_side, video.width, video.height)
    rate = int(step.max_rate * _shape(width, height, step.short_side) * (1.5 if fps > 30 else 1.0))
    return Rung(
        name=f"{step.short_side}p",
        width=width,
        height=height,
        fps_num=fps.numerator,
        fps_den=fps.denominator,
        crf=step.crf,
        max_rate=rate,
        level=_level(width, height, fps, rate),
    )


def _fit(short_side: int, width: int, height: int) -> tuple[int, int]:
    """Both sides even, the shorter one as wanted, the other by the source's aspect."""
    short_side = max(short_side, 2)
    if width >= height:
        return max(2 * round(width * short_side / height / 2), 2), short_side
    return short_side, max(2 * round(height * short_side / width / 2), 2)


def _shape(width: int, height: int, short_side: int) -> float:
    """How many pixels against 16:9, within reason."""
    return min(max(width * height / (short_side * short_side * 16 / 9), 0.5), 2.0)


def _level(width: int, height: int, fps: Fraction, rate: int) -> str:
    """The lowest H.264 level that holds the size, the speed and the peak rate."""
    blocks = -(-width // 16) * -(-height // 16)
    side = max(-(-width // 16), -(-height // 16))
    for name, per_second, per_frame, kbits in _LEVELS:
        if blocks <= per_frame and blocks * fps <= per_second and rate <= kbits * 1250 and side * side <= 8 * per_frame:
            return name
    return _LEVELS[-1][0]
