"""Kinds whose clocks are strange: gaps, lies, edit lists, rates."""

import struct
from pathlib import Path

from tests.media.surgery import edit_list, lasts, matroska_duration, patched, rebuilt
from tests.media.workshop import AAC, H264, PICTURE, Kind, Maker, Workshop, clip, edited, encoded, recipe

_SILENT = ("-an", *H264)


def _setts(suffix: str, expression: str, *options: str) -> Maker:
    """Timestamps of the pictures by an expression."""
    return recipe(suffix, "-i", "{clip}", "-c", "copy", "-bsf:v", f"setts=ts={expression}", *options)


def _hours_between_few(shop: Workshop, path: Path) -> None:
    """Three frames, ten hours apart: 900,000 frames once filled up."""
    edited(recipe("mp4", "-i", "{clip}", "-an", "-c", "copy", "-frames:v", "2", "-bsf:v", "setts=ts=TS*900000"))(shop, path)


KINDS = (
    Kind("two frames ten hours apart", _hours_between_few, "media.timestamp_gaps", short=True),
    Kind("a gap of three hours in the middle", _setts("mp4", "TS+gt(N\\,25)*10800/TB", "-an"), "media.timestamp_gaps"),
    Kind("a gap of twenty seconds in the middle", _setts("mp4", "TS+gt(N\\,25)*20/TB", "-an"), lasts_s=22.0, tracks="picture"),
    Kind("frames hours apart", _setts("mp4", "TS*18000", "-an"), "media.timestamp_gaps"),
    Kind("timestamps that go back", _setts("mkv", "TS-gt(N\\,25)*TS/2"), lasts_s=2.0),
    Kind("all timestamps the same", _setts("mkv", "0", "-an"), "media.too_short"),
    Kind("MP4 that claims endless duration", edited(clip(), *lasts(1e12)), lasts_s=2.0, short=True),
    Kind("MP4 that claims no duration", edited(clip(), *lasts(0)), lasts_s=2.0),
    Kind("MP4 that claims an hour", edited(clip(), *lasts(3600)), lasts_s=2.0),
    Kind("MP4 that claims a second", edited(clip(), *lasts(1)), lasts_s=2.0),
    Kind("Matroska that claims endless duration", edited(clip("mkv"), matroska_duration(1e18))),
    Kind("Matroska that claims no duration", edited(clip("mkv"), matroska_duration(0.0)), lasts_s=2.0),
    Kind("Matroska that claims an hour", edited(clip("mkv"), matroska_duration(3.6e6)), "media.timestamp_gaps"),
    Kind("Matroska that claims half a minute", edited(clip("mkv"), matroska_duration(3e4)), "media.truncated", short=True),
    Kind("Matroska whose duration is no number", edited(clip("mkv"), matroska_duration(float("nan"))), lasts_s=2.0),
    Kind("thirteen hours", encoded("mp4", *_SILENT, video="color=s=32x32:r=0.5", seconds=13 * 3600), "media.too_long"),
    Kind("one frame", encoded("mp4", *_SILENT, "-frames:v", "1"), "media.too_short", short=True),
    Kind("too short", clip(seconds=0.3), "media.too_short"),
    Kind("just long enough", clip(seconds=0.6), lasts_s=0.6),
    Kind("timestamps from minus one second", recipe("mkv", "-itsoffset", "-1", "-i", "{clip}", "-c", "copy", "-copyts")),
    Kind("timestamps from a day on", recipe("ts", "-i", "{clip}", "-c", "copy", "-output_ts_offset", "86400")),
    Kind("clock of MPEG-TS wraps in the middle", recipe("ts", "-i", "{clip}", "-c", "copy", "-output_ts_offset", "95442.7")),
    Kind("MP4 time scale of zero", edited(clip(), rebuilt("moov/trak/mdia/mdhd", patched(12, bytes(4)))), lasts_s=2.0),
    Kind("edit list that begins late", edited(clip(), edit_list((1000, -1), (2000, 0))), lasts_s=2.0, short=True),
    Kind("edit list that cuts the start", edited(clip(), edit_list((1500, 6400))), lasts_s=2.0),
    Kind("edit list of several pieces", edited(clip(), edit_list((500, 0), (500, 12_800))), lasts_s=2.0),
    Kind("edit list of nothing", edited(clip(), edit_list()), lasts_s=2.0),
    Kind("edit list that points behind the end", edited(clip(), edit_list((2000, 10**8))), "media.undecodable"),
    Kind("edit list with a pause of years", edited(clip(), edit_list((2**31 - 1, -1), (2000, 0))), "media.too_long"),
    Kind(
        "edit list that claims more than it has",
        edited(clip(), rebuilt("moov/trak/edts/elst", patched(4, struct.pack(">I", 2**31)))),
        lasts_s=2.0,
    ),
    Kind(
        "variable frame rate",
        encoded("mp4", "-vf", "select='not(mod(n,3))+not(mod(n,7))',setpts=PTS*(1+0.1*mod(N\\,3))", "-fps_mode", "vfr", *H264),
        tracks="picture",
        short=True,
    ),
    Kind("120 frames a second", encoded("mp4", *H264, video="testsrc2=s=64x64:r=120"), tracks="picture"),
    Kind("240 frames a second", encoded("mp4", *H264, video="testsrc2=s=64x64:r=240"), "media.frame_rate_too_high"),
    Kind("1 frame a second", encoded("mp4", *H264, video="testsrc2=s=64x64:r=1", seconds=6), tracks="picture", lasts_s=6.0),
    Kind(
        "one frame in ten seconds",
        encoded("mp4", *H264, video="testsrc2=s=64x64:r=0.1", seconds=20),
        tracks="picture",
        lasts_s=20,
    ),
    Kind(
        "screen recording with one key frame",
        encoded("mp4", *H264, "-g", "9999", "-keyint_min", "9999", "-sc_threshold", "0", video=PICTURE, seconds=24),
        tracks="picture",
        lasts_s=24.0,
    ),
    Kind(
        "fragmented MP4 with one key frame",
        clip(seconds=6, options=(*H264, "-g", "9999", *AAC, "-movflags", "+frag_keyframe+empty_moov")),
        lasts_s=6.0,
    ),
)
