"""I-frame playlists (RFC 8216, section 4.3.3.6) as pure text: the key frame of each segment as a range of its file.

A player that scrubs fetches single pictures of a few kilobytes instead of whole segments. The range reaches from the moof to
the end of the first sample, which is the key frame; ffmpeg's own flag writes empty ranges for fMP4.
"""

from collections.abc import Sequence

from core.media import Part, Plan, Rung


def can_scrub(rung: Rung, parts: Sequence[Part]) -> bool:
    """Whether there is an I-frame playlist of a whole rung: H.264, and every segment's key frame is known (not encrypted)."""
    segments = [segment for part in parts for segment in part.segments]
    return rung.codec == "h264" and bool(segments) and all(segment.key_frame for segment in segments)


def iframe_playlist(plan: Plan, parts: Sequence[Part]) -> str:
    """The playlist of a whole rung that `can_scrub`; its segments and init lie beside it."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{plan.target_duration}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-I-FRAMES-ONLY",
        f'#EXT-X-MAP:URI="{parts[0].init_name}"',
    ]
    for part in parts:
        for segment in part.segments:
            assert segment.key_frame is not None
            offset, length = segment.key_frame
            # A picture stands until the next one in this list.
            lines += [f"#EXTINF:{segment.duration_s:.6f},", f"#EXT-X-BYTERANGE:{length}@{offset}", segment.name]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def iframe_stream(rung: Rung, parts: Sequence[Part], uri: str) -> str:
    """The master's line for it. BANDWIDTH is the peak over segments, of key frames alone."""
    found = [(segment.key_frame[1], segment.duration_s) for part in parts for segment in part.segments if segment.key_frame]
    average = sum(length for length, _ in found) * 8 / sum(duration_s for _, duration_s in found)
    # A last sliver of a segment does not count.
    peak = max((length * 8 / duration_s for length, duration_s in found if duration_s >= 0.5), default=average)
    attributes = [
        f"BANDWIDTH={round(max(peak, average))}",
        f"AVERAGE-BANDWIDTH={round(average)}",
        f'CODECS="{parts[0].codecs}"',
        f"RESOLUTION={rung.width}x{rung.height}",
        f'URI="{uri}"',
    ]
    return f"#EXT-X-I-FRAME-STREAM-INF:{','.join(attributes)}"
