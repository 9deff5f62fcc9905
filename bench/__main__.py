"""Run the measurements: ``python -m bench [name …]`` prints the table and writes bench/results/latest.json.

A name is a module's or what its docstring begins with: ``push`` or ``p1``. With ``--quick`` those that can be are made
smaller, to see that they work; nothing is recorded then.

A measurement is a module of this package with a function ``run()`` that returns one row or several. A row is a dict:

    row           id and title, as 「P8 agreement PDF」
    unit          what the figures count, as 「ms per document」
    better        "lower" or "higher"
    ours, peer, ceiling   medians; None where a row has no such side
    ratio_peer, ratio_ceiling   how many times the peer we reach, and what share of the ceiling (see :func:`ratios`)
    goal          {"peer": 10, "ceiling": 0.7} as far as there are goals
    …             anything else worth keeping: rounds, what the peer is, sizes

``run()`` raises when a peer or ours returned a wrong or empty result; nothing of that module is recorded then.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import platform
import subprocess
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bench

RESULTS = Path(__file__).parent / "results" / "latest.json"
README = Path(__file__).parent.parent / "README.md"
Row = dict[str, Any]


def ratios(row: Row) -> Row:
    """Fill in both ratios, so that more is better on either side."""
    for side in ("peer", "ceiling"):
        ours, other = row.get("ours"), row.get(side)
        if ours is None or other is None:
            row[f"ratio_{side}"] = None
        else:
            row[f"ratio_{side}"] = other / ours if row["better"] == "lower" else ours / other
    return row


def main(arguments: list[str]) -> int:
    """Measure, print, record; 1 when any measurement failed. Falling short of a goal is no failure, it is printed."""
    quick = "--quick" in arguments
    known = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if _is_measurement(module.name))
    ids = {_id(name): name for name in known}
    names = [ids.get(name.lower(), name) for name in arguments if name != "--quick"]
    unknown = set(names) - set(known)
    if unknown:
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    rows: list[Row] = []
    for name in names or known:
        print(f"── {name}", flush=True)
        try:
            measure = importlib.import_module(f"bench.{name}").run
            made = measure(quick=True) if quick and "quick" in inspect.signature(measure).parameters else measure()
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        rows += [_stamped(ratios(row), name) for row in (made if isinstance(made, list) else [made])]
    if quick:
        print("\n" + table(rows))
    elif everything := _record(rows):
        print("\n" + table(everything))
        _show_in_readme(table(everything))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _show_in_readme(shown: str) -> None:
    """Put the table between the README's marks, so that what it shows is what was measured last."""
    text = README.read_text(encoding="utf-8")
    before, mark, rest = text.partition("<!-- bench -->\n")
    _, end, after = rest.partition("<!-- /bench -->")
    if mark and end:
        README.write_text(f"{before}{mark}{shown}\n{end}{after}", encoding="utf-8")


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table, as the README shows them."""
    lines = [
        "| work | unit | ours | peer | ceiling | x peer (goal) | of ceiling (goal) |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        goal = row.get("goal", {})
        cells = [row["row"], row["unit"], *(_figure(row.get(side)) for side in ("ours", "peer", "ceiling"))]
        cells += [_ratio(row.get(f"ratio_{side}"), goal.get(side)) for side in ("peer", "ceiling")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _is_measurement(name: str) -> bool:
    if name.startswith("_") or name == "peers":
        return False
    source = Path(bench.__path__[0], f"{name}.py")
    return source.exists() and "\ndef run(" in source.read_text(encoding="utf-8")


def _id(name: str) -> str:
    """p1 for a module whose docstring begins with 「P1: …」."""
    source = Path(bench.__path__[0], f"{name}.py").read_text(encoding="utf-8")
    return source.removeprefix('"""').partition(":")[0].lower()


def _stamped(row: Row, module: str) -> Row:
    return {**row, "module": module, "measured_at": datetime.now(UTC).isoformat(timespec="seconds"), **_machine()}


def _machine() -> Row:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),  # well above the bench's own: something else was running
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
    }


def _record(rows: list[Row]) -> list[Row]:
    """Replace the measured modules' rows in the file and keep the others; returns all of them by id."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"] if RESULTS.exists() else []
    measured = {row["module"] for row in rows}
    everything = sorted(
        [row for row in kept if row["module"] not in measured] + rows, key=lambda row: _order(row["row"])
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"rows": everything}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return everything


def _order(row: str) -> tuple[str, int, str]:
    head = row.split()[0]
    digits = "".join(filter(str.isdigit, head))
    return head[:1], int(digits or 0), row


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float | None, goal: float | None) -> str:
    if value is None:
        return "–"
    shown = f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    if goal is None:
        return shown
    return f"{shown} (≥ {goal:g}{'' if value >= goal else ', short'})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
