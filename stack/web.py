"""Builds the H5 clients, only when their sources have changed since the last build."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack.node import node_environment
from stack.places import make_directory, turn

_NOT_SOURCES = frozenset({"node_modules", "dist", "coverage", "__pycache__"})
_LOCKS = ("package.json", "package-lock.json", ".npmrc")


class BuildFailed(Exception):
    """npm or the bundler failed; the message ends with its last lines."""


def build(web: Path, cache: Path, given: Mapping[str, str] = os.environ) -> bool:
    """Bring ``web/dist`` up to date with the sources; tells whether there was anything to do.

    Stamps in ``cache`` remember what was installed and built. Two builds at once take turns. Raises
    :class:`BuildFailed`.
    """
    make_directory(cache)
    with turn(cache / "lock"):
        sources = digest(web)
        if _says(cache / "built", sources) and (web / "dist").is_dir():
            return False
        environment = node_environment(cache.parent, given)
        _install(web, cache, environment)
        _run(["npm", "run", "build"], web, cache, environment, "正在构建网页端 · building the web clients")
        (cache / "built").write_text(sources)
        return True


def run_script(web: Path, cache: Path, arguments: list[str], given: Mapping[str, str] = os.environ) -> int:
    """Run ``npm ARGUMENTS`` in ``web`` with its packages installed; returns npm's exit code."""
    make_directory(cache)
    with turn(cache / "lock"):
        environment = node_environment(cache.parent, given)
        _install(web, cache, environment)
    return subprocess.run(["npm", *arguments], cwd=web, env=environment, check=False).returncode


def digest(folder: Path) -> str:
    """A hash over the names and contents of all sources in a folder, without what was installed or built there."""
    total = hashlib.sha256()
    for file in sorted(_sources(folder)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(folder)}\0{content}\n".encode())
    return total.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name in _NOT_SOURCES:
            continue
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.is_file():
            yield entry


def _install(web: Path, cache: Path, environment: Mapping[str, str]) -> None:
    locks = hashlib.sha256(
        b"\0".join((web / name).read_bytes() for name in _LOCKS if (web / name).exists())
    ).hexdigest()
    if _says(cache / "installed", locks) and (web / "node_modules").is_dir():
        return
    _run(
        ["npm", "ci", "--no-audit", "--no-fund"],
        web,
        cache,
        environment,
        "正在安装网页端依赖 · installing web packages",
    )
    (cache / "installed").write_text(locks)


def _run(argv: list[str], web: Path, cache: Path, environment: Mapping[str, str], sentence: str) -> None:
    print(f"{sentence} …", flush=True)
    started = time.monotonic()
    log = cache / "log"
    with log.open("wb") as output:
        done = subprocess.run(
            argv, cwd=web, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    if done.returncode != 0:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise BuildFailed(f"{' '.join(argv)} failed in {web} (all of it in {log}):\n{last}")
    print(f"  {time.monotonic() - started:.0f} s", flush=True)


def _says(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value
