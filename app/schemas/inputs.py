"""Fields of forms (填写项): what every form's text, codes, places, money and dates are checked by.

Each takes its Chinese label first; further keywords of :class:`app.schemas.form.Form` (hint, unit, when, known,
readonly) go into its metadata. ``required=False`` makes it optional, an optional one left out is null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate
from stdnum.cn import uscc

from app.codes import regions
from app.codes.shapes import LANDLINE, MOBILE, POSTCODE, is_phone
from app.codes.tables import tables

ABROAD = re.compile(r"\+?[0-9][0-9 ()-]{4,23}[0-9]\Z")
WEB = re.compile(r"https?://[^\s/?#@:]+\.[^\s/?#@:]+(:[0-9]{1,5})?([/?#]\S*)?\Z", re.IGNORECASE)
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
MAX_CENTS = 100_000_000_00
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
REQUIRED: dict[str, Any] = {"required": "必须填写。", "null": "必须填写。", "invalid": "格式不正确。"}
TOLD = ("hint", "placeholder", "unit", "when", "needed", "known", "readonly", "checked", "table", "suggest", "found")


class Line(fields.String):
    """One line of text: trimmed, empty becomes null, no control or direction-changing characters."""

    def __init__(self, longest: int, **options: Any) -> None:
        self.longest = longest
        options.setdefault("error_messages", REQUIRED)
        options.setdefault("metadata", {})
        super().__init__(validate=validate.Length(max=longest, error="最多 {max} 个字。"), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None or not text.strip():
            if self.required or not self.allow_none:
                raise self.make_error("required")
            return None
        if UNPRINTABLE.search(text) or ("\n" in text and not self.metadata.get("multiline")):
            raise ValidationError("含有不能使用的字符。")
        return text.strip()


def _options(label: str, widget: str, required: bool, told: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What all fields share; one that applies only ``when`` is optional to the schema, the form asks for it."""
    if unknown := set(told) - set(TOLD):
        raise TypeError(f"no such keyword: {sorted(unknown)}")
    options: dict[str, Any] = {"metadata": {"label": label, "widget": widget, **told}, "error_messages": REQUIRED}
    if required and "when" not in told:
        options["required"] = True
    else:
        options |= {"load_default": None, "allow_none": True}
    return options | more


def line(label: str, longest: int, *, required: bool = True, **told: Any) -> Line:
    """One line of text."""
    return Line(longest, **_options(label, "text", required, told))


def words(label: str, longest: int, *, required: bool = True, **told: Any) -> Line:
    """Text of several lines."""
    options = _options(label, "multiline", required, told)
    options["metadata"]["multiline"] = True
    return Line(longest, **options)


def code(label: str, table: str, *, required: bool = True, **told: Any) -> fields.String:
    """A code of a reference table."""
    options = _options(label, "code", required, told | {"table": table})
    options["metadata"]["description"] = f"code of /codes {table}"
    return fields.String(validate=lambda value: value in tables()[table] or _refuse("请从列表中选择。"), **options)


def region(label: str = "所在地区", *, required: bool = True, **told: Any) -> fields.String:
    """A six-digit region on today's map."""
    options = _options(label, "region", required, told | {"table": "region"})
    options["metadata"]["description"] = "GB/T 2260, six digits"
    return fields.String(validate=lambda value: regions.is_place(value) or _refuse("请选择到区县。"), **options)


def money(label: str, *, required: bool = False, **told: Any) -> fields.Integer:
    """Money in cents."""
    options = _options(label, "money", required, {"unit": " 元"} | told)
    options["metadata"]["description"] = "cents (分)"
    return fields.Integer(strict=True, validate=validate.Range(min=0, max=MAX_CENTS, error="金额超出范围。"), **options)


def count(label: str, *, least: int, most: int, error: str, required: bool = False, **told: Any) -> fields.Integer:
    """A small whole number."""
    options = _options(label, "integer", required, told)
    return fields.Integer(strict=True, validate=validate.Range(min=least, max=most, error=error), **options)


def day(label: str, *, required: bool = False, **told: Any) -> fields.Date:
    """A date."""
    options = _options(label, "date", required, told)
    options["error_messages"] = REQUIRED | {"invalid": "日期格式不正确。"}
    return fields.Date(**options)


def yes_no(label: str, *, required: bool = True, **told: Any) -> fields.Boolean:
    """是 or 否."""
    return fields.Boolean(truthy={True}, falsy={False}, **_options(label, "switch", required, told))


def mobile(label: str, *, required: bool = True, **told: Any) -> fields.String:
    """A mainland mobile number."""
    options = _options(label, "phone", required, told)
    return fields.String(validate=validate.Regexp(MOBILE, error="手机号码不正确。"), **options)


def landline(label: str, *, required: bool = False, **told: Any) -> fields.String:
    """A landline with area code."""
    rule = validate.Regexp(LANDLINE, error="固定电话请写成 区号-号码，可加分机。")
    return fields.String(validate=rule, **_options(label, "phone", required, told))


def phone(label: str, *, required: bool = True, **told: Any) -> fields.String:
    """A mobile or a landline."""
    return fields.String(validate=check_phone, **_options(label, "phone", required, told))


def phone_abroad(label: str, *, required: bool = True, **told: Any) -> fields.String:
    """A telephone number outside the mainland, with country code."""
    options = _options(label, "phone", required, {"placeholder": "带国家或地区代码，例如 +44 20 7946 0018"} | told)
    rule = validate.Regexp(ABROAD, error="电话号码不正确，请带上国家或地区代码。")
    return fields.String(validate=rule, **options)


def web_address(label: str = "网址", *, required: bool = True, **told: Any) -> Line:
    """An address on the web."""
    field = line(label, 300, required=required, **{"placeholder": "https://", "hint": "打开店铺后复制网址"} | told)
    field.validators.append(validate.Regexp(WEB, error="网址不正确，请从浏览器或店铺里复制，以 http 开头。"))
    return field


def chinese(label: str, longest: int, *, required: bool = True, **told: Any) -> Line:
    """A name in Chinese: one Chinese character at least."""
    field = line(label, longest, required=required, **told)
    field.validators.append(validate.Regexp(re.compile(f".*{CHINESE.pattern}"), error="这里请写中文名称。"))
    return field


def email(label: str, *, required: bool = False, **told: Any) -> fields.Email:
    """An e-mail address."""
    options = _options(label, "email", required, told)
    options["error_messages"] = REQUIRED | {"invalid": "邮箱格式不正确。"}
    return fields.Email(validate=validate.Length(max=100, error="最多 {max} 个字。"), **options)


def postcode(label: str = "邮编", *, required: bool = False, **told: Any) -> fields.String:
    """Six digits."""
    options = _options(label, "postcode", required, told)
    return fields.String(validate=validate.Regexp(POSTCODE, error="邮编是 6 位数字。"), **options)


def credit_code(label: str = "统一社会信用代码", *, required: bool = True, **told: Any) -> fields.String:
    """统一社会信用代码 with its check digit (GB 32100-2015)."""
    options = _options(label, "credit_code", required, {"checked": "校验位"} | told)
    return fields.String(validate=check_credit_code, **options)


def _refuse(sentence: str) -> bool:
    raise ValidationError(sentence)


def check_credit_code(value: str) -> bool:
    """统一社会信用代码 with its check digit (GB 32100-2015)."""
    return bool(uscc.is_valid(value)) or _refuse("统一社会信用代码不正确，请核对 18 位字符。")


def check_phone(value: str) -> bool:
    """A mainland mobile or a landline with area code."""
    return is_phone(value) or _refuse("电话号码不正确，座机请写成 区号-号码。")
