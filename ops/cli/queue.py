"""`aula queue`: see queues, hold them back and let them go."""

from pathlib import Path

import rich_click as click

from core.jobs import PauseScope, Queue
from db import jobs
from db.queries import ops as queries
from ops.cli.context import platform_settings, transact
from ops.cli.verb import data_option, print_json, print_table, verb

_name = click.argument("name", type=click.Choice([queue.value for queue in Queue]))


@click.group()
def queue() -> None:
    """See, pause and resume queues."""


@queue.command("list")
@data_option
@verb
def list_(data_dir: Path, as_json: bool) -> None:
    """All queues and what is in them."""
    found = transact(platform_settings(data_dir), queries.queues)
    if as_json:
        print_json({"queues": found})
        return
    rows = [
        (q.name, "paused" if q.paused else "", q.slots, q.running, q.available, q.waiting, q.retryable, q.oldest_due_at)
        for q in found
    ]
    print_table(["queue", "", "slots", "running", "available", "waiting", "retryable", "oldest due"], rows, "")


@queue.command()
@_name
@click.option("--reason", default="", help="Shown to other operators.")
@data_option
@verb
def pause(name: str, reason: str, data_dir: Path, as_json: bool) -> None:
    """Start no more jobs of a queue; running ones go on."""
    transact(platform_settings(data_dir), lambda session: jobs.pause(session, PauseScope.QUEUE, name, reason))
    _say(name, True, as_json)


@queue.command()
@_name
@data_option
@verb
def resume(name: str, data_dir: Path, as_json: bool) -> None:
    """Let a paused queue go on."""
    transact(platform_settings(data_dir), lambda session: jobs.resume(session, PauseScope.QUEUE, name))
    _say(name, False, as_json)


def _say(name: str, paused: bool, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "queue": name, "paused": paused})
    else:
        click.echo(f"{name} is {'paused' if paused else 'running'}.")
