"""The API process: Granian with the application, ended cleanly even while streams are open."""

import multiprocessing
import os
import signal
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols

from core.settings import ApiSettings, BadSettings, Settings
from ops.embedded.ports import refuse_if_served
from ops.embedded.processes import die_with_parent

# How long open requests may take to end after SIGTERM; streams are told to end and need none of it.
_STOP_S = 5


def build_app() -> Any:
    """The ASGI application, made in a Granian worker."""
    # A killed master can't stop its worker, which would serve on.
    die_with_parent(signal.SIGKILL)
    # Until the application listens for it, the signal to end streams must not end the process.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    # Here and not above: the master needs none of it.
    from api.app import app

    return app()


def serve(settings: Settings, *, workers: int) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status.

    Raises AulaError when the address is taken, and BadSettings when the certificate or its key is missing.
    """
    tls = _speaks_tls(settings.api)
    refuse_if_served(settings.api.host, settings.api.port)
    server = Granian(
        "ops.api_server:build_app",
        factory=True,
        address=settings.api.host,
        port=settings.api.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        # Browsers speak HTTP/2 over TLS only; without, looking for it takes a quarter of the time of a small answer.
        http=HTTPModes.auto if tls else HTTPModes.http1,
        ssl_cert=settings.api.tls_certificate,
        ssl_key=settings.api.tls_key,
        # Television sets of ten years ago speak nothing newer.
        ssl_protocol_min=SSLProtocols.tls12,
        workers=workers,
        websockets=False,
        workers_kill_timeout=_STOP_S,
        respawn_failed_workers=True,
    )

    def stop(*_: object) -> None:
        # Granian waits for open responses, and an event stream never ends by itself: the application ends its streams on
        # SIGUSR1.
        for child in multiprocessing.active_children():
            if child.pid is not None:
                os.kill(child.pid, signal.SIGUSR1)
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    @server.on_startup
    def take_signals() -> None:
        # Runs after Granian has installed its own handlers.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    server.serve()
    return 0


def _speaks_tls(settings: ApiSettings) -> bool:
    """Whether certificate and key are given. Raises BadSettings when one is, or can't be read: the server would say less."""
    paths = {"AULA_TLS_CERTIFICATE": settings.tls_certificate, "AULA_TLS_KEY": settings.tls_key}
    if not any(paths.values()):
        return False
    for name, path in paths.items():
        if path is None or not os.access(path, os.R_OK):
            raise BadSettings("settings.tls", f"{name} must be a file that can be read; TLS needs a certificate and its key.")
    return True
