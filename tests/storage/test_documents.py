"""Documents kept by their hash."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.storage.errors import Damaged, NotStored
from app.storage.folder import Folder
from app.storage.store import Store


@given(content=st.binary())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_put_comes_back_under_its_own_hash(tmp_path: Path, content: bytes) -> None:
    store = Store(Folder(tmp_path))
    name = store.put(content)
    assert name == hashlib.sha256(content).hexdigest()
    assert store.get(name) == content


def test_the_same_bytes_from_many_threads_are_kept_once(tmp_path: Path) -> None:
    store = Store(Folder(tmp_path / "new"))
    with ThreadPoolExecutor(8) as threads:
        names = set(threads.map(store.put, [b"the same" * 1000] * 64))
    assert len(names) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == list(names)


def test_one_changed_byte_on_disk_is_noticed_and_mended_by_the_next_put(tmp_path: Path) -> None:
    store = Store(Folder(tmp_path))
    name = store.put(b"agreement")
    (tmp_path / name[:2] / name[2:4] / name).write_bytes(b"agreemenT")
    with pytest.raises(Damaged):
        store.get(name)
    store.put(b"agreement")
    assert store.get(name) == b"agreement"


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "A" * 64, "../" + "0" * 61, "é" * 64])
def test_a_name_that_is_no_hash_of_ours_finds_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotStored):
        Store(Folder(tmp_path)).get(name)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(Folder(tmp_path))
    name = hashlib.sha256(b"agreement").hexdigest()
    (tmp_path / name[:2] / name[2:4] / name).mkdir(parents=True)  # in the way of the rename
    with pytest.raises(OSError, match=name):
        store.put(b"agreement")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
