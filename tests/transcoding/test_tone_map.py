"""HDR sources become SDR that looks right: greys stay grey, white is bright, and the stream says BT.709."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.support.clips import ffmpeg, make_clip
from tests.transcoding.conftest import Made
from transcoding.probe import probe
from transcoding.stills import make_stills
from transcoding.tools import Tools

# Signal levels (of 219 above 16) of black, 18 % grey and reference white after BT.2408.
GREYS = {"pq": (0.0, 0.38, 0.58), "hlg": (0.0, 0.38, 0.75)}
TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_greys_and_white_land_where_sdr_has_them(
    tools: Tools, tmp_path: Path, transcode: Callable[[Path], Made], transfer: str
) -> None:
    levels = [round(16 + 219 * level) for level in GREYS[transfer]]
    bars = f"if(lt(X,64),{levels[0]},if(lt(X,128),{levels[1]},{levels[2]}))"
    video = f"color=s=192x96:r=10,format=yuv420p,geq=lum='{bars}':cb=128:cr=128"
    colours = f"colorprim=bt2020:transfer={TRANSFERS[transfer]}:colormatrix=bt2020nc:log-level=none:lossless=1"
    options = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", colours]
    made = transcode(make_clip(tools, tmp_path / "hdr.mp4", video=video, audio=None, options=options, seconds=1))
    assert made.plan.tone_map == transfer
    whole = made.whole("96p")
    # Shades in full range.
    raw = ffmpeg(tools, "-i", str(whole), "-vf", "format=gray", "-frames:v", "1", "-f", "rawvideo", "pipe:1")
    row = raw[48 * 192 : 49 * 192]
    black, grey, white = row[32], row[96], row[160]
    assert black <= 3
    assert 90 <= grey <= 135
    assert 225 <= white <= 240
    answer = probe(tools, whole, ["-show_streams", "-of", "json"], None)
    (stream,) = json.loads(answer.stdout)["streams"]
    assert {stream[key] for key in ("color_space", "color_transfer", "color_primaries")} == {"bt709"}
    stills = make_stills(tools, made.source, made.info, made.plan, made.folder)
    assert stills
    with Image.open(made.folder / stills.posters[0].name) as poster:
        red, green, blue = poster.convert("RGB").getpixel((160, 48))  # type: ignore[misc]
    assert min(red, green, blue) > 215
    assert max(red, green, blue) - min(red, green, blue) < 8
    assert not list(made.folder.glob("*.cube"))
