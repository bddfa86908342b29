"""`aula pipeline`: see, retry and cancel the processes that jobs make up."""

from pathlib import Path
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.media_jobs import CLEANUP, INGEST, REENCODE, RETIRE
from db import jobs
from db.queries import ops as queries
from domain import media, versions
from ops.cli.context import platform_settings, transact
from ops.cli.verb import data_option, print_json, print_table, verb

_id = click.argument("pipeline_id", type=click.UUID)


@click.group()
def pipeline() -> None:
    """See, retry and cancel pipelines."""


@pipeline.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@data_option
@verb
def list_(limit: int, data_dir: Path, as_json: bool) -> None:
    """The newest pipelines."""
    found = transact(platform_settings(data_dir), lambda session: queries.pipelines(session, limit=limit))
    if as_json:
        print_json({"pipelines": found})
        return
    rows = [(p.id, p.kind, p.state, _counts(p.jobs), p.subject_id, f"{p.created_at:%Y-%m-%d %H:%M:%S}") for p in found]
    print_table(["pipeline", "kind", "state", "jobs", "subject", "created"], rows, "There are no pipelines.")


@pipeline.command()
@_id
@data_option
@verb
def show(pipeline_id: UUID, data_dir: Path, as_json: bool) -> None:
    """One pipeline, its jobs and their errors."""
    detail = transact(platform_settings(data_dir), lambda session: _find(session, pipeline_id))
    if as_json:
        print_json(detail)
        return
    click.echo(f"{detail.pipeline.kind} {detail.pipeline.id}: {detail.pipeline.state}")
    rows = [
        (job.id, job.kind, job.state, f"{job.attempt}/{job.max_attempts}", f"{job.progress:.0%}", _last_error(job))
        for job in detail.jobs
    ]
    print_table(["job", "kind", "state", "attempts", "progress", "last error"], rows, "It has no jobs.")


@pipeline.command()
@_id
@data_option
@verb
def retry(pipeline_id: UUID, data_dir: Path, as_json: bool) -> None:
    """Try a failed or cancelled pipeline again: an asset's begins anew, others repeat their discarded jobs."""

    async def again(session: AsyncSession) -> UUID:
        found = (await _find(session, pipeline_id)).pipeline
        if found.kind == CLEANUP:
            raise Refused("pipeline.not_cancellable", "A clean-up has to run to its end.", kind=ErrorKind.CONFLICT)
        if found.kind == INGEST and found.subject_id is not None:
            return await media.retry(session, found.subject_id)
        if found.kind == REENCODE:
            raise Refused("pipeline.not_retryable", "Begin it anew: `aula media reencode --asset`.", kind=ErrorKind.CONFLICT)
        if not await jobs.redrive(session, pipeline_id):
            raise Refused("pipeline.nothing_failed", "No job of this pipeline failed.", kind=ErrorKind.CONFLICT)
        return pipeline_id

    running = transact(platform_settings(data_dir), again)
    if as_json:
        print_json({"ok": True, "pipeline_id": running})
    else:
        click.echo(f"Pipeline {running} is on its way.")


@pipeline.command()
@_id
@data_option
@verb
def cancel(pipeline_id: UUID, data_dir: Path, as_json: bool) -> None:
    """Stop a pipeline and remove what it has made."""

    async def stop(session: AsyncSession) -> None:
        detail = await _find(session, pipeline_id)
        found = detail.pipeline
        if found.state != "running":
            raise Refused("pipeline.not_running", "This pipeline is not running.", kind=ErrorKind.CONFLICT)
        if found.kind == INGEST and found.subject_id is not None:
            await media.cancel_processing(session, found.subject_id)
        elif found.kind == REENCODE and found.subject_id is not None:
            await versions.cancel_reencode(session, found.subject_id)
        elif found.kind in (CLEANUP, RETIRE):
            raise Refused("pipeline.not_cancellable", "A clean-up has to run to its end.", kind=ErrorKind.CONFLICT)
        else:
            await jobs.cancel_pipeline(session, pipeline_id)

    transact(platform_settings(data_dir), stop)
    if as_json:
        print_json({"ok": True, "pipeline_id": pipeline_id})
    else:
        click.echo("Cancelled.")


async def _find(session: AsyncSession, pipeline_id: UUID) -> queries.PipelineDetail:
    detail = await queries.pipeline(session, pipeline_id)
    if detail is None:
        raise Refused("pipeline.not_found", f"There is no pipeline {pipeline_id}.", kind=ErrorKind.NOT_FOUND)
    return detail


def _counts(by_state: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(by_state.items()))


def _last_error(job: queries.JobView) -> str:
    return str(job.errors[-1].get("message", "")) if job.errors else ""
