"""Streams as a player gets them from the real server, out of a directory."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.api.stream_app import ORIGIN
from tests.api.stream_server import Film, StreamServer, running_stream
from tests.support.wait import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamServer]:
    """A server over an empty directory."""
    with running_stream(tmp_path_factory.mktemp("objects").as_uri()) as server:
        yield server


@pytest.fixture
def film(server: StreamServer) -> Film:
    """A stored asset."""
    return Film(server)


def test_a_player_with_the_cookie_gets_everything_under_stable_addresses(server: StreamServer, film: Film) -> None:
    expected = {
        film.master: (b"#EXTM3U\n720p/index.m3u8\n", "application/vnd.apple.mpegurl", "no-store"),
        film.playlist: (b"#EXTM3U\n", "application/vnd.apple.mpegurl", "no-store"),
        film.segment_key: (film.segment, "video/iso.segment", "private, max-age=31536000, immutable"),
        film.init: (b"init", "video/mp4", "private, max-age=31536000, immutable"),
        film.poster: (b"jpeg", "image/jpeg", "private, max-age=31536000, immutable"),
    }
    for key, (body, media_type, caching) in expected.items():
        answer = server.client.get(film.plain(key), headers=film.cookie)
        assert (answer.status_code, answer.content) == (200, body)
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == caching
        assert answer.headers["content-length"] == str(len(body))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["accept-ranges"] == "bytes"


def test_a_signed_path_needs_no_cookie_and_relative_links_inherit_it(server: StreamServer, film: Film) -> None:
    master = server.client.get(film.signed(film.master))
    playlist = server.client.get(str(master.url.join(master.text.splitlines()[-1])))

    assert master.status_code == playlist.status_code == 200
    assert playlist.content == b"#EXTM3U\n"


def test_a_large_file_arrives_byte_for_byte(server: StreamServer) -> None:
    film = Film(server, os.urandom(4 * 2**20 + 17))

    assert server.client.get(film.signed(film.segment_key)).content == film.segment
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: server.client.get(film.signed(film.segment_key)).content, range(16))
    assert all(answer == film.segment for answer in answers)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-2000009", 10, 2_000_010),
        ("bytes=2999990-", 2_999_990, 3_000_000),
        ("bytes=-5", 2_999_995, 3_000_000),
        ("bytes=-9999999", 0, 3_000_000),
        ("bytes=5-9999999", 5, 3_000_000),
    ],
)
def test_a_range_of_a_file(server: StreamServer, asked: str, start: int, end: int) -> None:
    film = Film(server, os.urandom(3_000_000))

    answer = server.client.get(film.signed(film.segment_key), headers={"range": asked})

    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/3000000"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.content == film.segment[start:end]


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=5-2", "lines=0-1", "bytes=", "bytes=-", "bytes=a-b", "bytes=" + "9" * 50 + "-"]
)
def test_a_range_that_says_nothing_useful_gets_the_whole(server: StreamServer, film: Film, asked: str) -> None:
    answer = server.client.get(film.signed(film.segment_key), headers={"range": asked})

    assert (answer.status_code, answer.content) == (200, film.segment)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=999999-", "bytes=-0"])
def test_a_range_outside_of_the_file(server: StreamServer, film: Film, asked: str) -> None:
    answer = server.client.get(film.signed(film.segment_key), headers={"range": asked})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"
    assert answer.json()["code"] == "stream.bad_range"


def test_a_playlist_has_ranges_too(server: StreamServer, film: Film) -> None:
    answer = server.client.get(film.signed(film.master), headers={"range": "bytes=1-6"})

    assert (answer.status_code, answer.content) == (206, b"EXTM3U")


def test_a_client_that_has_the_file_is_told_so(server: StreamServer, film: Film) -> None:
    for key in (film.segment_key, film.playlist):
        etag = server.client.get(film.signed(key)).headers["etag"]
        for told in (etag, f'"other", W/{etag}', "*"):
            answer = server.client.get(film.signed(key), headers={"if-none-match": told})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        assert server.client.get(film.signed(key), headers={"if-none-match": '"other"'}).status_code == 200


def test_a_range_of_what_has_changed_since_is_the_whole(server: StreamServer, film: Film) -> None:
    etag = server.client.get(film.signed(film.segment_key)).headers["etag"]

    for condition, status in ((etag, 206), ('"other"', 200), ("Tue, 01 Jan 2030 00:00:00 GMT", 200), (f"W/{etag}", 200)):
        headers = {"range": "bytes=0-1", "if-range": condition}
        assert server.client.get(film.signed(film.segment_key), headers=headers).status_code == status


def test_head_tells_all_but_the_bytes(server: StreamServer, film: Film) -> None:
    for key in (film.master, film.segment_key):
        get, head = server.client.get(film.signed(key)), server.client.head(film.signed(key), headers={"range": "bytes=0-1"})
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-type", "etag", "cache-control"):
            assert head.headers[name] == get.headers[name]
    refused = server.client.head(film.plain(film.master))
    assert (refused.status_code, refused.content) == (403, b"")


def test_a_playlist_that_has_ended_may_be_kept_a_while(server: StreamServer, film: Film) -> None:
    growing = server.client.get(film.signed(film.playlist))
    server.storage.put_bytes(film.playlist, b"#EXTM3U\n#EXTINF:4,\nx.m4s\n#EXT-X-ENDLIST\n")
    ended = server.client.get(film.signed(film.playlist))

    assert growing.headers["cache-control"] == "no-store"
    assert ended.headers["cache-control"] == "private, max-age=300"
    assert growing.headers["etag"] != ended.headers["etag"]


def test_a_playlist_that_grows_is_never_cut(server: StreamServer, film: Film) -> None:
    texts = {b"#EXTM3U\n" + b"x" * (number * 1000) + b"\nend" for number in range(60)}

    def read(_: int) -> bytes:
        return server.client.get(film.signed(film.playlist)).content

    server.storage.put_bytes(film.playlist, b"#EXTM3U\n\nend")
    with ThreadPoolExecutor(4) as threads:
        reads = [threads.submit(read, number) for number in range(120)]
        for text in sorted(texts, key=len):
            server.storage.put_bytes(film.playlist, text)
        assert {each.result() for each in reads} <= texts


def test_a_playlist_of_twelve_hours_is_served_whole(server: StreamServer, film: Film) -> None:
    text = b"#EXTM3U\n" + b"#EXTINF:4.0,\nc0001-0123456789ab_00001.m4s\n" * 10_800
    server.storage.put_bytes(film.playlist, text)

    assert server.client.get(film.signed(film.playlist)).content == text


def test_a_missing_file_is_missing_only_for_those_who_may_know(server: StreamServer, film: Film) -> None:
    for name in ("c0009-abc_00000.m4s", "other.m3u8"):
        key = film.segment_key.rpartition("/")[0] + "/" + name
        with_signature, without = server.client.get(film.signed(key)), server.client.get(film.plain(key))
        assert (with_signature.status_code, with_signature.json()["code"]) == (404, "storage.missing")
        assert (without.status_code, without.json()["code"]) == (403, "stream.unsigned")
    folder = film.segment_key.rpartition("/")[0]
    assert server.client.get(film.signed(folder)).status_code == 404


def test_nobody_else_gets_anything(server: StreamServer, film: Film) -> None:
    other = Film(server)
    flipped = film.token[:-5] + ("A" if film.token[-5] != "A" else "B") + film.token[-4:]
    refused = {
        "stream.unsigned": [(film.plain(film.master), {}), (film.plain(film.master), {"cookie": "other=x"})],
        "stream.other_asset": [
            (film.plain(film.master), other.cookie),
            (film.plain(film.master).replace("/stream/", f"/stream/{other.token}/"), {}),
        ],
        "stream.expired": [(film.plain(film.master), server.cookie(server.token(film.asset, life_s=-1)))],
        "stream.bad_signature": [
            (film.plain(film.master), server.cookie(flipped)),
            (film.signed(film.master).replace(film.token, flipped), film.cookie),
        ],
        "stream.bad_path": [
            (f"/stream/originals/{film.asset}/source", film.cookie),
            (f"/stream/{film.token}/originals/{film.asset}/source", {}),
            (f"/stream/{film.token}/", {}),
            (f"/stream/hls/{film.asset}/", film.cookie),
            (film.plain(film.master).upper(), film.cookie),
            ("/stream/", film.cookie),
        ],
    }
    for code, requests in refused.items():
        for path, headers in requests:
            answer = server.client.get(path, headers=headers)
            assert answer.status_code == (403 if path.startswith("/stream") else 404), (code, path)
            if answer.status_code == 403:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["cache-control"] == "no-store"
                problem = answer.json()
                assert (problem["code"], problem["status"]) == (code, 403)
                assert film.token not in answer.text


def test_no_spelling_of_a_path_leads_out(server: StreamServer, film: Film) -> None:
    other = Film(server)
    mine = f"/stream/{film.token}/hls/{film.asset}"
    spellings = [
        f"{mine}/../{other.asset}/{other.version}/master.m3u8",
        f"{mine}/%2e%2e/{other.asset}/{other.version}/master.m3u8",
        f"{mine}/%2E%2E%2F{other.asset}/{other.version}/master.m3u8",
        f"{mine}/..%2f{other.asset}/{other.version}/master.m3u8",
        f"{mine}/..%5c{other.asset}/{other.version}/master.m3u8",
        f"{mine}/..\\{other.asset}\\{other.version}\\master.m3u8",
        f"{mine}/{film.version}/../../../originals/{film.asset}/source",
        f"{mine}/{film.version}//master.m3u8",
        f"{mine}/{film.version}/./master.m3u8",
        f"{mine}/{film.version}/master.m3u8/",
        f"{mine}/{film.version}/master.m3u8%00",
        f"{mine}/{film.version}/master%2em3u8",
        f"{mine}/{film.version}/%252e%252e/master.m3u8",
        f"{mine}/{film.version}/.hidden",
        f"{mine}/{film.version}/master.m3u8;x",
        f"/stream//{film.token}/hls/{film.asset}/{film.version}/master.m3u8",
        f"/stream/../stream/{film.token}/hls/{film.asset}/{film.version}/master.m3u8",
    ]
    for path in spellings:
        answer = server.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        status = answer.split(b" ", 2)[1]
        assert status == b"403", (path, answer[:300])
        assert b"#EXTM3U" not in answer
    nul = server.raw(f"GET {mine}/{film.version}/master.m3u8\0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert nul.split(b" ", 2)[1] == b"400"


def test_a_query_changes_nothing(server: StreamServer, film: Film) -> None:
    assert server.client.get(film.signed(film.master) + "?_HLS_msn=1").status_code == 200
    assert server.client.get(film.plain(film.master) + f"?token={film.token}").status_code == 403


def test_a_cookie_of_another_host_does_not_stand_in_the_way(server: StreamServer, film: Film) -> None:
    other = server.cookie(server.token(film.version))["cookie"]

    answer = server.client.get(film.plain(film.master), headers={"cookie": f"a=b; {other}; {film.cookie['cookie']}"})

    assert answer.status_code == 200


def test_a_revoked_session_ends_within_moments_and_no_other(server: StreamServer, film: Film) -> None:
    from uuid import uuid4

    session, bystander = uuid4(), uuid4()
    theirs, others = (server.cookie(server.token(film.asset, each)) for each in (session, bystander))
    assert server.client.get(film.plain(film.master), headers=theirs).status_code == 200

    server.revoke([session])

    wait_for(
        lambda: server.client.get(film.plain(film.master), headers=theirs).status_code == 403, "the revoked session to end"
    )
    refused = server.client.get(film.plain(film.segment_key), headers=theirs)
    assert refused.json()["code"] == "stream.revoked"
    assert server.client.get(film.plain(film.master), headers=others).status_code == 200


def test_any_site_may_play_a_signed_path(server: StreamServer, film: Film) -> None:
    for origin in ("https://elsewhere.example", ORIGIN):
        answer = server.client.get(film.signed(film.master), headers={"origin": origin})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "Content-Range" in answer.headers["access-control-expose-headers"]
        asked = {"origin": origin, "access-control-request-method": "GET", "access-control-request-headers": "range"}
        preflight = server.client.options(film.signed(film.master), headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "Range" in preflight.headers["access-control-allow-headers"]


def test_only_named_sites_may_use_the_cookie(server: StreamServer, film: Film) -> None:
    ours = server.client.get(film.plain(film.master), headers=film.cookie | {"origin": ORIGIN})
    theirs = server.client.get(film.plain(film.master), headers=film.cookie | {"origin": "https://elsewhere.example"})

    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert ours.headers["access-control-allow-credentials"] == "true"
    assert ours.headers["vary"] == theirs.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in theirs.headers
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://elsewhere.example", None)):
        asked = {"origin": origin, "access-control-request-method": "GET"}
        preflight = server.client.options(film.plain(film.master), headers=asked)
        assert preflight.headers.get("access-control-allow-origin") == allowed
    refused = server.client.get(film.plain(film.master), headers={"origin": ORIGIN})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (403, ORIGIN)


def test_streams_are_only_read(server: StreamServer, film: Film) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = server.client.request(method, film.signed(film.master), content=b"x")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert json.loads(answer.content)["code"] == "request.method_not_allowed"


def test_a_viewer_who_leaves_in_mid_range_holds_nothing_up(server: StreamServer, tmp_path: Path) -> None:
    film = Film(server, os.urandom(32 * 2**20))
    for _ in range(20):
        with server.client.stream("GET", film.signed(film.segment_key), headers={"range": "bytes=1-"}) as answer:
            assert next(answer.iter_raw(1000))

    assert server.client.get(film.signed(film.master)).status_code == 200
