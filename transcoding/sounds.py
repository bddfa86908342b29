"""The audio renditions of a source: which of its streams become one, and which may be copied at first."""

from core.languages import language_tag
from core.media import AudioPlan, AudioStream, MediaInfo

# More languages than any course has; each costs a decode and an encode.
MOST = 8
# A copied sound that begins or ends so far from the picture would play late, or end early.
_ALIGNED_S = 0.02
_TAIL_S = 0.1
# As of captions; the database keeps two hundred characters, and some may be added.
_LONGEST_LABEL = 80
_COPIED_RATES = frozenset({44_100, 48_000})


def sounds_of(info: MediaInfo, copied_until_s: float | None = None) -> tuple[AudioPlan, ...]:
    """The default stream first. `copied_until_s`: length of the copied rung; sounds that fit it are copied at first too."""
    found: list[AudioPlan] = []
    labels: set[str] = set()
    for number, stream in enumerate(info.audio[:MOST], start=1):
        mono = stream.channels == 1
        copied = copied_until_s is not None and _can_be_copied(info, stream, copied_until_s)
        found.append(
            AudioPlan(
                stream_index=stream.index,
                channels=1 if mono else 2,
                bit_rate=80_000 if mono else 128_000,
                sample_rate=stream.sample_rate if copied else 48_000,
                name="audio" if number == 1 else f"audio-{number}",
                language=language_tag(stream.language),
                label=_label(stream, number, labels),
                copied=copied,
            )
        )
    return tuple(found)


def _can_be_copied(info: MediaInfo, stream: AudioStream, until_s: float) -> bool:
    """AAC-LC in mono or stereo, which begins and ends with the picture."""
    if info.video is None or stream.codec != "aac" or stream.profile != "LC" or stream.channels > 2:
        return False
    if stream.sample_rate not in _COPIED_RATES or stream.duration_s is None:
        return False
    begins = abs(stream.start_s - info.video.start_s) <= _ALIGNED_S
    return begins and abs(stream.duration_s - until_s) <= _TAIL_S


def _label(stream: AudioStream, number: int, taken: set[str]) -> str:
    """What a menu calls it: unlike all others, and without what would end a playlist's attribute."""
    told = "".join(character for character in stream.title or "" if character.isprintable() and character != '"')
    known = told.strip()[:_LONGEST_LABEL].strip() or language_tag(stream.language)
    label = known or ("Original" if number == 1 else f"Sound {number}")
    if label in taken:
        label = f"{label} {number}"
    taken.add(label)
    return label
