"""Streams through the real nginx with the configuration that we ship: the same signatures, sent by the kernel."""

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from storage import keys
from storage.signing import STILLS_ONLY, signed_path
from tests.api.stream_app import ORIGIN
from tests.api.stream_server import Film, StreamServer, running_stream
from tests.support.certificates import make_certificate, trusting
from tests.support.nginx import running_nginx
from tests.support.wait import wait_for


class Proxy:
    """A running nginx, and the API behind it."""

    def __init__(self, url: str, certificate: Path, api: StreamServer, log: Path) -> None:
        self.api = api
        self.log = log
        self.client = httpx.Client(verify=trusting(certificate), base_url=url, timeout=30)
        self._port = int(url.rpartition(":")[2])
        self._context = trusting(certificate)

    def raw(self, request: bytes) -> bytes:
        """Send exactly these bytes and return all of the answer, which must close the connection."""
        with socket.create_connection(("127.0.0.1", self._port)) as plain:
            with self._context.wrap_socket(plain, server_hostname="127.0.0.1") as sock:
                sock.sendall(request)
                found = b""
                try:
                    while piece := sock.recv(65536):
                        found += piece
                except ssl.SSLEOFError:
                    pass
                return found


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx before the stream server, over one directory."""
    objects, folder = tmp_path_factory.mktemp("objects"), tmp_path_factory.mktemp("nginx")
    certificate = make_certificate(folder)
    with running_stream(objects.as_uri()) as api:
        with running_nginx(folder, upstream=f"unix:{api.sock}", objects=objects, certificate=certificate) as url:
            proxy = Proxy(url, certificate[0], api, folder / "nginx.log")
            try:
                yield proxy
            finally:
                proxy.client.close()


@pytest.fixture
def film(proxy: Proxy) -> Film:
    """A stored asset."""
    return Film(proxy.api, os.urandom(300_000))


def test_both_servers_answer_alike(proxy: Proxy, film: Film) -> None:
    cues = keys.still(film.asset, film.version, "storyboard.vtt")
    download = f"downloads/{film.asset}/{film.version}/lecture.mp4"
    for key in (cues, download):
        proxy.api.storage.put_bytes(key, b"WEBVTT\n")
    same = ("content-type", "cache-control", "content-length", "content-disposition", "x-content-type-options")
    for key in (film.master, film.playlist, film.segment_key, film.init, film.poster, cues, download):
        for path, headers in ((film.signed(key), {}), (film.plain(key), film.cookie)):
            ours, theirs = proxy.api.client.get(path, headers=headers), proxy.client.get(path, headers=headers)
            assert (theirs.status_code, theirs.content) == (200, ours.content)
            for name in (*same, "access-control-allow-origin", "access-control-expose-headers"):
                assert theirs.headers.get(name) == ours.headers.get(name), (key, name)
            sent_here = "last-modified" in theirs.headers and theirs.headers["etag"] != ours.headers["etag"]
            assert sent_here is not key.endswith(".m3u8"), key


def test_ranges_conditions_and_heads_are_answered_by_nginx(proxy: Proxy, film: Film) -> None:
    path = film.signed(film.segment_key)
    part = proxy.client.get(path, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, film.segment[10:20])
    assert part.headers["content-range"] == "bytes 10-19/300000"
    assert proxy.client.get(path, headers={"range": "bytes=300000-"}).status_code == 416
    whole = proxy.client.head(path)
    assert (whole.status_code, whole.content, whole.headers["content-length"]) == (200, b"", "300000")
    for name, header in (("etag", "if-none-match"), ("last-modified", "if-modified-since")):
        again = proxy.client.get(path, headers={header: whole.headers[name]})
        assert (again.status_code, again.content) == (304, b"")


def test_nobody_without_a_signature_gets_anything(proxy: Proxy, film: Film) -> None:
    other = Film(proxy.api)
    flipped = film.token[:-5] + ("A" if film.token[-5] != "A" else "B") + film.token[-4:]
    for key in (film.segment_key, film.init, film.poster, film.master):
        # What was let through a moment ago lets nobody else through.
        assert proxy.client.get(film.signed(key)).status_code == 200
        refused = {
            "stream.unsigned": [(film.plain(key), {}), (film.plain(key), {"cookie": "a=b"})],
            "stream.other_asset": [(film.plain(key), other.cookie), (signed_path(other.token, key), {})],
            "stream.expired": [(film.plain(key), proxy.api.cookie(proxy.api.token(film.asset, life_s=-1)))],
            "stream.bad_signature": [(signed_path(flipped, key), {}), (signed_path(flipped, key), film.cookie)],
        }
        for code, requests in refused.items():
            for path, headers in requests:
                answer = proxy.client.get(path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, code)
                assert answer.headers["cache-control"] == "no-store"


def test_a_signature_for_stills_opens_no_video_even_just_after_it_opened_a_poster(proxy: Proxy, film: Film) -> None:
    token = proxy.api.token(film.asset, STILLS_ONLY)
    assert proxy.client.get(signed_path(token, film.poster)).status_code == 200
    for key in (film.segment_key, film.init):
        assert proxy.client.get(signed_path(token, key)).status_code == 403


def test_a_missing_file_and_a_folder_are_missing(proxy: Proxy, film: Film) -> None:
    folder = film.segment_key.rpartition("/")[0]
    for key in (folder, f"{folder}/none.m4s"):
        answer = proxy.client.get(film.signed(key))
        assert (answer.status_code, answer.json()["code"]) == (404, "storage.missing")
    assert proxy.client.get(film.plain(f"{folder}/none.m4s")).status_code == 403


def test_no_spelling_of_a_path_leads_out(proxy: Proxy, film: Film) -> None:
    other = Film(proxy.api, b"#EXTM3U of another")
    name = film.segment_key.rpartition("/")[2]
    theirs = other.segment_key.removeprefix("hls/")
    mine = f"/stream/{film.token}/hls/{film.asset}"
    original = keys.original(film.asset)
    proxy.api.storage.put_bytes(original, b"#EXTM3U of the original")
    here = f"{mine}/{film.version}"
    spellings = [
        f"{mine}/../{theirs}",
        f"{mine}/%2e%2e/{theirs}",
        f"{mine}/%2E%2E%2F{theirs}",
        f"{mine}/..%2f{theirs}",
        f"{mine}/..%5c{theirs}",
        f"{mine}/..\\{theirs}",
        f"{here}/../../../{original}",
        f"{here}/%2e%2e/%2e%2e/%2e%2e/{original}",
        f"{here}//720p/{name}",
        f"{here}/./720p/{name}",
        f"{here}/720p/{name}/",
        f"{here}/720p/%63{name[1:]}",
        f"{here}/720p/{name};x",
        f"{here}/720p/%252e%252e/720p/{name}",
        f"/stream/%2e/{film.token}/{film.segment_key}",
        f"/stream//{film.token}/{film.segment_key}",
        f"/stream/{film.token}/{original}",
        f"//stream/{film.token}/{film.segment_key}",
        f"/%73tream/{film.token}/{film.segment_key}",
        f"/x/../stream/{film.token}/{film.segment_key}",
        f"/stream/../stream/{film.token}/{film.segment_key}",
    ]
    for path in spellings:
        for cookie in ("", f"Cookie: {film.cookie['cookie']}\r\n"):
            answer = proxy.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n{cookie}Connection: close\r\n\r\n".encode())
            status = answer.split(b" ", 2)[1]
            # What does not begin with /stream/ as it was sent may be no address at all, or one of the API's.
            assert status == b"403" or (not path.startswith("/stream/") and status == b"404"), (path, answer[:300])
            assert b"#EXTM3U" not in answer
            assert film.segment[:64] not in answer
    for path in (f"{here}/720p/{name}%00", f"{mine}/../../../../../{original}"):
        answer = proxy.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.split(b" ", 2)[1] == b"400"


def test_a_link_in_the_directory_leads_nowhere(proxy: Proxy, film: Film, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    there = proxy.api.storage.local_path(film.segment_key)
    assert there is not None
    there.with_name("link.m4s").symlink_to(secret)
    answer = proxy.client.get(film.signed(film.segment_key.rpartition("/")[0] + "/link.m4s"))
    assert (answer.status_code, b"secret" in answer.content) == (404, False)


def test_a_revoked_session_ends_within_seconds(proxy: Proxy, film: Film) -> None:
    session = uuid4()
    cookie = proxy.api.cookie(proxy.api.token(film.asset, session))
    assert proxy.client.get(film.plain(film.segment_key), headers=cookie).status_code == 200

    proxy.api.revoke([session])

    wait_for(lambda: proxy.client.get(film.plain(film.segment_key), headers=cookie).status_code == 403, "the session to end")
    assert proxy.client.get(film.plain(film.segment_key), headers=film.cookie).status_code == 200


def test_the_api_is_asked_once_and_not_with_each_segment(proxy: Proxy, film: Film) -> None:
    names = [f"{film.segment_key.rpartition('/')[0]}/{number}.m4s" for number in range(40)]
    for name in names:
        proxy.api.storage.put_bytes(name, b"segment")
    assert all(proxy.client.get(film.signed(name)).content == b"segment" for name in names)
    # Other cookies are no part of what a signed path opens.
    assert proxy.client.get(film.signed(names[0]), headers={"cookie": "a=b"}).content == b"segment"


def test_other_sites_may_do_what_the_api_says(proxy: Proxy, film: Film) -> None:
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://elsewhere.example", None)):
        answer = proxy.client.get(film.plain(film.segment_key), headers=film.cookie | {"origin": origin})
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (200, allowed)
        assert answer.headers["vary"] == "Origin"
        preflight = proxy.client.options(
            film.signed(film.segment_key), headers={"origin": origin, "access-control-request-method": "GET"}
        )
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert proxy.client.get(film.plain(film.segment_key), headers=film.cookie).headers["vary"] == "Origin"
    assert proxy.client.post(film.signed(film.segment_key)).status_code == 405


def test_the_question_itself_is_not_open_to_anybody(proxy: Proxy, film: Film) -> None:
    for path in ("/internal/stream-auth", "/internal/stream-auth/", "/metrics"):
        answer = proxy.client.get(path, headers={"x-original-uri": film.signed(film.segment_key)})
        assert answer.status_code == 404


def test_signatures_stay_out_of_the_log(proxy: Proxy, film: Film) -> None:
    assert proxy.client.get(film.signed(film.segment_key)).status_code == 200
    masked = f"/stream/***/{film.segment_key}"
    wait_for(lambda: masked in proxy.log.read_text(), "the request to be logged")
    assert film.token not in proxy.log.read_text()


def test_a_playlist_comes_packed_through_the_proxy(proxy: Proxy, film: Film) -> None:
    text = b"#EXTM3U\n" + b"#EXTINF:4.0,\nc0001-0123456789ab_00001.m4s\n" * 200
    proxy.api.storage.put_bytes(film.playlist, text)
    answer = proxy.client.get(film.signed(film.playlist), headers={"accept-encoding": "gzip"})
    assert (answer.content, answer.headers["content-encoding"]) == (text, "gzip")
    assert answer.headers["etag"].endswith('-gzip"')
