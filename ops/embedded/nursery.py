"""The nursery: a process that has imported what all of ours need and forks them on request.

Five Python processes that import the same libraries spend most of their start on it (measured: 0.8 of 1.0 CPU seconds each), as
does one that comes back after a crash. The nursery is started fresh and runs one thread, so forking it is safe. It imports
what is common to all, and nothing that only one of them may see: the API's process still holds no pipeline code.

Orders and notices are JSON messages on a socket: `{"arguments": [...], "env": {...}, "log": "..."}` in,
`{"ready": true}`, `{"born": pid}` (in the order of the orders) and `{"ended": pid, "status": n}` out.
"""

import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ops.embedded.processes import die_with_parent, open_log

MESSAGE_LIMIT = 2**20
_COMMON = (
    "asyncpg",
    "uvloop",
    "prometheus_client",
    "redis.asyncio",
    "rich_click",
    "core.logging",
    "core.metrics",
    "core.settings",
    "db.jobs",
    "db.models",
    "db.queries",
    "db.session",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio",
    "storage",
)
_PR_SET_NAME = 15


def main() -> None:
    """Serve orders on the socket whose descriptor is the first argument; a child leaves here and becomes what was ordered."""
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        order = _serve(channel)
    if order is not None:
        _become(order)


def _serve(channel: socket.socket) -> dict[str, Any] | None:
    """Fork children until the other side has gone (None), or until this process is a child (its order)."""
    for name in _COMMON:
        import_module(name)
    # What is here now stays shared with the children: no collection may write to it.
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _say(channel, ready=True)
    sources: list[Any] = [channel, woken]
    while True:
        readable = select.select(sources, [], [])[0]
        if woken in readable:
            os.read(woken, 512)
            _report_ends(channel)
        if channel in readable:
            message = channel.recv(MESSAGE_LIMIT)
            if not message:
                return None
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(woken)
                os.close(wake)
                order: dict[str, Any] = json.loads(message)
                return order
            _say(channel, born=pid)


def _report_ends(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(channel, ended=pid, status=os.waitstatus_to_exitcode(status))


def _say(channel: socket.socket, **facts: Any) -> None:
    channel.sendall(json.dumps(facts).encode())


def _become(order: dict[str, Any]) -> None:
    """`python -m ops.cli` with the order's arguments, environment and log."""
    die_with_parent(signal.SIGTERM)
    # Out of reach of a Ctrl-C, yet in one session: Linux (autogroup) shares the CPU between sessions first, then by niceness.
    os.setpgid(0, 0)
    # So that `top` tells the processes apart; the command line stays the nursery's.
    ctypes.CDLL(None).prctl(_PR_SET_NAME, f"aula {order['arguments'][0]}".encode()[:15])
    with open_log(Path(order["log"])) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["aula", *order["arguments"]]
    runpy.run_module("ops.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
