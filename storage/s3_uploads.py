"""Resumable uploads into S3: a multipart upload of fixed parts, and an object for the bytes that don't fill a part yet.

Part n always covers bytes [(n - 1) * PART_BYTES, n * PART_BYTES), so whoever writes it, how often, writes the same range. The
tail's name tells the part that it will become: a tail whose part has been written since is out of date by its name, so a crash
between the two leaves nothing ambiguous. What S3 lists is the truth; the state only saves listing from the start.
"""

import re
from contextlib import closing
from typing import TYPE_CHECKING

from core.ids import new_token
from storage.base import BadKey, UploadState
from storage.content_types import content_type
from storage.local_uploads import offset_mismatch

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

PART_BYTES = 8 * 2**20
"""S3 wants 5 MiB at least (but the last part) and 10,000 parts at most: objects up to 78 GiB."""

_TAIL = re.compile(r"[A-Za-z0-9_-]{22}")


class S3Uploads:
    """The multipart uploads of one bucket. Raises what boto3 raises: `S3Storage` translates."""

    def __init__(self, client: "S3Client", bucket: str, base: str) -> None:
        self._client = client
        self._bucket = bucket
        self._base = base

    def begin(self, key: str) -> UploadState:
        """Start a multipart upload."""
        answer = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=self._base + key, ContentType=content_type(key), ChecksumAlgorithm="SHA256"
        )
        return {"upload": answer["UploadId"], "tail": new_token(), "parts": 0}

    def append(self, key: str, state: UploadState, offset: int, data: bytes | memoryview) -> UploadState:
        """Write the parts that `data` fills, keep the rest as the tail."""
        whole = self._whole_parts(key, state)
        tail = self._tail(state, whole)
        held = whole * PART_BYTES + len(tail)
        if offset != held:
            raise offset_mismatch(held)
        pending = tail + data
        full = len(pending) // PART_BYTES
        for index in range(full):
            whole += 1
            self._put_part(key, state, whole, pending[index * PART_BYTES : (index + 1) * PART_BYTES])
        rest = pending[full * PART_BYTES :]
        if rest and data:
            self._put_tail(state, whole, rest)
        if tail and full:
            self._client.delete_object(Bucket=self._bucket, Key=self._tail_name(state, whole - full))
        return {**state, "parts": whole}

    def offset(self, key: str, state: UploadState) -> int:
        """Bytes held."""
        whole = self._whole_parts(key, state)
        try:
            tail = self._client.head_object(Bucket=self._bucket, Key=self._tail_name(state, whole))
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return whole * PART_BYTES
        return whole * PART_BYTES + tail["ContentLength"]

    def complete(self, key: str, state: UploadState) -> None:
        """Join the parts. S3 refuses to join none, so an empty upload gets one empty part."""
        whole = self._whole_parts(key, state)
        tail = self._tail(state, whole)
        if tail or not whole:
            self._put_part(key, state, whole + 1, tail)
            whole += 1
        parts = [_completed(part) for part in self._list(key, state, 0) if part["PartNumber"] <= whole]
        self._client.complete_multipart_upload(
            Bucket=self._bucket, Key=self._base + key, UploadId=state["upload"], MultipartUpload={"Parts": parts}
        )
        self.remove_tails(state)

    def abort(self, key: str, state: UploadState) -> None:
        """Give up the parts."""
        self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._base + key, UploadId=state["upload"])

    def remove_tails(self, state: UploadState) -> None:
        """Remove the tail, and those that a crash left behind."""
        listing = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._tail_folder(state))
        for found in listing.get("Contents", []):
            self._client.delete_object(Bucket=self._bucket, Key=found["Key"])

    def _whole_parts(self, key: str, state: UploadState) -> int:
        """How many parts without a gap are whole. A short one was left by a completion that was cut off: it doesn't count."""
        whole = int(state.get("parts", 0))
        for part in self._list(key, state, whole):
            if part["PartNumber"] == whole + 1 and part["Size"] == PART_BYTES:
                whole += 1
        return whole

    def _list(self, key: str, state: UploadState, after: int) -> "list[PartTypeDef]":
        # By hand: the paginator passes its marker on as text, which the client then refuses.
        parts: list[PartTypeDef] = []
        while True:
            page = self._client.list_parts(
                Bucket=self._bucket, Key=self._base + key, UploadId=state["upload"], PartNumberMarker=after
            )
            parts += page.get("Parts", [])
            if not page.get("IsTruncated"):
                return parts
            after = page["NextPartNumberMarker"]

    def _put_part(self, key: str, state: UploadState, number: int, data: bytes) -> None:
        self._client.upload_part(
            Bucket=self._bucket,
            Key=self._base + key,
            UploadId=state["upload"],
            PartNumber=number,
            Body=data,
            ChecksumAlgorithm="SHA256",
        )

    def _tail(self, state: UploadState, whole: int) -> bytes:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._tail_name(state, whole))
        except self._client.exceptions.NoSuchKey:
            return b""
        with closing(answer["Body"]) as body:
            return body.read()

    def _put_tail(self, state: UploadState, whole: int, data: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=self._tail_name(state, whole), Body=data, ChecksumAlgorithm="SHA256")

    def _tail_name(self, state: UploadState, whole: int) -> str:
        return f"{self._tail_folder(state)}{whole + 1:05d}"

    def _tail_folder(self, state: UploadState) -> str:
        name = str(state.get("tail"))
        if not _TAIL.fullmatch(name):
            raise BadKey(name)
        return f"{self._base}.uploads/{name}/"


def _completed(part: "PartTypeDef") -> "CompletedPartTypeDef":
    done: CompletedPartTypeDef = {"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
    # S3 wants the checksum again for a multipart upload that was begun with one; not every server lists it.
    if "ChecksumSHA256" in part:
        done["ChecksumSHA256"] = part["ChecksumSHA256"]
    return done
