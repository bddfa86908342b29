"""The fast lane: which sources can be segmented by copy, and where the copied rung is cut.

The copied rung decides on the grid: segments are groups of whole groups of pictures, and the encoded rungs are cut at the same
key frames. So a source qualifies only when all its key frames are known beforehand, from its own index.
"""

from fractions import Fraction

from core.media import MediaInfo, Rung, VideoStream
from transcoding.keyframes import KeyFrames
from transcoding.ladder import MAX_FPS, MIN_FPS, level_name

# The copied rung's limits (Mux calls this standard input). Peaks are not known without reading, the average is.
MAX_GOP_S = 10.0
MAX_BIT_RATE = 8_000_000
_MAX_SHORT, _MAX_LONG = 1080, 1920
_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High", "Progressive High", "Constrained High"})
# ffmpeg cuts at the first key frame at or behind each multiple of this, counted from where the run began.
SEGMENT_S = 4
# The first run copies about this much.
HEAD_S = 30.0
# Sound may outlast the picture by so much and lose its end; more is kept, by encoding a picture that stands.
_SOUND_TAIL_S = 0.5


def copied_rung(info: MediaInfo, keyframes: KeyFrames) -> Rung | None:
    """The source's own packets as the top rung; None when it does not qualify."""
    video, index = info.video, keyframes.index
    if video is None or index is None or not index.closed or not _fits(video):
        return None
    rate = video.bit_rate or info.size * 8 / info.duration_s
    ends = [time - video.start_s for time in (*index.times[1:], index.end_s)]
    gops = [end - start for start, end in zip((time - video.start_s for time in index.times), ends, strict=True)]
    if rate > MAX_BIT_RATE or min(gops) <= 0 or max(gops) > MAX_GOP_S or _sound_end(info) > ends[-1] + _SOUND_TAIL_S:
        return None
    return Rung(
        name=f"{min(video.width, video.height)}p",
        width=video.width,
        height=video.height,
        fps_num=video.fps_num,
        fps_den=video.fps_den,
        crf=0,
        # A guess from above until the segments are there to be measured.
        max_rate=int(min(2 * rate, MAX_BIT_RATE)),
        level=level_name(video.level),
        copied=True,
    )


def _fits(video: VideoStream) -> bool:
    """H.264, 8 bit, 4:2:0, progressive, square pixels, upright, of standard dynamic range, no larger than 1080p."""
    return (
        video.codec == "h264"
        and video.profile in _PROFILES
        and video.pix_fmt in ("yuv420p", "yuvj420p")
        and video.bit_depth == 8
        and not (video.interlaced or video.hdr or video.rotation)
        and (video.width, video.height) == (video.coded_width, video.coded_height)
        and min(video.width, video.height) <= _MAX_SHORT
        and max(video.width, video.height) <= _MAX_LONG
        and MIN_FPS <= video.fps <= MAX_FPS
    )


def _sound_end(info: MediaInfo) -> float:
    """Seconds from the first picture to the last sound."""
    start_s = info.video.start_s if info.video else 0.0
    return max((stream.start_s + (stream.duration_s or 0.0) - start_s for stream in info.audio), default=0.0)


def segment_starts(keyframes: KeyFrames) -> tuple[list[float], int]:
    """Where the segments of the copied rung begin, in seconds, and how many of them the first run makes.

    Follows the muxer's rule exactly: the n-th cut of a run is at the first key frame n times 4 s behind its start, or later.
    The second run begins with the segment that begins behind the head.
    """
    # Exact again: a float that came from ticks has a small denominator.
    times = [Fraction(time).limit_denominator(1_000_000) for time in keyframes.times]
    starts, in_head, run, cuts = [times[0]], 0, times[0], 1
    for time in times[1:]:
        if time - run < cuts * SEGMENT_S:
            continue
        if not in_head and time >= HEAD_S:
            in_head, run, cuts = len(starts), time, 0
        starts.append(time)
        cuts += 1
    return [float(start) for start in starts], in_head or len(starts)
