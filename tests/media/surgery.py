"""Changes containers from inside: boxes of MP4, elements of Matroska, chunks of AVI, parameter sets of H.264."""

import struct
import zlib
from collections.abc import Callable

from tests.media.workshop import Edit, noise
from transcoding.mp4 import boxes

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta"})


def box(kind: bytes, *payload: bytes) -> bytes:
    """One MP4 box."""
    data = b"".join(payload)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def rebuilt(path: str, change: Callable[[bytes], bytes | None], *, tracks: slice = slice(None)) -> Edit:
    """Gives the payload of every box at `path` (`moov/trak/mdia/mdhd`) to `change`; None drops the box.

    Only for files whose index comes last: positions of the media data stay as they are.
    """
    return lambda data: _rebuilt(data, path.split("/"), change, tracks)


def _rebuilt(data: bytes, path: list[str], change: Callable[[bytes], bytes | None], tracks: slice) -> bytes:
    found = [(entry.type, data[entry.start : entry.end]) for entry in boxes(data)]
    chosen = [index for index, (kind, _) in enumerate(found) if kind == path[0].encode()]
    if path[0] == "trak":
        chosen = chosen[tracks]
    pieces = []
    for index, (kind, payload) in enumerate(found):
        new: bytes | None = payload
        if index in chosen:
            new = change(payload) if len(path) == 1 else _rebuilt(payload, path[1:], change, tracks)
        if new is not None:
            pieces.append(box(kind, new))
    return b"".join(pieces)


def appended(path: str, extra: bytes) -> Edit:
    """A box more at the end of the box at `path`."""
    return rebuilt(path, lambda payload: payload + extra)


def patched(at: int, new: bytes) -> Callable[[bytes], bytes]:
    """Bytes of a payload replaced."""
    return lambda payload: payload[:at] + new + payload[at + len(new) :]


def lasts(seconds: float) -> list[Edit]:
    """All durations of the headers (version 0) set: of the movie, of its tracks and their media."""

    def claim(header: bytes) -> bytes:
        ticks = struct.unpack_from(">I", header, 12)[0]
        return patched(16, struct.pack(">I", min(int(seconds * ticks), 2**32 - 2)))(header)

    return [
        rebuilt("moov/mvhd", claim),
        rebuilt("moov/trak/tkhd", patched(20, struct.pack(">I", min(int(seconds * 1000), 2**32 - 2)))),
        rebuilt("moov/trak/mdia/mdhd", claim),
        rebuilt("moov/trak/edts", lambda _: None),
    ]


def edit_list(*entries: tuple[int, int]) -> Edit:
    """The first track's edit list: (length in movie ticks of 1 ms, media time in track ticks; -1 is a pause)."""
    rows = b"".join(struct.pack(">IiI", length, media_time, 0x10000) for length, media_time in entries)
    elst = box(b"elst", struct.pack(">II", 0, len(entries)), rows)
    return rebuilt("moov/trak/edts", lambda _: elst, tracks=slice(1))


def in_index(seed: int, every: int) -> Edit:
    """Noise inside the index of an MP4 alone."""
    return rebuilt("moov", noise(seed, every))


def in_media(seed: int, every: int) -> Edit:
    """Noise inside the media data of an MP4 alone."""
    return rebuilt("mdat", noise(seed, every))


def external_data(url: bytes) -> Edit:
    """All tracks say that their samples lie in another file."""
    entry = box(b"url ", struct.pack(">I", 0), url + b"\0")
    return rebuilt("moov/trak/mdia/minf/dinf", lambda _: box(b"dref", struct.pack(">II", 0, 1), entry))


def external_alias(path: bytes) -> Edit:
    """The same in the way of old QuickTime: a Macintosh alias with the absolute path."""
    name = path[-63:]
    alias = struct.pack(">4sHH", b"\0\0\0\0", 0, 2) + bytes(2) + bytes([4]) + b"Disk".ljust(27, b"\0") + bytes(8)
    alias += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + struct.pack(">hh", 1, 1) + bytes(16)
    alias += struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + struct.pack(">hH", -1, 0)
    entry = box(b"alis", struct.pack(">I", 0), alias)
    return rebuilt("moov/trak/mdia/minf/dinf", lambda _: box(b"dref", struct.pack(">II", 0, 1), entry))


def reference_movie(url: bytes) -> bytes:
    """A movie that is nothing but the address of another."""
    address = box(b"rdrf", struct.pack(">I4sI", 0, b"url ", len(url) + 1), url + b"\0")
    return box(b"ftyp", b"qt  \0\0\2\0qt  ") + box(b"moov", box(b"rmra", box(b"rmda", address)))


def compressed_index(data: bytes, claims: int | None = None) -> bytes:
    """The index of an MP4 deflated, as old QuickTime could; `claims`: the size that it says it has."""
    found = [(entry.type, data[entry.start : entry.end]) for entry in boxes(data)]
    whole = next(box(kind, payload) for kind, payload in found if kind == b"moov")
    if claims is not None:
        whole = bytes(claims)
    small = box(b"cmvd", struct.pack(">I", len(whole)), zlib.compress(whole, 9))
    cmov = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), small))
    return b"".join(cmov if kind == b"moov" else box(kind, payload) for kind, payload in found)


def many_tracks(count: int) -> Edit:
    """The first track again and again."""

    def more(moov: bytes) -> bytes:
        first = next(entry for entry in boxes(moov) if entry.type == b"trak")
        return moov + box(b"trak", moov[first.start : first.end]) * (count - 1)

    return rebuilt("moov", more)


def avi_with_subtitle(text: bytes) -> Edit:
    """The sound of an AVI becomes a text stream whose packet holds a file: the way of an old attack."""

    def edit(data: bytes) -> bytes:
        data = data.replace(b"auds", b"txts", 1)
        at = data.index(b"01wb", data.index(b"movi"))
        size = struct.unpack_from("<I", data, at + 4)[0]
        lure = b"GAB2\0" + struct.pack("<HI", 2, 0) + struct.pack("<HI", 4, len(text)) + text
        assert len(lure) <= size
        return data[: at + 8] + lure.ljust(size, b"\0") + data[at + 8 + size :]

    return edit


def matroska_duration(ms: float) -> Edit:
    """The duration that a Matroska file tells."""

    def edit(data: bytes) -> bytes:
        at = data.index(b"\x44\x89\x88") + 3
        return data[:at] + struct.pack(">d", ms) + data[at + 8 :]

    return edit


def matroska_link(data: bytes) -> bytes:
    """An unknown-sized segment whose information says that it continues in another file."""
    info = data.index(b"\x15\x49\xa9\x66")
    width = 9 - data[info + 4].bit_length()
    size = int.from_bytes(data[info + 4 : info + 4 + width], "big") & ((1 << 7 * width) - 1)
    name = b"canary.mkv"
    # SegmentFilename would be local advice; NextUID and NextFilename name the file that follows.
    more = b"\x3e\xb9\x23\x90" + bytes(16) + b"\x3e\x83\xbb" + bytes([0x80 | len(name)]) + name
    body = data[info + 4 + width : info + 4 + width + size] + more
    new = b"\x15\x49\xa9\x66" + struct.pack(">Q", len(body) | 1 << 56) + body
    end = info + 4 + width + size
    segment = data.index(b"\x18\x53\x80\x67") + 4
    head = data[:segment] + b"\x01" + b"\xff" * 7 + data[segment + 8 : info]
    return head + new + data[end:]


class _Bits:
    """Writes H.264's syntax elements."""

    def __init__(self) -> None:
        self._bits = ""

    def u(self, width: int, value: int) -> "_Bits":
        self._bits += f"{value:0{width}b}"
        return self

    def ue(self, *values: int) -> "_Bits":
        for value in values:
            code = f"{value + 1:b}"
            self._bits += "0" * (len(code) - 1) + code
        return self

    def done(self) -> bytes:
        bits = self._bits + "1"
        bits += "0" * (-len(bits) % 8)
        raw = int(bits, 2).to_bytes(len(bits) // 8, "big")
        escaped = bytearray()
        for byte in raw:
            if escaped[-2:] == b"\0\0" and byte <= 3:
                escaped.append(3)
            escaped.append(byte)
        return bytes(escaped)


def giant_picture(width: int, height: int) -> Edit:
    """Annex B H.264 (constrained baseline) whose parameter set claims a picture of that size."""

    def edit(data: bytes) -> bytes:
        start = data.index(b"\0\0\0\1\x67") + 4
        end = data.index(b"\0\0\0\1", start)
        # Reference and order-count fields as x264 -preset ultrafast -profile baseline has them.
        bits = _Bits().u(8, 66).u(8, 0xC0).u(8, 62).ue(0, 0, 2, 1).u(1, 0)
        bits.ue(width // 16 - 1, height // 16 - 1).u(1, 1).u(1, 1).u(1, 0).u(1, 0)
        return data[:start] + b"\x67" + bits.done() + data[end:]

    return edit
