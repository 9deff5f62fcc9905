"""What can be made to go wrong with one choice on the desk, and rules in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.clock import in_beijing
from sandbox.faults import MAIL, SMS
from sandbox.wechat.receipts import TEMPLATE_SEND

SEND = {"path": TEMPLATE_SEND}
TEXT = {"path": SMS}
POST = {"path": MAIL}

# Group → key → (label, rule).
GROUPS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "微信的应答": {
        "busy": ("回 -1 系统繁忙", SEND | {"errcode": -1}),
        "token": ("回 40001 令牌失效", SEND | {"errcode": 40001}),
        "refused": ("回 43101 用户拒收", SEND | {"errcode": 43101}),
        "often": ("回 43117 对该用户发送过频", SEND | {"errcode": 43117}),
        "day": ("回 45009 当日额度用完", SEND | {"errcode": 45009}),
        "minute": ("回 45011 每分钟额度用完", SEND | {"errcode": 45011}),
        "frozen": ("回 40243 密钥被冻结", SEND | {"errcode": 40243}),
        "words": ("回 45168 含敏感词", SEND | {"errcode": 45168}),
    },
    "微信的审核": {
        "pass": ("回 40252 待审，半小时后自动发出", SEND | {"review": "pass"}),
        "block": ("回 40252 待审，半小时后拦下", SEND | {"review": "block"}),
    },
    "微信的连接": {
        "gateway": ("回 HTTP 502，未执行", SEND | {"http_status": 502}),
        "lost": ("已执行，但回 HTTP 502", SEND | {"http_status": 502, "after": True}),
        "slow": ("已执行，10 秒后才回答", SEND | {"delay": 10.0, "after": True}),
        "reset": ("连接断开，未执行", SEND | {"reset": True}),
        "reset_after": ("已执行，连接断开", SEND | {"reset": True, "after": True}),
        "hang": ("已执行，30 秒不应，再断开", SEND | {"hang": 30.0, "after": True}),
        "garbage": ("已执行，但应答不是 JSON", SEND | {"garbage": True, "after": True}),
    },
    "微信的回执": {
        "missing": ("不发回执", SEND | {"receipt": "missing"}),
        "double": ("回执发两次", SEND | {"receipt": "double"}),
        "late": ("回执晚 30 秒", SEND | {"receipt": "late"}),
        "early": ("回执先于应答到达", SEND | {"receipt": "early"}),
        "failed": ("回执：failed: system failed", SEND | {"status": "failed: system failed"}),
        "limit": ("回执：failed:freq limit", SEND | {"status": "failed:freq limit"}),
        "zero": ("回执里 MsgID 为 0", SEND | {"msgid_zero": True}),
    },
    "短信": {
        "sms_limit": ("短信：超出号码日限", TEXT | {"code": "LimitExceeded.PhoneNumberDailyLimit"}),
        "sms_black": ("短信：号码在黑名单", TEXT | {"code": "FailedOperation.PhoneNumberInBlacklist"}),
        "sms_error": ("短信：InternalError.Timeout", TEXT | {"code": "InternalError.Timeout"}),
        "sms_lost": ("短信：已发出，连接断开", TEXT | {"reset": True, "after": True}),
        "sms_failed": ("短信：回执 FAIL", TEXT | {"status": "MK:0001"}),
        "sms_silent": ("短信：不发回执", TEXT | {"receipt": "missing"}),
    },
    "邮件": {
        "mail_later": ("邮件：451 暂时不收", POST | {"errcode": 451}),
        "mail_never": ("邮件：550 没有这个邮箱", POST | {"errcode": 550}),
        "mail_slow": ("邮件：15 秒后才应答", POST | {"delay": 15.0}),
        "mail_lost": ("邮件：已收下，连接断开", POST | {"reset": True, "after": True}),
    },
}
PRESETS = {key: preset for group in GROUPS.values() for key, preset in group.items()}
CONDITIONS = {
    *("id", "hits", "matched", "times", "path", "openid", "template_id"),
    *("from", "until", "every", "probability", "seed", "review_delay"),
}


def rule_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The rule a person asked for. Raises ValueError on a number that is none."""
    _, preset = PRESETS[form["what"]] if form.get("what") in PRESETS else ("", {})
    wechat = preset.get("path") not in (SMS, MAIL)
    share = form.get("share", "").strip()
    return preset | {
        "openid": form.get("openid", "") if wechat else form.get("to", "").strip(),
        "template_id": form.get("template_id", "") if wechat else "",
        "times": _count(form.get("times", "")),
        "every": _count(form.get("every", "")) or 1,
        "probability": float(share) / 100 if share else 1.0,
        "after_seconds": _seconds(form.get("after_seconds", "")),
        "for_seconds": _seconds(form.get("for_seconds", "")),
    }


def _count(text: str) -> int | None:
    return int(text) or None if text.strip() else None


def _seconds(text: str) -> float | None:
    return float(text) if text.strip() else None


def describe_rule(rule: dict[str, Any]) -> str:
    """A rule in words: its preset's label, or its settings."""
    for label, preset in PRESETS.values():
        if all(rule[name] == value for name, value in ({"after": False} | preset).items()):
            return label
    said = "，".join(f"{name}={value}" for name, value in rule.items() if value and name not in CONDITIONS)
    return f"{rule['path']} {said}" if rule["path"] in (SMS, MAIL) else said


def describe_moments(rule: dict[str, Any]) -> str:
    """When and how often a rule is used, in words."""
    said = [f"每 {rule['every']} 次"] if rule["every"] > 1 else []
    if rule["probability"] < 1:
        said.append(f"{rule['probability']:.0%} 的概率")
    if rule["from"]:
        said.append(f"{in_beijing(rule['from']):%H:%M:%S} 起")
    if rule["until"]:
        said.append(f"{in_beijing(rule['until']):%H:%M:%S} 止")
    said.append(f"还剩 {rule['times']} 次" if rule["times"] else "" if rule["until"] else "直到移除")
    return "，".join(part for part in said if part)
