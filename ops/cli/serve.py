"""`aula api`, `aula worker`, `aula dispatcher`: the platform's processes, one each."""

import rich_click as click

from core.jobs import Queue
from core.logging import configure_logging
from core.settings import Settings, load_settings
from ops.cli.verb import verb


def _begin() -> Settings:
    settings = load_settings()
    configure_logging(settings.log_level)
    return settings


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that serve requests.")
@verb
def api(workers: int, as_json: bool) -> int:
    """Serve the HTTP API at AULA_HOST and AULA_PORT."""
    from ops.api_server import serve

    return serve(_begin(), workers=workers)


@click.command()
@click.option("--queue", "queues", multiple=True, type=click.Choice([q.value for q in Queue]), help="Repeatable; default: all.")
@click.option("--slots", type=click.IntRange(1, 256), default=2, show_default=True, help="Jobs that run at once.")
@verb
def worker(queues: tuple[str, ...], slots: int, as_json: bool) -> int:
    """Run jobs of some queues until stopped; one process is one unit."""
    from pipelines.registry import STEPS
    from workers.unit import run

    return run(_begin(), queues=[Queue(name) for name in queues or Queue], slots=slots, registry=STEPS)


@click.command()
@verb
def dispatcher(as_json: bool) -> int:
    """Send due jobs to the workers; of several dispatchers one leads."""
    from workers.dispatcher import run

    return run(_begin())
