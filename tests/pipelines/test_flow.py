"""The graph as data: every kind of media job has a step and a place."""

from core import all_jobs
from core.media_jobs import GIVE_UP, KINDS
from pipelines.media.flow import FLOW
from pipelines.registry import STEPS


def test_every_kind_of_job_has_one_step_and_one_place_in_the_graph() -> None:
    assert sorted(step.kind.name for step in STEPS) == sorted(kind.name for kind in all_jobs.KINDS)
    assert sorted(node.kind.name for node in FLOW) == sorted(kind.name for kind in KINDS)


def test_a_step_is_named_like_the_file_that_does_it() -> None:
    assert [step.kind.name for step in STEPS] == [step.work.__module__.removeprefix("pipelines.") for step in STEPS]


def test_nothing_waits_for_giving_up() -> None:
    assert all(kind is not GIVE_UP for node in FLOW for kind, _ in node.after)
