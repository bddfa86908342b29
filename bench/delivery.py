"""Segments and small files from one API worker against nginx, and uploads against dd, on the same machine in turns."""

import base64
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit
from uuid import uuid4

from bench.loading import CONNECTIONS, Rate, compare, family, free_port, listens, load, pin
from bench.report import Table
from ops.demo.client import Person
from ops.embedded.platform import Platform
from storage import keys
from storage.local import LocalStorage
from storage.signing import Signer, signed_path, stream_path

_ASSET, _VERSION = uuid4(), uuid4()
_SEGMENTS = {"600 kB": 600_000, "1.5 MB": 1_500_000, "4 MB": 4_000_000}
_UPLOAD_BYTES = 2**30
_CHUNK = 32 * 2**20

_NGINX = """
daemon off; user {user}; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port};
        location /stream/ {{ alias {objects}/; }}
        location = /nothing {{ return 200 "nothing"; }}
    }}
}}
"""


@contextmanager
def _nginx(folder: Path, objects: Path, cores: set[int]) -> Iterator[int]:
    """A bare nginx that knows no signatures; yields its port."""
    folder.mkdir()
    port, config = free_port(), folder / "nginx.conf"
    user = pwd.getpwuid(os.getuid()).pw_name
    config.write_text(_NGINX.format(folder=folder, objects=objects, port=port, user=user))
    process = subprocess.Popen(["nginx", "-e", "stderr", "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        os.sched_setaffinity(process.pid, cores)
        deadline, pause = time.monotonic() + 30, Event()
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("nginx does not answer")
            pause.wait(0.01)
        # The worker has been forked by now.
        for child in family(process.pid):
            pin(child, cores)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _objects(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Store what is asked for; (segments, small files) by what they are."""
    storage = LocalStorage(root)
    segments = {name: keys.track_file(_ASSET, _VERSION, "720p", f"{size}.m4s") for name, size in _SEGMENTS.items()}
    for name, key in segments.items():
        storage.put_bytes(key, secrets.token_bytes(_SEGMENTS[name]))
    playlist = keys.media_playlist(_ASSET, _VERSION, "720p")
    init = keys.track_file(_ASSET, _VERSION, "720p", "init-0123abcd.mp4")
    line = b"#EXTINF:4.000000,\nc0001-0123456789ab_00001.m4s\n"
    storage.put_bytes(playlist, b"#EXTM3U\n" + line * 150 + b"#EXT-X-ENDLIST\n")
    storage.put_bytes(init, secrets.token_bytes(1000))
    return segments, {"playlist of 10 min": playlist, "init of 1 kB": init}


def _serve(platform: Platform, folder: Path, rounds: int) -> list[Table]:
    segments, small = _objects(platform.data_dir / "objects")
    signer = Signer.from_setting(platform.env["AULA_SIGNING_KEYS"])
    token = signer.sign(_ASSET, uuid4(), datetime.now(UTC) + timedelta(hours=1))
    ours = int(urlsplit(platform.base_url).port or 0)
    cores = sorted(os.sched_getaffinity(0))
    server, client = {cores[0]}, {cores[-1]}
    for pid in family(platform.processes["api"]):
        pin(pid, server)
    with _nginx(folder / "nginx", platform.data_dir / "objects", server) as theirs:
        alone = load(theirs, ["/nothing"], client)
        measured: dict[str, list[tuple[Rate, Rate]]] = {}
        for _ in range(rounds):
            for name, key in (segments | small).items():
                pair = load(theirs, [stream_path(key)], client), load(ours, [signed_path(token, key)], client)
                measured.setdefault(name, []).append(pair)
    where = "server on one core, clients on another" if server != client else "server and clients on one core"
    way = f"{CONNECTIONS} connections, {where}, medians of {rounds}"
    bytes_table = Table(f"Segments, {way}", ("", "nginx sendfile MB/s", "one API worker MB/s", "ratio"))
    for name in segments:
        compare(bytes_table, name, [(a.bytes_s / 1e6, b.bytes_s / 1e6) for a, b in measured[name]])
    alone_s = f"; the clients alone can ask {alone.requests_s:,.0f} times/s with {alone.client_cpu:.0%} of a core"
    small_table = Table(f"Small files, {way}{alone_s}", ("", "nginx requests/s", "one API worker requests/s", "ratio"))
    for name in small:
        compare(small_table, name, [(a.requests_s, b.requests_s) for a, b in measured[name]])
    return [bytes_table, small_table]


def _dd(folder: Path) -> float:
    """Bytes per second of writing as much and flushing it."""
    file = folder / "dd"
    began = time.monotonic()
    source = ["if=/dev/zero", f"of={file}", "bs=1M", f"count={_UPLOAD_BYTES // 2**20}", "conv=fsync"]
    subprocess.run(["dd", *source], check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    file.unlink()
    return _UPLOAD_BYTES / took


def _upload(person: Person, chunk: bytes, digest: str) -> tuple[float, str]:
    """Bytes per second of a whole upload in chunks with checksums, and its asset."""
    location, asset_id = person.begin_upload("bench.bin", _UPLOAD_BYTES)
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Checksum": f"sha256 {digest}",
        "Content-Type": "application/offset+octet-stream",
    }
    began = time.monotonic()
    for offset in range(0, _UPLOAD_BYTES, len(chunk)):
        person.call("PATCH", location, headers={**headers, "Upload-Offset": str(offset)}, content=chunk)
    return _UPLOAD_BYTES / (time.monotonic() - began), asset_id


def _resident(pids: list[int]) -> float:
    """Megabytes of memory that these processes hold for themselves."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += int(line.split()[1])
    return total / 1024


def _receive(platform: Platform, folder: Path, rounds: int) -> Table:
    # The digest is not the server's work: the same chunk again and again costs the client nothing to hash.
    chunk = secrets.token_bytes(_CHUNK)
    digest = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
    api = family(platform.processes["api"])
    cores = os.sched_getaffinity(0)
    for pid in api:
        pin(pid, cores)
    pairs: list[tuple[float, float]] = []
    before = 0.0
    with Person(platform.base_url, "bench@example.org", secrets.token_urlsafe(12), "Bench") as person:
        person.register()
        for number in range(rounds + 1):
            written = _dd(folder)
            received, asset_id = _upload(person, chunk, digest)
            shutil.rmtree(platform.data_dir / "objects/originals" / asset_id)
            # The first of everything does not count.
            if number:
                pairs.append((written / 1e6, received / 1e6))
            else:
                before = _resident(api)
        after = _resident(api)
    memory = f"memory of the API {before:.0f} MB after the first GiB, {after:.0f} MB after the last"
    title = f"Upload of 1 GiB in {_CHUNK // 2**20} MiB chunks with SHA-256, medians of {rounds}; {memory}"
    table = Table(title, ("", "dd conv=fsync MB/s", "upload MB/s", "ratio"))
    compare(table, "tus over loopback", pairs)
    return table


def run(folder: Path, rounds: int) -> list[Table]:
    """Measure delivery and uploads over a platform below `folder`. Without nginx on the path delivery is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    # No workers: what was uploaded is no video, and nobody else shall use the cores.
    with Platform(folder / "platform", units=()) as platform:
        tables = _serve(platform, folder, rounds) if shutil.which("nginx") else []
        return [*tables, _receive(platform, folder, rounds)]
