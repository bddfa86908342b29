"""The supervisor: order, restarts, failed starts, and nothing left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from core.errors import AulaError
from ops.embedded.forks import ROOT
from ops.embedded.processes import is_alive
from ops.embedded.service import Service
from ops.embedded.supervisor import Stage, Supervisor
from tests.ops.toys import Toy
from tests.support.wait import wait_for


def _ignore(service: Service, pid: int) -> None:
    """Deaths do not matter here."""


def _await_another(supervisor: Supervisor, name: str, pid: int) -> None:
    wait_for(lambda: supervisor.processes.get(name) not in (None, pid), "a new process")


def test_stages_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    said: list[str] = []
    first, second = Toy("first", tmp_path, said), Toy("second", tmp_path, said)
    supervisor = Supervisor([Stage([first]), Stage([second], prepare=lambda: said.append("migrated"))], _ignore)
    supervisor.start()
    pids = supervisor.processes
    supervisor.stop()
    assert said == ["first launched", "migrated", "second launched", "second stopped", "first stopped"]
    assert set(pids) == {"first", "second"}
    assert not any(is_alive(pid) for pid in pids.values())
    assert supervisor.processes == {}


def test_a_killed_service_is_restarted_and_its_death_reported(tmp_path: Path) -> None:
    deaths: list[tuple[str, int]] = []
    toys = [Toy("one", tmp_path, []), Toy("other", tmp_path, [])]
    supervisor = Supervisor([Stage(toys)], lambda service, pid: deaths.append((service.name, pid)))
    supervisor.start()
    try:
        before = supervisor.processes
        for _ in range(2):
            pid = supervisor.processes["one"]
            os.kill(pid, signal.SIGKILL)
            _await_another(supervisor, "one", pid)
        assert supervisor.processes["other"] == before["other"]
        assert [name for name, _ in deaths] == ["one", "one"]
        assert deaths[0][1] == before["one"]
    finally:
        supervisor.stop()


def test_what_cannot_start_is_named_with_its_last_words_and_the_rest_is_stopped(tmp_path: Path) -> None:
    said: list[str] = []
    broken = Toy("broken", tmp_path, said, code="raise SystemExit('no such setting')")
    broken.is_up = False
    first = Toy("first", tmp_path, said)
    supervisor = Supervisor([Stage([first]), Stage([broken])], _ignore)
    with pytest.raises(AulaError, match=r"(?s)broken did not start.*no such setting"):
        supervisor.start()
    assert first.process is None
    assert said[-1] == "first stopped"


def test_a_stop_during_the_start_ends_it(tmp_path: Path) -> None:
    never = Toy("never", tmp_path, [])
    never.is_up = False
    never.start_s = 600.0
    supervisor = Supervisor([Stage([never])], _ignore)

    def lose_patience() -> None:
        wait_for(lambda: never.said, "the launch")
        supervisor.stop()

    impatient = Thread(target=lose_patience)
    impatient.start()
    with pytest.raises(AulaError, match=r"told to stop|Stopped during"):
        supervisor.start()
    impatient.join()
    assert supervisor.processes == {}


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, signal\n"
        "from tests.ops.toys import Toy\n"
        "from ops.embedded.supervisor import Stage, Supervisor\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "supervisor = Supervisor([Stage([Toy('a', folder, []), Toy('b', folder, [])])], lambda *_: None)\n"
        "supervisor.start()\n"
        "print(*supervisor.processes.values(), flush=True)\n"
        "signal.pause()\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout as output:
        pids = [int(word) for word in output.readline().split()]
    assert len(pids) == 2
    owner.kill()
    owner.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of the children")
