"""Kinds whose sound is strange, and those that carry more than picture and sound."""

import io
from pathlib import Path

from PIL import Image

from tests.media.workshop import AAC, H264, PICTURE, SOUND, Kind, Maker, Workshop, clip, encoded, recipe

_MP3 = ("-c:a", "libmp3lame")
_SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello <b>you</b>\n\n2\n00:00:01,000 --> 00:00:02,000\n{\\an8}<font size=9999>\n"


def _sound(suffix: str, *options: str, source: str = SOUND, seconds: float = 2.0) -> Maker:
    return clip(suffix, video=None, audio=source, seconds=seconds, options=options)


def _cover(suffix: str) -> Maker:
    """Music with a picture of its record."""

    def make(shop: Workshop, path: Path) -> None:
        image = path.with_suffix(".jpg")
        Image.new("RGB", (600, 600), "red").save(image)
        sound = shop.clip("mp3", video=None, options=_MP3)
        shop.ffmpeg(
            *("-i", sound, "-i", image, "-map", "0:a", "-map", "1:v", "-c:a", "copy" if suffix == "mp3" else "aac"),
            *("-c:v", "mjpeg", "-disposition:v", "attached_pic", "-f", suffix, path),
        )
        image.unlink()

    return make


def _with_text(suffix: str, codec: str, text: str = _SRT, name: str = ".srt") -> Maker:
    def make(shop: Workshop, path: Path) -> None:
        words = path.with_suffix(name)
        words.write_text(text, encoding="utf-8")
        shop.ffmpeg(
            *("-i", shop.clip(), "-i", words, "-map", "0", "-map", "1", "-c", "copy", "-c:s", codec),
            *("-max_interleave_delta", "0", "-f", suffix, path),
        )
        words.unlink()

    return make


def _described(suffix: str, chapters: int = 0, title: int = 0) -> Maker:
    """Chapters without number, a title without end."""

    def make(shop: Workshop, path: Path) -> None:
        about = io.StringIO()
        about.write(f";FFMETADATA1\ntitle={'x' * title}\n")
        for number in range(chapters):
            about.write(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={number}\nEND={number + 1}\ntitle=Chapter {number}\n")
        notes = path.with_suffix(".txt")
        notes.write_text(about.getvalue())
        shop.ffmpeg("-i", shop.clip(), "-i", notes, "-map", "0", "-c", "copy", "-map_metadata", "1", "-f", suffix, path)
        notes.unlink()

    return make


def _lengths(picture_s: float, sound_s: float, delay_s: float = 0.0) -> Maker:
    """Picture and sound of different length; the sound begins late."""
    return recipe(
        "mp4",
        *(
            "-f",
            "lavfi",
            "-i",
            f"{PICTURE}:d={picture_s}",
            "-itsoffset",
            str(delay_s),
            "-f",
            "lavfi",
            "-i",
            f"{SOUND}:d={sound_s}",
        ),
        *(*H264, *AAC),
    )


_TWO = ("-f", "lavfi", "-i", f"{PICTURE}:d=2", "-f", "lavfi", "-i", f"{SOUND}:d=2", "-f", "lavfi", "-i", "sine=f=880:d=2")
_S = "sound"

KINDS = (
    Kind("no sound", encoded("mp4", *H264), tracks="picture", short=True),
    Kind("no picture: AAC in MP4", _sound("m4a", *AAC), tracks=_S, short=True),
    Kind("no picture: WAV", _sound("wav"), tracks=_S),
    Kind("no picture: Opus in Ogg", _sound("ogg", "-c:a", "libopus"), tracks=_S),
    Kind("no picture: FLAC with 192 kHz", _sound("flac", source="sine=f=440:r=192000"), tracks=_S),
    Kind("no picture: bare AAC", _sound("aac", *AAC), tracks=_S),
    Kind("no picture but a cover: MP3", _cover("mp3"), tracks=_S, short=True),
    Kind("no picture but a cover: MP4", _cover("mp4"), tracks=_S),
    Kind("silence", clip(audio="anullsrc=r=48000:cl=stereo")),
    Kind("mono with 8 kHz", clip("mov", audio="sine=f=440:r=8000", options=(*H264, "-c:a", "pcm_mulaw"))),
    Kind("5.1", clip(audio="anoisesrc=r=48000:a=0.1,aformat=channel_layouts=5.1"), short=True),
    Kind(
        "7.1 with 24 bits",
        clip("mkv", audio="anoisesrc=r=48000,aformat=channel_layouts=7.1", options=(*H264, "-c:a", "pcm_s24le")),
    ),
    Kind(
        "16 channels",
        clip("mov", audio="anoisesrc=r=48000,pan=hexadecagonal|c0=c0|c1=c0", options=(*H264, "-c:a", "pcm_s16le")),
    ),
    Kind("192 kHz", clip("mkv", audio="sine=f=440:r=192000", options=(*H264, "-c:a", "flac")), short=True),
    Kind("AC-3 in MPEG-TS", clip("ts", options=(*H264, "-c:a", "ac3"))),
    Kind("ALAC in MOV", clip("mov", options=(*H264, "-c:a", "alac"))),
    Kind("IMA ADPCM in MOV", clip("mov", options=(*H264, "-c:a", "adpcm_ima_qt"))),
    Kind("unknown sound: WavPack", clip("mkv", options=(*H264, "-c:a", "wavpack")), "media.unsupported_codec"),
    Kind("sound that outlasts the picture", _lengths(1.0, 3.0), lasts_s=3.0),
    Kind("picture that outlasts the sound", _lengths(3.0, 1.0), lasts_s=3.0),
    Kind("sound that begins late", _lengths(3.0, 1.0, 1.5), lasts_s=3.0),
    Kind("two sound tracks", recipe("mp4", *_TWO, "-map", "0", "-map", "1", "-map", "2", *H264, *AAC)),
    Kind("two pictures", recipe("mp4", *_TWO, "-map", "0", "-map", "0", "-map", "1", *H264, *AAC)),
    Kind("33 streams", recipe("mkv", "-i", "{clip}", *("-map", "0:a") * 33, "-c", "copy"), "media.too_many_streams"),
    Kind("text subtitles in MP4", _with_text("mp4", "mov_text")),
    Kind("styled subtitles in Matroska", _with_text("matroska", "ass")),
    Kind("WebVTT in Matroska", _with_text("matroska", "webvtt")),
    Kind("a thousand chapters", _described("mp4", chapters=1000)),
    Kind("a title of 50 kB", _described("mp4", title=50_000)),
    Kind("a title of 3 MB", _described("matroska", title=3_000_000), "media.too_many_streams"),
)
