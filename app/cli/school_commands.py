"""``schools``: what a school sets for its reviewers, changed by an operator."""

from __future__ import annotations

from typing import Any

import click
import structlog
from sqlalchemy import select, update

from app.cli.opening import opened
from app.models import School
from app.workdays import LONGEST_GRACE

log = structlog.get_logger("app.schools")
LONGEST = 20


@click.group("schools")
def schools() -> None:
    """审核时限, 接办 and who may decide two levels."""


@schools.command("set")
@click.argument("school_code", metavar="SCHOOL")
@click.option("--review-days", type=click.IntRange(1, LONGEST), help="审核时限 per level, working days")
@click.option("--escalation-days", type=click.IntRange(0, LONGEST_GRACE), help="working days past it until 接办")
@click.option("--one-person/--no-one-person", default=None, help="whether one person may decide two levels of a round")
def set_one(school_code: str, review_days: int | None, escalation_days: int | None, one_person: bool | None) -> None:
    """Change what is named; filings already handed in keep the day they are due."""
    asked = {"review_days": review_days, "escalation_days": escalation_days, "one_person_levels": one_person}
    values: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if not values:
        raise click.UsageError("请写明要改哪一项。")
    with opened() as services, services.db.transaction() as connection:
        columns = (School.id, School.review_days, School.escalation_days, School.one_person_levels)
        before = connection.execute(select(*columns).where(School.code == school_code).with_for_update()).one_or_none()
        if before is None:
            raise click.ClickException(f"没有院校代码为 {school_code} 的学校。")
        connection.execute(update(School).where(School.id == before.id).values(**values, version=School.version + 1))
    was = {name: getattr(before, name) for name in values}
    log.info("school_set", school=school_code, before=was, after=values)
    for name, value in values.items():
        click.echo(f"{TITLES[name]}：{_said(was[name])} → {_said(value)}")


TITLES = {
    "review_days": "审核时限（工作日）",
    "escalation_days": "超过时限几个工作日后可接办",
    "one_person_levels": "同一人审两级",
}


def _said(value: int | bool) -> str:
    if isinstance(value, bool):
        return "允许" if value else "不允许"
    return str(value)
