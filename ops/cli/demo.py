"""`aula demo`: the main job once, end to end."""

from pathlib import Path
from typing import Literal

import rich_click as click

from ops.cli.verb import verb


@click.command("demo")
@click.option(
    "--video", type=click.Path(dir_okay=False, path_type=Path), help="The file to upload; without it, a lecture is rendered."
)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Keep everything here, not in a temporary folder."
)
@click.option("--until", type=click.Choice(["playable", "ready"]), default="ready", show_default=True, help="How far to go.")
@click.option("--keep", is_flag=True, help="Leave the platform running afterwards and say how to sign in.")
@verb
def demo(video: Path | None, data: Path | None, until: Literal["playable", "ready"], keep: bool, as_json: bool) -> int:
    """Start a platform of its own, upload a video, watch it while it is encoded, verify everything, stop.

    Exit status: 0 when all was verified, 1 when not or when the file was refused, 2 when the platform did not start.
    """
    from ops.demo.run import run

    return run(video, as_json, data, until, keep)
