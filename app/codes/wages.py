"""The lowest monthly minimum wage of each province (最低工资标准最低一档), by which stated pay is judged.

The file is a sample as of its own date: a school puts the current figures into its own (docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.codes import data, regions


@dataclass(frozen=True)
class LowestWage:
    """What a month's full-time work must pay anywhere in the province, in cents; ``as_of``: when the figure held."""

    province: str
    cents: int
    as_of: date
    source: str


@data.kept
def lowest_wages() -> Mapping[str, LowestWage]:
    """By the first two digits of a region. 港澳台 have none."""
    return {
        row["province"]: LowestWage(
            regions.full_name(row["province"] + "0000"),
            int(row["lowest_yuan"]) * 100,
            date.fromisoformat(row["as_of"]),
            row["source"],
        )
        for row in data.rows("minimum_wage.csv")
    }


def lowest_wage(region: str) -> LowestWage | None:
    """Of the province that a six-digit region lies in; None where no figure is known."""
    return lowest_wages().get(region[:2])
