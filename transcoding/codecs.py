"""The CODECS strings of RFC 6381, read from what the encoder really wrote."""

import struct

# Where the boxes of a sample entry begin: after the fields of SampleEntry (8) and of VisualSampleEntry (70) or
# AudioSampleEntry (20).
_VISUAL = 78
_AUDIO = 28


def of_sample_entry(entry: bytes) -> str:
    """`entry` is the first sample entry of an stsd box, header included. Raises ValueError for a codec we never write."""
    kind = entry[4:8]
    if kind == b"avc1":
        config = _box(entry, 8 + _VISUAL, b"avcC")
        return f"avc1.{config[1]:02x}{config[2]:02x}{config[3]:02x}"
    if kind == b"av01":
        config = _box(entry, 8 + _VISUAL, b"av1C")
        depth = 12 if config[2] & 0x20 else 10 if config[2] & 0x40 else 8
        return f"av01.{config[1] >> 5}.{config[1] & 0x1F:02d}{'MH'[config[2] >> 7]}.{depth:02d}"
    if kind == b"mp4a":
        return f"mp4a.40.{_object_type(_box(entry, 8 + _AUDIO, b'esds'))}"
    raise ValueError(f"unexpected sample entry {kind!r}")


def _box(entry: bytes, at: int, wanted: bytes) -> bytes:
    while at + 8 <= len(entry):
        size, kind = struct.unpack_from(">I4s", entry, at)
        if kind == wanted:
            return entry[at + 8 : at + size]
        at += max(size, 8)
    raise ValueError(f"no {wanted!r}")


def _object_type(esds: bytes) -> int:
    """The audio object type: the top five bits of the DecoderSpecificInfo (tag 5), found through its enclosing descriptors."""
    at = 4
    while at < len(esds):
        tag, at = esds[at], at + 1
        while esds[at] & 0x80:
            at += 1
        at += 1
        if tag == 3:
            at += 3
        elif tag == 4:
            at += 13
        elif tag == 5:
            return esds[at] >> 3
        else:
            break
    raise ValueError("no DecoderSpecificInfo")
