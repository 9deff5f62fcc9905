"""A bucket of an S3-compatible object store as a shelf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.settings import Bucket as BucketSettings
from app.storage.errors import NotStored, StorageAway
from app.storage.shelf import require_name


class Bucket:
    """Objects named ``ab/cd/abcd…`` as in a folder. The bucket must exist; its client is safe for many threads."""

    def __init__(self, settings: BucketSettings) -> None:
        self._bucket = settings.name
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.url,
            aws_access_key_id=settings.key_id,
            aws_secret_access_key=settings.secret,
            region_name=settings.region,
            config=Config(
                s3={"addressing_style": "path" if settings.by_path else "virtual"},
                connect_timeout=3,
                read_timeout=20,
                retries={"max_attempts": 3, "mode": "standard"},
                # Stores other than Amazon's often do not know the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def write(self, name: str, content: bytes) -> None:
        """One PUT; an object is there whole or not at all."""
        with _told():
            self._client.put_object(Bucket=self._bucket, Key=_key(name), Body=content)

    def read(self, name: str) -> bytes:
        """One GET."""
        key = _key(name)
        with _told():
            try:
                content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                    raise NotStored(name) from None
                raise
        return content

    def remove(self, name: str) -> None:
        """One DELETE, which S3 grants for what is not there as well."""
        with _told():
            self._client.delete_object(Bucket=self._bucket, Key=_key(name))


def _key(name: str) -> str:
    require_name(name)
    return f"{name[:2]}/{name[2:4]}/{name}"


@contextmanager
def _told() -> Iterator[None]:
    """The store's own errors as ours; their words stay in ``__cause__``."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StorageAway(type(error).__name__) from error
