"""A folder and a bucket keep the same promises; what shows persons lies sealed on either."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.sealing import Sealer
from app.services import Services
from app.settings import Bucket as BucketSettings
from app.settings import Key, Settings, UnsafeSettings
from app.storage.bucket import Bucket
from app.storage.errors import Damaged, NotStored, StorageAway
from app.storage.folder import Folder
from app.storage.shelf import Shelf
from app.storage.store import Store, Vault
from tests.support import settings  # noqa: F401

NAME, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return Folder(tmp_path / "files")
    return Bucket(request.getfixturevalue("bucket_settings"))


def test_what_is_written_is_read_replaced_and_removed(shelf: Shelf) -> None:
    for content in (b"one", b"", bytes(3_000_000)):
        shelf.write(NAME, content)
        assert shelf.read(NAME) == content
    with pytest.raises(NotStored):
        shelf.read(OTHER)
    shelf.remove(OTHER)
    shelf.remove(NAME)
    with pytest.raises(NotStored):
        shelf.read(NAME)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "../" + "0" * 61, "é" * 64, "0" * 63 + "/"])
def test_a_name_that_is_not_ours_reaches_nothing(shelf: Shelf, name: str) -> None:
    with pytest.raises(NotStored):
        shelf.read(name)
    with pytest.raises(NotStored):
        shelf.write(name, b"x")
    with pytest.raises(NotStored):
        shelf.remove(name)


def test_many_threads_share_it(shelf: Shelf) -> None:
    names = [f"{number:064x}" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: shelf.write(name, name.encode() * 100), names))
        assert list(threads.map(shelf.read, names)) == [name.encode() * 100 for name in names]


def test_documents_are_kept_by_their_hash_in_either(shelf: Shelf) -> None:
    store = Store(shelf)
    name = store.put(b"agreement")
    assert store.put(b"agreement") == name and store.get(name) == b"agreement"
    shelf.write(name, b"agreemenT")
    with pytest.raises(Damaged):
        store.get(name)
    store.put(b"agreement")
    assert store.get(name) == b"agreement"


# What shows persons


class Glass:
    """A shelf that is looked into."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def write(self, name: str, content: bytes) -> None:
        self.held[name] = content

    def read(self, name: str) -> bytes:
        if name not in self.held:
            raise NotStored(name)
        return self.held[name]

    def remove(self, name: str) -> None:
        self.held.pop(name, None)


PROOF = "身份证号 330108200401010017".encode() * 50


def test_on_the_shelf_lies_noise_under_names_that_tell_nothing(settings: Settings) -> None:  # noqa: F811
    glass, owner = Glass(), uuid.uuid4()
    vault = Vault(glass, Sealer(settings))
    vault.put(owner, "original", PROOF)
    first = dict(glass.held)
    vault.put(owner, "original", PROOF)
    assert glass.held.keys() == first.keys() and glass.held != first, "sealed anew each time"
    for name, content in glass.held.items():
        assert PROOF[:20] not in content and str(owner) not in name and owner.hex not in name
    assert vault.get(owner, "original") == PROOF


def test_files_cannot_be_altered_nor_swapped(settings: Settings) -> None:  # noqa: F811
    glass, owner, other = Glass(), uuid.uuid4(), uuid.uuid4()
    vault = Vault(glass, Sealer(settings))
    vault.put(owner, "original", PROOF)
    (mine,) = glass.held
    vault.put(other, "original", b"theirs")
    (theirs,) = glass.held.keys() - {mine}
    glass.held[mine], glass.held[theirs] = glass.held[theirs], glass.held[mine]
    with pytest.raises(Damaged):
        vault.get(owner, "original")
    glass.held[mine] = b""
    with pytest.raises(Damaged):
        vault.get(owner, "original")
    vault.remove(other, "original")
    with pytest.raises(NotStored):
        vault.get(other, "original")


def test_files_are_read_after_the_key_was_changed(settings: Settings) -> None:  # noqa: F811
    glass, owner = Glass(), uuid.uuid4()
    Vault(glass, Sealer(settings)).put(owner, "original", PROOF)
    newer = replace(settings, data_keys=(Key("new", b"n" * 32), *settings.data_keys))
    vault = Vault(glass, Sealer(newer))
    assert vault.get(owner, "original") == PROOF
    vault.put(owner, "original", PROOF)
    assert next(iter(glass.held.values())).startswith(b"new\0") and vault.get(owner, "original") == PROOF


# The bucket


def test_a_bucket_that_does_not_answer_is_told_from_one_that_holds_nothing(bucket_settings: BucketSettings) -> None:
    for changes in ({"url": "http://127.0.0.1:9"}, {"name": "another"}):
        bucket = Bucket(replace(bucket_settings, **changes))  # type: ignore[arg-type]
        with pytest.raises(StorageAway):
            bucket.read(NAME)
        with pytest.raises(StorageAway):
            bucket.write(NAME, b"x")
        with pytest.raises(StorageAway):
            bucket.remove(NAME)


S3 = {
    "S3_URL": "https://s3.example.com/",
    "S3_BUCKET": "quxiang",
    "S3_ACCESS_KEY_ID": "AKID",
    "S3_SECRET_ACCESS_KEY": "secret",
}


def test_settings_choose_the_bucket(product_environment: dict[str, str], bucket_settings: BucketSettings) -> None:
    environment = product_environment | S3 | {"S3_URL": bucket_settings.url}
    services = Services.build(Settings.from_environment(environment))
    name = services.store.put(b"agreement")
    owner = uuid.uuid4()
    services.vault.put(owner, "original", PROOF)
    assert Bucket(bucket_settings).read(name) == b"agreement"
    assert not list(services.settings.storage_dir.rglob("*")) and services.vault.get(owner, "original") == PROOF
    services.close()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"S3_BUCKET": ""}, "S3_BUCKET not set: set up wholly or not at all"),
        ({"S3_URL": "ftp://x"}, "S3_URL must be an http(s) URL"),
        ({"S3_ADDRESSING": "both"}, "S3_ADDRESSING must be path or virtual"),
        ({"CLAMD_ADDRESS": "localhost"}, "CLAMD_ADDRESS must be host:port"),
        ({"CLAMD_ADDRESS": "h:99999"}, "CLAMD_ADDRESS must be host:port"),
    ],
)
def test_a_setting_that_cannot_be_stops_the_start(
    product_environment: dict[str, str], changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(UnsafeSettings, match=fault.replace("(", r"\(").replace(")", r"\)")):
        Settings.from_environment(product_environment | S3 | changes)


def test_production_wants_a_bucket_by_https(product_environment: dict[str, str]) -> None:
    environment = product_environment | S3 | {"QX_ENV": "production", "S3_URL": "http://s3.example.com"}
    with pytest.raises(UnsafeSettings, match="S3_URL must use https in production"):
        Settings.from_environment(environment)
