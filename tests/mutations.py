"""Deletes one guard at a time, in a copy, and shows which test turns red: ``python -m tests.mutations [--write]``.

A guard that can be deleted with every test green is not guarded by a test. The outcome stands in docs/mutations.md;
``tests/house`` holds the list to the source, so that no line of it can go stale unnoticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from stack import engines
from tests.guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "mutations.md"
ENGINES = ("DATABASE_URL", "REDIS_URL")
HEAD = """# Guards, and the test that turns red without each

Written by `python -m tests.mutations --write`: each guard was really deleted in a copy of the project, and the tests
beside it were run until the first failed. Rules: [rules.md](rules.md).

| Guard | Deleted in | First test that turns red |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Found:
    """What came of deleting a guard: the first red test, or None where all stayed green."""

    guard: Guard
    red: str | None
    seconds: float


def copy_project(to: Path) -> None:
    """All that git knows of and has not been deleted, as it stands now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file() and not name.startswith(("web/", "docs/images")):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name)


def run(tests: tuple[str, ...], copy: Path, shared: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The tests in the copy, until one fails; ``shared`` names engines that are up."""
    given = {name: value for name, value in os.environ.items() if name not in ("QX_TEST_RUN", *ENGINES)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**given, **shared, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def without(guard: Guard, copy: Path, shared: dict[str, str]) -> Found:
    """Delete the guard in the copy, run its tests until one fails, and put it back."""
    file, began = copy / guard.file, time.monotonic()
    whole = file.read_text(encoding="utf-8")
    file.write_text(guard.delete_from(whole), encoding="utf-8")
    # A guard of the schema needs engines of its own, with a schema that lacks it.
    done = run(guard.tests, copy, {} if guard.file.startswith("migrations/") else shared)
    file.write_text(whole, encoding="utf-8")
    red = re.search(r"^FAILED (\S+?::[^\s\[]+)", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1) or (done.returncode == 1 and red is None):
        # An error is no finding: the test could not even begin.
        raise SystemExit(f"{guard.name}: the tests could not run\n{done.stdout}{done.stderr}")
    return Found(guard, red[1] if red else None, time.monotonic() - began)


def demand_green(guards: list[Guard], copy: Path, shared: dict[str, str]) -> None:
    """With every guard in place all is green, or red would mean nothing."""
    tests = tuple(sorted({test for guard in guards for test in guard.tests}))
    done = run(tests, copy, shared)
    if done.returncode != 0:
        raise SystemExit(f"not green to begin with\n{done.stdout}{done.stderr}")


def row(one: Found) -> str:
    """A line of docs/mutations.md."""
    red = f"`{one.red.removeprefix('tests/')}`" if one.red else "NONE"
    return f"| {one.guard.name} | `{one.guard.file}` | {red} |"


def write_page(found: list[Found]) -> None:
    """Put what was found into docs/mutations.md; lines of other guards stay."""
    before = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []
    rows = {line.split("|")[1].strip(): line for line in before if line.startswith("| ")}
    rows |= {one.guard.name: row(one) for one in found}
    lines = [rows[guard.name] for guard in GUARDS if guard.name in rows]
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/mutations.md")
    parser.add_argument("names", nargs="*", help="only guards whose name contains one of these words")
    given = parser.parse_args()
    chosen = [guard for guard in GUARDS if not given.names or any(word in guard.name for word in given.names)]
    found = []
    with tempfile.TemporaryDirectory(prefix="quxiang-mutations-") as folder, engines.temporary({}) as (data, urls):
        copy_project(Path(folder))
        shared = {"QX_TEST_RUN": str(data), **urls}
        demand_green(chosen, Path(folder), shared)
        for guard in chosen:
            one = without(guard, Path(folder), shared)
            found.append(one)
            print(f"{'red  ' if one.red else 'GREEN'} {one.seconds:5.1f} s  {guard.name}: {one.red}", flush=True)
    if given.write:
        write_page(found)
    return 0 if all(one.red for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
