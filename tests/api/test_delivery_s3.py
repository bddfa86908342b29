"""Streams as a player gets them from the real server, out of an object store."""

import os
from collections.abc import Iterator

import httpx
import pytest

from storage import keys
from tests.api.stream_server import Film, StreamServer, running_stream
from tests.support.s3 import running_s3


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    """A server over an empty prefix of a bucket."""
    with running_s3() as s3, running_stream(s3.url("streams")) as server:
        yield server


@pytest.fixture
def film(server: StreamServer) -> Film:
    """A stored asset."""
    return Film(server)


def test_what_is_small_comes_through_the_server(server: StreamServer, film: Film) -> None:
    for key, body in {film.master: b"#EXTM3U\n720p/index.m3u8\n", film.init: b"init", film.poster: b"jpeg"}.items():
        answer = server.client.get(film.plain(key), headers=film.cookie)
        assert (answer.status_code, answer.content) == (200, body)
        known = {"if-none-match": answer.headers["etag"]}
        assert server.client.get(film.signed(key), headers=known).status_code == 304
        assert server.client.get(film.signed(key), headers={"range": "bytes=1-2"}).content == body[1:3]
        assert server.client.head(film.signed(key)).headers["content-length"] == str(len(body))


def test_a_segment_comes_straight_from_the_store(server: StreamServer) -> None:
    film = Film(server, os.urandom(1_000_000))

    answer = server.client.get(film.signed(film.segment_key))

    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    with httpx.Client() as anybody:
        whole = anybody.get(answer.headers["location"])
        part = anybody.get(answer.headers["location"], headers={"range": "bytes=10-19"})
    assert whole.content == film.segment
    assert whole.headers["content-type"] == "video/iso.segment"
    assert (part.status_code, part.content) == (206, film.segment[10:20])


def test_a_download_out_of_the_store_is_saved_and_not_shown(server: StreamServer, film: Film) -> None:
    key = keys.download(film.asset, film.version, "Lecture 1")
    server.storage.put_bytes(key, b"mp4")
    with httpx.Client() as anybody:
        answer = anybody.get(server.client.get(film.signed(key)).headers["location"])
    assert (answer.status_code, answer.content) == (200, b"mp4")
    assert answer.headers["content-disposition"] == 'attachment; filename="lecture-1.mp4"'


def test_the_head_of_a_segment_is_told_here(server: StreamServer, film: Film) -> None:
    answer = server.client.head(film.signed(film.segment_key))

    assert (answer.status_code, answer.headers["content-length"]) == (200, "10")
    assert answer.headers["content-type"] == "video/iso.segment"
    missing = film.segment_key.replace("c0000", "c0001")
    assert server.client.head(film.signed(missing)).status_code == 404


def test_the_store_is_asked_for_nobody_without_a_signature(server: StreamServer, film: Film) -> None:
    other = Film(server)
    for key in (film.master, film.segment_key, film.init):
        for headers in ({}, other.cookie):
            answer = server.client.get(film.plain(key), headers=headers)
            assert answer.status_code == 403
            assert "location" not in answer.headers


def test_a_missing_playlist_is_missing(server: StreamServer, film: Film) -> None:
    answer = server.client.get(film.signed(film.playlist.replace("720p", "480p")))

    assert (answer.status_code, answer.json()["code"]) == (404, "storage.missing")


def test_what_is_too_large_to_pass_through_comes_from_the_store_as_well(server: StreamServer, film: Film) -> None:
    sheet = keys.still(film.asset, film.version, "storyboard.jpg")
    server.storage.put_bytes(sheet, bytes(5 * 2**20))

    assert server.client.get(film.signed(sheet)).status_code == 302
    assert server.client.head(film.signed(sheet)).headers["content-length"] == str(5 * 2**20)
