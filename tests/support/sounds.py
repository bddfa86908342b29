"""Sounds of several kinds, and a meter for what was made of them."""

import re
import subprocess
from pathlib import Path

from tests.support.clips import ffmpeg
from transcoding.tools import Tools

SPEECH = (
    "anoisesrc=r=48000:c=pink:a=0.3:seed=1,volume='if(lt(mod(t,0.6),0.4),0.1,0.001)':eval=frame,aformat=channel_layouts=stereo"
)
MUSIC = (
    "aevalsrc='0.5*sin(2*PI*220*t)*(1+sin(2*PI*3*t))+0.3*sin(2*PI*1760*t)|0.5*sin(2*PI*221*t)*(1+sin(2*PI*2*t))':s=44100,"
    "aformat=sample_fmts=s16"
)
SINE = "sine=f=997:r=48000,aformat=channel_layouts=stereo"
MONO = "sine=f=440:r=8000,volume=-12dB"
SURROUND = "sine=f=440:r=48000,volume=17dB,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"
# Quiet speech and a short clap every two seconds that the gain would lift far beyond full scale.
CLAPS = (
    "anoisesrc=r=48000:c=pink:a=0.02:seed=2[quiet];aevalsrc='0.9*sin(2*PI*2000*t)*lt(mod(t+1,2),0.0005)':s=48000[claps];"
    "[quiet][claps]amix=normalize=0,aformat=channel_layouts=stereo"
)
SILENCE = "anullsrc=r=48000:cl=stereo"


def make_sound(tools: Tools, path: Path, graph: str, seconds: float = 6.0) -> Path:
    """A file without pictures; `graph` is a filter graph with one output. The name's end decides on the codec."""
    ffmpeg(tools, "-filter_complex", f"{graph}[out]", "-map", "[out]", "-t", str(seconds), str(path))
    return path


def integrated(tools: Tools, path: Path) -> float:
    """LUFS of a whole file by EBU R128, mono as one channel; -70 stands for silence."""
    return _measure(tools, path, "I", "LUFS")


def true_peak(tools: Tools, path: Path) -> float:
    """dBTP of a whole file; minus infinity for digital silence."""
    return _measure(tools, path, "Peak", "dBFS")


def _measure(tools: Tools, path: Path, name: str, unit: str) -> float:
    argv = [str(tools.ffmpeg), "-hide_banner", "-nostats", "-i", str(path), "-map", "0:a:0"]
    argv += ["-af", "ebur128=framelog=quiet:peak=true", "-f", "null", "-"]
    log = subprocess.run(argv, capture_output=True, text=True, check=True).stderr
    found = re.findall(rf"\b{name}:\s+(\S+) {unit}", log)
    return float(found[-1])
