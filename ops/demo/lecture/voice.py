"""A voice-like sound: syllables with formants, pauses between phrases, and a beep at each new slide.

No speech is synthesised. What matters is that it behaves like speech for an encoder, a loudness meter and a waveform.
"""

import math
import random
import wave
from array import array
from pathlib import Path

RATE = 16_000
# First three formants in Hz of five vowels, after the averages for men in Peterson and Barney (1952).
_FORMANTS = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240))
_BANDWIDTH_HZ = 110.0
_PITCHES_HZ = (98, 107, 116, 126, 138)
_BEEP_HZ = 1_000
BEEP_S = 0.12


def _loudness_at(frequency: float, formants: tuple[int, int, int]) -> float:
    return sum(1 / (1 + ((frequency - f) / _BANDWIDTH_HZ) ** 2) / (n + 1) for n, f in enumerate(formants))


def _period(pitch: int, formants: tuple[int, int, int]) -> list[float]:
    """One period of a voiced sound, peak 1."""
    length = RATE // pitch
    harmonics = [(k, _loudness_at(k * pitch, formants)) for k in range(1, 3_500 // pitch)]
    wave_form = [sum(loud * math.cos(math.tau * k * i / length + k * k * 0.3) for k, loud in harmonics) for i in range(length)]
    peak = max(map(abs, wave_form))
    return [value / peak for value in wave_form]


def _syllable(periods: list[list[list[float]]], rng: random.Random, stress: float) -> list[float]:
    """A breath of noise, then 120 to 260 ms of one vowel with falling pitch."""
    vowel = rng.choice(periods)
    noise = [rng.uniform(-0.12, 0.12) for _ in range(int(RATE * rng.uniform(0.02, 0.06)))]
    length = int(RATE * rng.uniform(0.12, 0.26))
    voiced: list[float] = []
    while len(voiced) < length:
        voiced += vowel[max(0, len(vowel) - 1 - int(len(vowel) * len(voiced) / length))]
    total = len(voiced)
    return noise + [v * stress * math.sin(math.pi * i / total) for i, v in enumerate(voiced)]


def _speech(samples: int, seed: int) -> list[float]:
    rng = random.Random(seed)
    periods = [[_period(pitch, formants) for pitch in _PITCHES_HZ] for formants in _FORMANTS]
    sound: list[float] = []
    while len(sound) < samples:
        for _ in range(rng.randint(6, 13)):
            sound += _syllable(periods, rng, rng.uniform(0.35, 0.6))
        sound += [0.0] * int(RATE * rng.uniform(0.25, 0.7))
    return sound[:samples]


def write_voice(path: Path, duration_s: float, beeps: list[float], *, seed: int = 7) -> None:
    """Write `duration_s` seconds as mono 16-bit WAV, with a 1 kHz beep at each of the times in `beeps`."""
    sound = _speech(round(duration_s * RATE), seed)
    for time in beeps:
        start = round(time * RATE)
        for i in range(min(int(BEEP_S * RATE), len(sound) - start)):
            sound[start + i] = 0.7 * math.sin(math.tau * _BEEP_HZ * i / RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", (int(value * 30_000) for value in sound)).tobytes())
