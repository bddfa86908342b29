"""The S3 client: its settings, and how its errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)

from core.errors import AulaError, Transient
from storage.base import Missing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 5},
    # One process has at most some dozens of threads that store or deliver at once.
    max_pool_connections=32,
    signature_version="s3v4",
    # Path style works with every S3-compatible server on any host name; virtual hosts need DNS for each bucket.
    s3={"addressing_style": "path"},
)

TRANSFER = TransferConfig(multipart_threshold=16 * 2**20, multipart_chunksize=16 * 2**20, max_concurrency=4)
"""Files above 16 MiB go in parts, four at a time; a failed transfer aborts its multipart upload."""

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})
_UNREACHED = (
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    FlexibleChecksumError,
    S3UploadFailedError,
)
_BUSY = frozenset({"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "503", "500", "OperationAborted"})


def make_client(endpoint: str | None, region: str | None) -> "S3Client":
    """A client, which any number of threads may share. Credentials come from where AWS tools look for them."""
    client: S3Client = boto3.session.Session().client("s3", endpoint_url=endpoint, region_name=region, config=_CONFIG)
    return client


def is_missing(error: ClientError) -> bool:
    """Whether the store says that there is no such object or upload."""
    return error.response.get("Error", {}).get("Code") in _MISSING


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Raise Missing, Transient or AulaError `storage.refused` for what boto3 raises inside."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise Missing(key) from error
        if code in _BUSY:
            raise Transient("storage.unavailable", f"The object store is busy ({code}).") from error
        raise AulaError("storage.refused", f"The object store refused {error.operation_name} ({code}).", key=key) from error
    except _UNREACHED as error:
        raise Transient("storage.unavailable", f"The object store does not answer ({type(error).__name__}).") from error
    except BotoCoreError as error:
        raise AulaError("storage.refused", f"The object store can't be used: {error}", key=key) from error
