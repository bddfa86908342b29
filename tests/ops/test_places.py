"""Data directories, socket folders, ports, secrets: one owner each, nobody else."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from core.errors import AulaError
from ops.embedded.lock import exclusive
from ops.embedded.ports import ReservedPort, base_url, refuse_if_served
from ops.embedded.secrets import load_or_make
from ops.embedded.sockets import socket_dir


def test_a_data_directory_has_one_owner(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(AulaError, match=f"in use by process {os.getpid()}"), exclusive(tmp_path):
        pass
    with exclusive(tmp_path):
        pass


def test_sockets_live_in_the_data_directory_where_names_are_short_enough() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = socket_dir(Path(name))
        assert folder == Path(name).resolve() / "run"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_sockets_of_a_deep_directory_live_in_a_short_private_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    folder = socket_dir(deep)
    try:
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 107
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder == socket_dir(deep), "the name is found again after a crash"
        assert folder != socket_dir(deep / "other")
    finally:
        folder.rmdir()
        socket_dir(deep / "other").rmdir()


def test_a_socket_folder_that_somebody_laid_out_for_us_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    data = tmp_path.parent / "d"
    data.mkdir(exist_ok=True)
    (data / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AulaError, match="belongs to somebody else"):
        socket_dir(data)


def test_a_reserved_port_is_kept_from_strangers_but_not_from_our_own_server() -> None:
    port = ReservedPort("127.0.0.1", 0)
    try:
        with socket.socket() as stranger, pytest.raises(OSError):
            stranger.bind(("127.0.0.1", port.number))
        refuse_if_served("127.0.0.1", port.number)
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind(("127.0.0.1", port.number))
            server.listen()
            with pytest.raises(AulaError, match="in use by another program"):
                refuse_if_served("127.0.0.1", port.number)
            with pytest.raises(AulaError, match="in use by another program"):
                ReservedPort("127.0.0.1", port.number)
    finally:
        port.release()


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],
)
def test_a_platform_on_all_addresses_is_reached_by_loopback(host: str, url: str) -> None:
    assert base_url(host, 80) == url


def test_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    made = load_or_make(tmp_path)
    assert load_or_make(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert load_or_make(tmp_path / "other").secret_key != made.secret_key
    assert len(made.secret_key) >= 32
