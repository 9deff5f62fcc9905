"""Rules of the house that a reader would otherwise have to trust: found in the source, not in a promise."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted((ROOT / "app").rglob("*.py"))
EVERYTHING = sorted(
    path for name in ("app", "sandbox", "stack", "bench", "tests") for path in (ROOT / name).rglob("*.py")
)
CLIENTS = sorted(path for kind in ("*.vue", "*.ts") for path in (ROOT / "web" / "src").rglob(kind))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def test_a_transaction_begins_and_ends_in_one_place() -> None:
    """``Database.transaction`` commits; nobody else does. Exceptions have their reason."""
    reasons = {
        "app/db.py": "the place",
        "app/schema.py": "migrations hold an advisory lock across transactions",
        "app/notify/outbox.py": "a savepoint, so that one bad event stops no other",
        "app/notify/receipts.py": "a savepoint, so that one bad callback stops no other",
    }
    found = set()
    for path in PRODUCT:
        for call in calls(path):
            if not isinstance(call.func, ast.Attribute):
                continue
            owner = ast.unparse(call.func.value)
            ends = call.func.attr in ("commit", "rollback", "begin_nested")
            begins = call.func.attr == "begin" and not owner.endswith(("sessions", "journeys"))
            if ends or begins:
                found.add(named(path))
    assert found == set(reasons)


MACHINES = "invitation|claim|filing|graduate"
WRITES_STATE = re.compile(rf"UPDATE\s+({MACHINES})\b.*?\bSET\b[^;]*?\b(state|base_state|version)\s*=", re.I | re.S)
INSERTS_STATE = re.compile(rf"INSERT\s+INTO\s+({MACHINES})\s*\([^)]*\b(state|base_state)\b", re.I | re.S)


def test_a_state_is_changed_by_advance_only() -> None:
    """No values() with a state, no SQL that sets one; rows that no machine walks have their own states."""
    reasons = {
        "app/workflows/advance.py": "the place",
        "app/workflows/agreement.py": "documents: made, or not",
        "app/notify": "messages: how far a push came",
    }
    found = []
    for path in PRODUCT:
        if any(named(path).startswith(reason) for reason in reasons):
            continue
        source = path.read_text(encoding="utf-8")
        if WRITES_STATE.search(source) or INSERTS_STATE.search(source):
            found.append(f"{named(path)}: SQL")
        for call in calls(path):
            names = {keyword.arg for keyword in call.keywords}
            if isinstance(call.func, ast.Attribute) and call.func.attr == "values" and names & {"state", "base_state"}:
                found.append(f"{named(path)}:{call.lineno}")
    assert found == []


SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|ORDER BY)\b")


def test_sql_is_put_together_from_constants_only() -> None:
    """An f-string with SQL stands at module level, where no request can reach it; ``advance`` alone builds its own."""
    reasons = {"app/workflows/advance.py": "names of tables and columns, from the models; every value is bound"}
    found = [
        f"{named(path)}:{node.lineno}"
        for path in PRODUCT
        if named(path) not in reasons
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.expr) and _formats_sql(node)
    ]
    assert found == []


def _formats_sql(node: ast.AST) -> bool:
    """``f"SELECT {x}"``, ``"SELECT …" % x``, ``"SELECT …" + x`` or ``"SELECT …".format(x)``."""
    if isinstance(node, ast.JoinedStr):
        return len(node.values) > 1 and bool(SQL.search(ast.unparse(node)))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        text = node.left
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = node.func.value
    else:
        return False
    return isinstance(text, ast.Constant) and isinstance(text.value, str) and bool(SQL.search(text.value))


LONG_FILES: dict[str, str] = {}
"""Files above the limit, each with its reason."""


def test_files_are_short_enough_to_be_read() -> None:
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in (*EVERYTHING, *CLIENTS)
        if named(path) != "web/src/api/schema.ts"  # generated from the description
    }
    assert {name for name, length in lengths.items() if length > 400} == set(LONG_FILES)


LONG_FUNCTIONS = {
    "app/workflows/roster_import.py: _upsert": "one statement",
}


def test_functions_are_short_enough_to_be_read() -> None:
    found = {
        f"{named(path)}: {node.name}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 50
    }
    assert found == set(LONG_FUNCTIONS)


VAGUE = re.compile(r"^(handle|process|do)_|_?(util|helper)s?$|Manager$|Helper$|Util$")


def test_names_say_what_is_done() -> None:
    found = []
    for path in PRODUCT:
        names = [node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.FunctionDef | ast.ClassDef)]  # fmt: skip
        found += [f"{named(path)}: {name}" for name in (*names, path.stem) if VAGUE.search(name)]
    assert found == []


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def tracked() -> list[Path]:
    """What git holds."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


OUTSIDE = re.compile("|".join((re.escape("../" + "shared"), re.escape("/work" + "/"), re.escape("/home" + "/"))))


def test_nothing_speaks_of_places_outside_the_project() -> None:
    found = []
    for path in tracked():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        if OUTSIDE.search(content):
            found.append(named(path))
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "web/package-lock.json"])
def test_locks_name_versions_and_hashes_but_no_address(lock: str) -> None:
    content = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://(?!(github\.com|opencollective\.com|.*?fund))[^\s\"]+\.(whl|tgz|tar\.gz)", content)
    assert "--index-url" not in content and '"resolved"' not in content
    assert "sha256:" in content or "sha512-" in content


def test_git_holds_source_only() -> None:
    built = re.compile(r"(^|/)(node_modules|dist|__pycache__|\.venv)(/|$)|\.(ttf|otf|woff2?|pyc|so)$")
    assert [named(path) for path in tracked() if built.search(named(path))] == []
