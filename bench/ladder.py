"""Wall and CPU time of one ladder with audio and stills, three ways, in interleaved runs."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import single
from bench.cpu import Cost, measure
from bench.pipeline import Bench
from bench.report import Table
from core.media import Plan
from core.settings import MediaSettings
from transcoding.prepare import prepare
from transcoding.probe import Limits
from transcoding.quality import probe_quality
from transcoding.tools import find_tools

_WAYS = {
    "a": "(a) one ffmpeg per rung, PeerTube's flags",
    "b": "(b) one ffmpeg with split, our settings",
    "c": "(c) the pipeline, warm",
}


def plan_of(clip: Path) -> Plan:
    """What the platform makes of the clip when it encodes all of it."""
    settings = MediaSettings()
    with tempfile.TemporaryDirectory(prefix="aula-bench-") as work:
        return prepare(find_tools(settings), clip, Limits.of(settings), Path(work), copy=False).plan


def _alone(commands: list[list[str]]) -> Cost:
    with tempfile.TemporaryDirectory(prefix="aula-bench-") as work:
        return measure(commands, Path(work))


def run(ffmpeg: Path, clip: Path, bench: Bench, rounds: int, *, qualifies: bool = False) -> Table:
    """Medians of `rounds` rounds; each round runs all ways, one after another.

    `qualifies`: (c) copies the top rung, so it has nothing to be compared with in (b).
    """
    plan = plan_of(clip)
    ways: dict[str, Callable[[], Cost]] = {
        "a": lambda: _alone(single.one_per_rung(ffmpeg, clip, plan)),
        "b": lambda: _alone(single.one_for_all(ffmpeg, clip, plan)),
        "c": lambda: bench.whole(clip),
    }
    if qualifies:
        del ways["b"]
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(way())
    rungs = ", ".join(rung.name for rung in plan.rungs)
    what = f"{rungs} + audio + stills of {clip.stem} ({plan.duration_s:.0f} s)"
    lane = "qualifies for the fast lane" if qualifies else "to be encoded"
    title = f"Ladder {what}, {lane}, profile {plan.profile}, medians of {rounds}"
    table = Table(title, ("way", "wall s", "CPU s", "rest of the platform, CPU s", "MB of segments"))
    for name, found in costs.items():
        table.add(
            _WAYS[name],
            f"{median(cost.wall_s for cost in found):.1f}",
            f"{median(cost.cpu_s for cost in found):.1f}",
            f"{median(cost.other_cpu_s for cost in found):.1f}" if name == "c" else "",
            f"{median(cost.size for cost in found) / 1e6:.1f}",
        )
    if not qualifies:
        cpu = "CPU (c)/(b), required <= 1.10, aim 1.0"
        table.add(*_ratio(cpu, costs["c"], costs["b"], lambda cost: cost.cpu_s, wall=False))
    wall = "wall (c)/(a), required <= 0.5, aim 0.35" if qualifies else "wall (c)/(a), required <= 0.85, aim 0.70"
    table.add(*_ratio(wall, costs["c"], costs["a"], lambda cost: cost.wall_s, wall=True))
    return table


def _ratio(
    name: str, ours: list[Cost], theirs: list[Cost], of: Callable[[Cost], float], *, wall: bool
) -> tuple[str, str, str, str, str]:
    """A row with the median of the rounds' own ratios: load that comes and goes hits both halves of a round."""
    ratio = f"{median(of(mine) / of(other) for mine, other in zip(ours, theirs, strict=True)):.2f}"
    return (name, ratio, "", "", "") if wall else (name, "", ratio, "", "")


def probe(clip: Path) -> Table:
    """What the per-title probe costs beside the ladder's own encode."""
    # Without bubblewrap, which hides the CPU time of what it runs.
    plan, tools = plan_of(clip), find_tools(MediaSettings(sandbox="plain"))
    with tempfile.TemporaryDirectory(prefix="aula-bench-") as work:
        before = os.times()
        probe_quality(tools, clip, plan, Path(work))
        between = os.times()
    ladder = _alone(single.one_for_all(tools.ffmpeg, clip, plan))
    cost = between.children_user + between.children_system - before.children_user - before.children_system
    table = Table(f"Per-title probe of {clip.stem}", ("", "CPU s"))
    table.add("probe", f"{cost:.1f}")
    table.add("(b) one ffmpeg with split", f"{ladder.cpu_s:.1f}")
    table.add("ratio, required <= 0.10", f"{cost / ladder.cpu_s:.2f}")
    return table
