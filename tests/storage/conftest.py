"""A bucket that speaks S3 over HTTP, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from app.settings import Bucket as BucketSettings
from app.storage.bucket import Bucket
from stack import ports


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The address of moto's server."""
    port = ports.free()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        "from moto.server import main; main()",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
            break
        except OSError:
            assert server.poll() is None, "moto's server ended"
            time.sleep(0.1)
    yield url
    server.kill()
    server.wait()


@pytest.fixture
def bucket_settings(s3_url: str) -> BucketSettings:
    """A new bucket there."""
    urllib.request.urlopen(urllib.request.Request(f"{s3_url}/moto-api/reset", method="POST"), timeout=5).close()
    settings = BucketSettings(s3_url, "quxiang", "AKID", "secret", "us-east-1", by_path=True)
    Bucket(settings)._client.create_bucket(Bucket="quxiang")
    return settings
