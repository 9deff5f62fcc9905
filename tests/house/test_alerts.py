"""The alert rules name metrics that are told, codes that are known, and are each explained to who is woken."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from app import VERSION, create_app
from app.models.sending import ORDINARY
from app.notify.errcodes import TABLE, Behaviour
from app.queries.metrics import STUCK
from app.services import Services
from tests.notify.scraping import scraped

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NAMED = re.compile(r"\bquxiang_\w+")
SECTION = re.compile(r"^### (Quxiang\w+) · ", re.MULTILINE)


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def codes(rule: str, label: str = "code=~") -> list[int]:
    (expression,) = [found["expr"] for found in rules() if found["alert"] == rule]
    return [int(code) for code in re.search(rf'{label}"([^"]+)"', expression)[1].split("|")]  # type: ignore[index]


def test_every_metric_an_alert_names_is_told(services: Services) -> None:
    with services.db.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO sending_quota (app_id, day, daily_limit, used)"
                                   f" VALUES ('{services.settings.wechat.app_id}', now(), 1, 0)")  # fmt: skip
    client = create_app(services.settings, services).test_client()
    client.get("/healthz")
    text = client.get("/metrics").get_data(as_text=True)
    told = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) | {name for name, _ in scraped(client)}
    for rule in rules():
        assert set(NAMED.findall(rule["expr"])) <= told, rule["alert"]


def test_every_alert_can_be_read_by_prometheus_and_says_whom_it_wakes() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 20
    for rule in rules():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["annotations"]["summary"]
        for pair in ("()", "{}", "[]"):
            assert rule["expr"].count(pair[0]) == rule["expr"].count(pair[1]), rule["alert"]


def test_every_alert_is_explained_and_shown_as_it_is() -> None:
    _, *parts = SECTION.split((DOCS / "operations.md").read_text(encoding="utf-8"))
    explained = dict(zip(parts[::2], parts[1::2], strict=True))
    assert explained.keys() == {rule["alert"] for rule in rules()}
    for rule in rules():
        body = explained[rule["alert"]]
        assert f"`{' '.join(rule['expr'].split())}`" in body, rule["alert"]
        for part in ("**For people**", "**Look**", "**Do**", "**Do not**"):
            assert part in body, f"{rule['alert']}: {part}"


def test_alerts_of_answers_name_the_codes_that_the_sender_treats_so() -> None:
    def having(*behaviours: Behaviour) -> set[int]:
        return {code for code, answer in TABLE.items() if answer.behaviour in behaviours}

    assert set(codes("QuxiangMinuteQuota")) == having(Behaviour.BUSY, Behaviour.MINUTE_QUOTA)
    assert set(codes("QuxiangGaveUp")) == having(Behaviour.GIVE_UP)
    assert set(codes("QuxiangInReview", "code=")) == having(Behaviour.IN_REVIEW)
    assert set(codes("QuxiangDayQuotaReached", "code=")) == having(Behaviour.DAY_QUOTA)


def test_keeping_the_reserve_does_not_pass_for_a_stopped_template() -> None:
    (expression,) = [found["expr"] for found in rules() if found["alert"] == "QuxiangTemplateStopped"]
    excepted = re.search(r'template!~"([^"]*)"', expression)
    assert excepted, "Prometheus takes the whole label"
    assert [re.fullmatch(excepted[1], template) is None for template in ("", ORDINARY, "review_result")] == [
        False, False, True,
    ]  # fmt: skip


def test_stuck_rows_of_every_kind_wake_someone() -> None:
    expressions = " ".join(rule["expr"] for rule in rules())
    for what in STUCK:
        assert re.search(rf'quxiang_poisoned_rows{{what=~?"[^"]*\b{what}\b', expressions), what


def test_the_version_that_is_told_is_the_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == VERSION
