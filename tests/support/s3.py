"""An S3 server on loopback (moto's), for tests of whatever speaks to S3."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import boto3
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}


class S3Server:
    """A running server with one bucket."""

    bucket = "aula-tests"

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        boto3.client("s3", endpoint_url=endpoint, region_name=REGION).create_bucket(Bucket=self.bucket)

    def url(self, prefix: str) -> str:
        """The storage URL of a prefix of the bucket."""
        return f"s3://{self.bucket}/{prefix}?endpoint={quote(self.endpoint, safe='')}&region={REGION}"


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """A server while the context lasts; its credentials are in the environment, so child processes find them too."""
    before = dict(os.environ)
    os.environ.update(_CREDENTIALS)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()
        for name in _CREDENTIALS:
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]
