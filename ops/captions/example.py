"""An example of a captions command, to show the contract and to test it: it hears where somebody speaks, not what is said.

    AULA_CAPTIONS_COMMAND="/path/to/python /path/to/ops/captions/example.py {wav} {language}"

It reads a WAV file of 16-bit mono samples and prints a WebVTT file with a cue `[speech]` for each stretch that is louder than
the quiet parts. A real command puts a speech recogniser of your choice here; Aula ships none. Needs nothing but Python.
"""

import array
import sys
import wave
from collections.abc import Iterator

_FRAME_S = 0.05
# Above the noise by 12 dB, and never below what is silence on any recording.
_ABOVE_NOISE = 4.0
_SILENCE = 150.0
_SHORTEST_S = 0.3
_LONGEST_PAUSE_S = 0.5


def main() -> int:
    """Print the captions of the file that the first argument names."""
    if len(sys.argv) < 2:
        sys.stderr.write("usage: example.py WAV [LANGUAGE]\n")
        return 2
    sys.stdout.write("WEBVTT\n")
    for start_s, end_s in stretches(list(loudness(sys.argv[1]))):
        sys.stdout.write(f"\n{_clock(start_s)} --> {_clock(end_s)}\n[speech]\n")
    return 0


def loudness(path: str) -> Iterator[float]:
    """Mean amplitude of each frame of 50 ms, in steps of 16-bit samples."""
    with wave.open(path, "rb") as sound:
        if (sound.getnchannels(), sound.getsampwidth()) != (1, 2):
            raise SystemExit("mono and 16 bits are needed")
        count = round(sound.getframerate() * _FRAME_S)
        while data := sound.readframes(count):
            samples = array.array("h", data)
            if sys.byteorder == "big":
                samples.byteswap()
            yield sum(map(abs, samples)) / len(samples)


def stretches(levels: list[float]) -> list[tuple[float, float]]:
    """Where it is loud, in seconds; short pauses are bridged, short noises left out."""
    noise = sorted(levels)[len(levels) // 10] if levels else 0.0
    threshold = max(noise * _ABOVE_NOISE, _SILENCE)
    found: list[tuple[float, float]] = []
    for index, level in enumerate(levels):
        if level < threshold:
            continue
        start_s, end_s = index * _FRAME_S, (index + 1) * _FRAME_S
        if found and start_s - found[-1][1] <= _LONGEST_PAUSE_S:
            found[-1] = (found[-1][0], end_s)
        else:
            found.append((start_s, end_s))
    return [(start_s, end_s) for start_s, end_s in found if end_s - start_s >= _SHORTEST_S]


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return f"{milliseconds // 3_600_000:02d}:{milliseconds // 60_000 % 60:02d}:{milliseconds % 60_000 / 1000:06.3f}"


if __name__ == "__main__":
    sys.exit(main())
