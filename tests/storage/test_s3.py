"""What only an object store can do wrong."""

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError

from core.errors import AulaError, ErrorKind, Transient
from core.settings import StorageSettings
from storage import open_storage
from storage.s3 import S3Storage
from storage.s3_client import translated
from storage.s3_uploads import PART_BYTES
from tests.support.s3 import REGION, S3Server

KEY = "originals/a/source"


def open_s3(server: S3Server, prefix: str) -> S3Storage:
    """An S3 storage below `prefix`."""
    store = open_storage(StorageSettings(storage_url=server.url(prefix)))
    assert isinstance(store, S3Storage)
    return store


def names(server: S3Server, prefix: str) -> list[str]:
    """The raw keys of the bucket below `prefix`."""
    client = boto3.client("s3", endpoint_url=server.endpoint, region_name=REGION)
    return [found["Key"] for found in client.list_objects_v2(Bucket=server.bucket, Prefix=prefix).get("Contents", [])]


def test_a_prefix_of_the_bucket_is_a_storage_of_its_own(s3_server: S3Server) -> None:
    one, two = open_s3(s3_server, "own/one"), open_s3(s3_server, "own/two")
    one.put_bytes("hls/a/v/x", b"one")

    assert list(two.list("")) == []
    assert two.delete_prefix("hls/") == 0
    assert names(s3_server, "own/") == ["own/one/hls/a/v/x"]


def test_a_bucket_without_a_prefix_works_too(s3_server: S3Server) -> None:
    store = open_s3(s3_server, "")
    store.put_bytes("hls/whole/v/x", b"x")

    assert [info.key for info in store.list("hls/whole/")] == ["hls/whole/v/x"]
    assert store.delete_prefix("hls/whole/") == 1


def test_more_than_a_thousand_objects_are_listed_and_deleted(s3_server: S3Server) -> None:
    store = open_s3(s3_server, "many")
    keys = [f"hls/a/v/{number:04d}" for number in range(1005)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: store.put_bytes(key, b""), keys))

    assert [info.key for info in store.list("hls/")] == keys
    assert store.delete_prefix("hls/a/") == 1005
    assert names(s3_server, "many/") == []


def test_the_tail_of_an_upload_goes_with_its_end(s3_server: S3Server) -> None:
    store = open_s3(s3_server, "tail")
    data = os.urandom(PART_BYTES + 10)
    for end in (store.complete_upload, store.abort_upload):
        state = store.append(KEY, store.begin_upload(KEY), 0, data[:100])
        assert len([name for name in names(s3_server, "tail/") if ".uploads" in name]) == 1
        state = store.append(KEY, state, 100, data[100:])
        assert len([name for name in names(s3_server, "tail/") if ".uploads" in name]) == 1
        assert KEY not in [info.key for info in store.list("")]
        end(KEY, state)
        assert [name for name in names(s3_server, "tail/") if ".uploads" in name] == []
        store.delete(KEY)


def test_a_completion_that_was_cut_off_can_be_made_again(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_s3(s3_server, "cut")
    data = os.urandom(PART_BYTES + 10)
    state = store.append(KEY, store.begin_upload(KEY), 0, data)

    def dies(**_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(store._uploads._client, "complete_multipart_upload", dies)
        with pytest.raises(ConnectionResetError):
            store.complete_upload(KEY, state)

    # The tail is a part already, but counts once.
    assert store.upload_offset(KEY, state) == len(data)
    assert store.complete_upload(KEY, state).size == len(data)
    assert store.read_bytes(KEY, 2 * PART_BYTES) == data


def test_a_store_that_does_not_answer_is_worth_another_attempt(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        store = S3Storage("bucket", endpoint=f"http://127.0.0.1:{closed.getsockname()[1]}", region=REGION)
        # The client's own retries need not be waited for.
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        with pytest.raises(Transient) as error:
            store.read_bytes(KEY)
    assert error.value.code == "storage.unavailable"


def test_a_store_that_cannot_be_connected_to_in_time_is_worth_another_attempt() -> None:
    with pytest.raises(Transient), translated(KEY):
        raise ConnectTimeoutError(endpoint_url="http://far.away")


def test_objects_that_the_store_kept_are_not_called_deleted(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_s3(s3_server, "kept")
    store.put_bytes("hls/a/v/x", b"x")
    kept = {"Errors": [{"Key": "kept/hls/a/v/x", "Code": "InternalError"}]}
    monkeypatch.setattr(store._client, "delete_objects", lambda **_: kept)
    with pytest.raises(Transient) as error:
        store.delete_prefix("hls/a/")
    assert error.value.code == "storage.not_deleted"


def test_a_store_that_refuses_is_our_own_fault(s3_server: S3Server, tmp_path: Path) -> None:
    store = S3Storage("no-such-bucket", endpoint=s3_server.endpoint, region=REGION)
    source = tmp_path / "source"
    source.write_bytes(b"x")

    for use in (lambda: store.put_bytes(KEY, b"x"), lambda: list(store.list("")), lambda: store.begin_upload(KEY)):
        with pytest.raises(AulaError) as error:
            use()
        assert (error.value.kind, error.value.code) == (ErrorKind.INTERNAL, "storage.refused")
