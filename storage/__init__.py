"""Object storage: a local directory or S3 behind one port, and the signatures under which objects are served."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import Refused
from core.settings import StorageSettings
from storage.base import Storage
from storage.local import LocalStorage

__all__ = ["open_storage"]


def open_storage(settings: StorageSettings) -> Storage:
    """The adapter for `settings.storage_url`; nothing is contacted yet, but a local directory is made.

    `file:///directory`, or `s3://bucket/prefix?endpoint=http://host:port&region=name` with credentials from where AWS tools
    look for them (`AWS_ACCESS_KEY_ID` and so on). Raises Refused `storage.bad_url`.
    """
    url = urlsplit(settings.storage_url)
    options = {name: values[-1] for name, values in parse_qs(url.query).items()}
    if url.scheme == "file" and not url.netloc and url.path.startswith("/"):
        return LocalStorage(Path(unquote(url.path)))
    if url.scheme == "s3" and url.netloc:
        # boto3 takes a third of the API's start; who keeps objects in a directory does not pay for it.
        from storage.s3 import S3Storage

        prefix = unquote(url.path).strip("/")
        return S3Storage(url.netloc, prefix=prefix, endpoint=options.get("endpoint"), region=options.get("region"))
    raise Refused("storage.bad_url", "AULA_STORAGE_URL must be file:///directory or s3://bucket/prefix.")
