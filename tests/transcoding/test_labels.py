"""What menus call the sounds of a source: whatever its maker wrote, it fits a playlist and the database."""

import pytest

from core.media import AudioStream, MediaInfo
from transcoding.sounds import sounds_of


def _source(*titles: str | None) -> MediaInfo:
    sounds = tuple(
        AudioStream(index=index, codec="aac", channels=2, sample_rate=48_000, title=title) for index, title in enumerate(titles)
    )
    return MediaInfo(container="matroska,webm", duration_s=10.0, start_s=0.0, size=1000, audio=sounds)


@pytest.mark.parametrize(
    ("titles", "labels"),
    [
        ((None, None), ["Original", "Sound 2"]),
        (("Stereo", "Stereo"), ["Stereo", "Stereo 2"]),
        ((' say "hi"\n#EXT-X-ENDLIST\u2028', "\x00"), ["say hi#EXT-X-ENDLIST", "Sound 2"]),
        (("x" * 200, "x" * 200), ["x" * 80, "x" * 80 + " 2"]),
    ],
)
def test_labels_are_short_and_unlike_each_other(titles: tuple[str | None, ...], labels: list[str]) -> None:
    assert [sound.label for sound in sounds_of(_source(*titles))] == labels
