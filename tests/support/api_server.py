"""The API as operators run it, `aula api`, in a process of its own that tests may kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from core.settings import Settings
from ops.embedded.ports import ReservedPort, base_url
from tests.support.certificates import trusting
from tests.support.wait import wait_for

_ROOT = Path(__file__).resolve().parents[2]


def environment(settings: Settings, **values: str) -> dict[str, str]:
    """`settings` as AULA_* variables on top of this process's environment, which has none; `values` as AULA_<NAME>."""
    env = dict(os.environ)
    groups: list[BaseSettings] = [settings]
    for name in type(settings).model_fields:
        value: Any = getattr(settings, name)
        if isinstance(value, BaseSettings):
            groups.append(value)
    for group in groups:
        for name in type(group).model_fields:
            value = getattr(group, name)
            if value is None or isinstance(value, BaseSettings):
                continue
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            env[f"AULA_{name.upper()}"] = json.dumps(value) if isinstance(value, list | bool) else str(value)
    env.update({f"AULA_{name.upper()}": value for name, value in values.items()})
    return env


class ApiServer:
    """One `aula api` on a port that stays the same over restarts."""

    def __init__(self, settings: Settings, certificate: tuple[Path, Path] | None = None) -> None:
        """With a certificate and its key it speaks TLS."""
        self._port = ReservedPort("127.0.0.1", 0)
        self._verify = trusting(certificate[0]) if certificate else True
        self.url = base_url("127.0.0.1", self._port.number, tls=certificate is not None)
        self._env = environment(settings, port=str(self._port.number), host="127.0.0.1", public_url=self.url)
        if certificate:
            self._env |= {"AULA_TLS_CERTIFICATE": str(certificate[0]), "AULA_TLS_KEY": str(certificate[1])}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self._port.number

    def start(self) -> None:
        """Start and wait until it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", "api"],
            cwd=_ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(self._ready, "the API to be ready", deadline_s=60)

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the API ended with {self._process.returncode}"
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5, verify=self._verify).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL to the server and its workers, as the OOM killer or a power cut would."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> int:
        """SIGTERM, as a supervisor would; returns the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=30)

    def close(self) -> None:
        """End whatever is left."""
        self.kill()
        self._port.release()
