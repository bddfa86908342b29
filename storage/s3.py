"""Objects in an S3 bucket, below a prefix."""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from core.errors import ErrorKind, Refused, Transient
from storage import content_types
from storage.base import READ_LIMIT, BadKey, Missing, ObjectInfo, StoredObject, UploadState
from storage.files import full_disk_is_deferred, write_synced
from storage.keys import checked_key, checked_prefix
from storage.s3_client import TRANSFER, is_missing, make_client, translated
from storage.s3_uploads import PART_BYTES, S3Uploads

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_PIECE = 256 * 1024
# DeleteObjects takes a thousand keys.
_DELETE_BATCH = 1000


class S3Storage:
    """A bucket that exists already; whoever writes and serves it needs Get, Put, Delete, List and multipart rights."""

    append_bytes = PART_BYTES

    def __init__(self, bucket: str, *, prefix: str = "", endpoint: str | None = None, region: str | None = None) -> None:
        """Nothing is contacted yet. `endpoint` is the URL of an S3-compatible server, None for AWS."""
        self.bucket = bucket
        self._base = f"{prefix}/" if prefix else ""
        self._client = make_client(endpoint, region)
        self._uploads = S3Uploads(self._client, bucket, self._base)

    def put_file(self, key: str, path: Path) -> None:
        """Upload the file, in parts if it is large; it stays where it was."""
        name = self._name(key)
        headers = {
            "ContentType": content_types.content_type(key),
            "CacheControl": content_types.cache_control(key),
            "ChecksumAlgorithm": "SHA256",
        }
        with translated(key):
            self._client.upload_file(str(path), self.bucket, name, ExtraArgs=headers, Config=TRANSFER)

    def put_bytes(self, key: str, data: bytes) -> None:
        """One PUT, checked by SHA-256."""
        with translated(key):
            self._client.put_object(
                Bucket=self.bucket,
                Key=self._name(key),
                Body=data,
                ContentType=content_types.content_type(key),
                CacheControl=content_types.cache_control(key),
                ChecksumAlgorithm="SHA256",
            )

    def read_object(self, key: str, max_bytes: int = READ_LIMIT) -> StoredObject:
        """One GET; its headers are the facts."""
        answer = self._get(key)
        with translated(key), closing(answer["Body"]) as body:
            info = _info(key, answer["ContentLength"], answer["LastModified"], answer["ETag"])
            if info.size > max_bytes:
                raise _too_large(key)
            return StoredObject(info, body.read())

    def read_bytes(self, key: str, max_bytes: int = READ_LIMIT) -> bytes:
        """The bytes alone."""
        return self.read_object(key, max_bytes).data

    def fetch(self, key: str, path: Path, max_bytes: int) -> int:
        """Refused by the size that the store tells, before the first byte is written."""
        answer = self._get(key)
        size = answer["ContentLength"]
        with translated(key), full_disk_is_deferred(), closing(answer["Body"]) as body:
            if size > max_bytes:
                raise _too_large(key)

            def write(fd: int) -> None:
                with open(fd, "wb", closefd=False) as file:
                    file.writelines(body.iter_chunks(2**20))

            write_synced(path, write)
        return size

    def open_range(self, key: str, start: int, end: int) -> Generator[bytes, None, None]:
        """A ranged GET, begun at once, so that a missing object is known before the first piece."""
        if start >= end:
            if self.stat(key) is None:
                raise Missing(key)
            return _nothing()
        body = self._get(key, f"bytes={start}-{end - 1}")["Body"]

        def pieces() -> Generator[bytes, None, None]:
            with translated(key), closing(body):
                yield from body.iter_chunks(_PIECE)

        return pieces()

    def local_path(self, key: str) -> Path | None:
        """Objects are not files here."""
        checked_key(key)
        return None

    def stat(self, key: str) -> ObjectInfo | None:
        """One HEAD."""
        try:
            with translated(key):
                answer = self._client.head_object(Bucket=self.bucket, Key=self._name(key))
        except Missing:
            return None
        return _info(key, answer["ContentLength"], answer["LastModified"], answer["ETag"])

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Pages of a thousand, without what unfinished uploads keep."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._base + checked_prefix(prefix)
        )
        with translated(prefix):
            for page in pages:
                for found in page.get("Contents", []):
                    key = found["Key"].removeprefix(self._base)
                    if not key.startswith("."):
                        yield _info(key, found["Size"], found["LastModified"], found["ETag"])

    def delete(self, key: str) -> None:
        """One DELETE, which S3 answers alike whether or not there was an object."""
        with translated(key):
            self._client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def delete_prefix(self, prefix: str) -> int:
        """List, then delete a thousand at a time."""
        if not prefix.endswith("/"):
            raise BadKey(prefix)
        keys = [info.key for info in self.list(prefix)]
        for first in range(0, len(keys), _DELETE_BATCH):
            batch = keys[first : first + _DELETE_BATCH]
            with translated(prefix):
                answer = self._client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": [{"Key": self._name(key)} for key in batch], "Quiet": True}
                )
            # S3 answers 200 even when it kept some of them.
            if kept := answer.get("Errors"):
                code = kept[0].get("Code", "")
                raise Transient("storage.not_deleted", f"The object store kept {len(kept)} of {len(batch)} objects ({code}).")
        return len(keys)

    def presign(self, key: str, life_s: int, disposition: str | None = None) -> str | None:
        """Computed here, without asking the store (but credentials may have to be refreshed)."""
        params = {"Bucket": self.bucket, "Key": self._name(key)}
        if disposition := disposition or content_types.content_disposition(key):
            params["ResponseContentDisposition"] = disposition
        with translated(key):
            return self._client.generate_presigned_url("get_object", Params=params, ExpiresIn=life_s)

    def begin_upload(self, key: str) -> UploadState:
        """A multipart upload; the state is its id."""
        with translated(key):
            return self._uploads.begin(checked_key(key))

    def append(self, key: str, state: UploadState, offset: int, data: bytes | memoryview | Path) -> UploadState:
        """Whole parts go to S3, the rest into a tail object. One writer at a time: the caller holds the upload's lock."""
        with translated(key):
            if isinstance(data, Path):
                with data.open("rb") as file:
                    while piece := file.read(PART_BYTES):
                        state = self._uploads.append(checked_key(key), state, offset, piece)
                        offset += len(piece)
                return state
            return self._uploads.append(checked_key(key), state, offset, data)

    def partial_path(self, key: str, state: UploadState) -> Path | None:  # noqa: ARG002 - the adapters' common shape
        """None: the parts of a multipart upload can't be read before it is complete."""
        return None

    def upload_offset(self, key: str, state: UploadState) -> int:
        """Whole parts and the tail, as S3 has them."""
        try:
            with translated(key):
                return self._uploads.offset(checked_key(key), state)
        except Missing:
            return self._completed(key).size

    def complete_upload(self, key: str, state: UploadState) -> ObjectInfo:
        """The tail becomes the last part, then S3 joins the parts."""
        try:
            with translated(key):
                self._uploads.complete(checked_key(key), state)
        except Missing:
            self._uploads.remove_tails(state)
        return self._completed(key)

    def abort_upload(self, key: str, state: UploadState) -> None:
        """Abort the multipart upload and remove the tail."""
        with translated(key):
            try:
                self._uploads.abort(checked_key(key), state)
            except ClientError as error:
                if not is_missing(error):
                    raise
            self._uploads.remove_tails(state)

    def _completed(self, key: str) -> ObjectInfo:
        info = self.stat(key)
        if info is None:
            raise Missing(key)
        return info

    def _get(self, key: str, byte_range: str | None = None) -> "GetObjectOutputTypeDef":
        name = self._name(key)
        with translated(key):
            if byte_range:
                return self._client.get_object(Bucket=self.bucket, Key=name, Range=byte_range)
            return self._client.get_object(Bucket=self.bucket, Key=name)

    def _name(self, key: str) -> str:
        return self._base + checked_key(key)


def _nothing() -> Generator[bytes, None, None]:
    yield from ()


def _info(key: str, size: int, modified: datetime, etag: str) -> ObjectInfo:
    return ObjectInfo(key, size, modified, etag.strip('"'))


def _too_large(key: str) -> Refused:
    return Refused("storage.too_large", f"The object {key!r} is larger than allowed here.", kind=ErrorKind.TOO_LARGE)
