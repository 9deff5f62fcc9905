"""The agreement form (协议表单): its fields, their limits and how they depend on each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema
from stdnum.cn import uscc

from app.codes import regions
from app.codes.tables import tables

RECEIVED = ("1", "2", "3")
"""档案转递 and 户口迁移 types in which somebody receives, so that the receiver must be named."""
MOBILE = re.compile(r"^1[3-9]\d{9}$")
LANDLINE = re.compile(r"^0\d{2,3}-?\d{7,8}(-\d{1,6})?$")
MAX_CENTS = 100_000_000_00
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
REQUIRED: dict[str, Any] = {"required": "必须填写。", "null": "必须填写。", "invalid": "格式不正确。"}


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


def code(table: str) -> fields.String:
    """A code of a reference table."""
    return fields.String(
        required=True,
        error_messages=REQUIRED,
        validate=lambda value: value in tables()[table] or _refuse("请从列表中选择。"),
        metadata={"description": f"code of /codes {table}"},
    )


def region(**options: Any) -> fields.String:
    """A six-digit region on today's map."""
    return fields.String(
        error_messages=REQUIRED,
        validate=lambda value: regions.is_place(value) or _refuse("请选择到区县。"),
        metadata={"description": "GB/T 2260, six digits"},
        **options,
    )


def cents(**options: Any) -> fields.Integer:
    """Money in cents."""
    return fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        error_messages=REQUIRED,
        validate=validate.Range(min=0, max=MAX_CENTS, error="金额超出范围。"),
        metadata={"description": "cents (分)"},
        **options,
    )


def _refuse(sentence: str) -> bool:
    raise ValidationError(sentence)


def check_credit_code(value: str) -> bool:
    """统一社会信用代码 with its check digit (GB 32100-2015)."""
    return bool(uscc.is_valid(value)) or _refuse("统一社会信用代码不正确，请核对 18 位字符。")


def check_phone(value: str) -> bool:
    """A mainland mobile or a landline with area code."""
    return bool(MOBILE.match(value) or LANDLINE.match(value)) or _refuse("电话号码不正确，座机请写成 区号-号码。")


class ArchiveReceiver(Schema):
    """档案接收单位."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    name = Line(100, required=True)
    address = Line(200, required=True)
    postcode = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"^\d{6}$", error="邮编是 6 位数字。")
    )
    contact = Line(30, required=True)
    phone = fields.String(required=True, error_messages=REQUIRED, validate=check_phone)


class AgreementTerms(Schema):
    """协议表单 (guide, chapter 4.1 and 4.3). Money in cents, dates ISO, codes as strings."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    employer_name = Line(100, required=True)
    credit_code = fields.String(required=True, error_messages=REQUIRED, validate=check_credit_code)
    nature = code("unit_nature")
    industry = code("industry")
    region = region(required=True)
    address = Line(200, required=True)
    position_category = code("position_category")
    position = Line(50, required=True)
    contact_name = Line(30, required=True)
    contact_landline = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(LANDLINE, error="固定电话请写成 区号-号码，可加分机。"),
    )
    contact_mobile = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(MOBILE, error="手机号码不正确。")
    )
    contact_email = fields.Email(
        load_default=None,
        allow_none=True,
        error_messages={"invalid": "邮箱格式不正确。"},
        validate=validate.Length(max=100, error="最多 {max} 个字。"),
    )
    probation_months = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=6, error="试用期不得超过 6 个月（劳动合同法第十九条）。"),
        error_messages=REQUIRED,
    )
    probation_pay_cents = cents()
    regular_pay_cents = cents()
    penalty_cents = cents()
    report_place = Line(100, load_default=None, allow_none=True)
    report_on = fields.Date(load_default=None, allow_none=True, error_messages={"invalid": "日期格式不正确。"})
    work_place = Line(100, load_default=None, allow_none=True)
    archive_transfer = code("transfer")
    archive_receiver = fields.Nested(ArchiveReceiver, load_default=None, allow_none=True)
    hukou_transfer = code("transfer")
    hukou_address = Line(200, load_default=None, allow_none=True)
    supplement = Line(1000, load_default=None, allow_none=True, metadata={"multiline": True})

    @pre_load
    def blank_is_null(self, data: Any, **kwargs: Any) -> Any:
        """Forms send empty strings for what was left out."""
        if not isinstance(data, Mapping):
            return data
        return {name: None if isinstance(value, str) and not value.strip() else value for name, value in data.items()}

    @validates_schema
    def check_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        """One phone at least; a receiver where somebody receives; probation pay of 80 % (劳动合同法第二十条)."""
        wrong: dict[str, list[str]] = {}
        if not data.get("contact_mobile") and not data.get("contact_landline"):
            wrong["contact_mobile"] = ["手机和固定电话至少填一个。"]
        if data.get("archive_transfer") in RECEIVED and not data.get("archive_receiver"):
            wrong["archive_receiver"] = ["请填写档案接收单位、地址和联系人。"]
        if data.get("hukou_transfer") in RECEIVED and not data.get("hukou_address"):
            wrong["hukou_address"] = ["请填写户口迁移地址。"]
        probation, regular = data.get("probation_pay_cents"), data.get("regular_pay_cents")
        if probation is not None and regular is not None and probation * 10 < regular * 8:
            wrong["probation_pay_cents"] = ["试用期工资不得低于转正工资的 80%（劳动合同法第二十条）。"]
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def as_stored(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Plain JSON values; what does not apply is dropped, so that no hidden field stays behind."""
        if data["archive_transfer"] not in RECEIVED:
            data["archive_receiver"] = None
        if data["hukou_transfer"] not in RECEIVED:
            data["hukou_address"] = None
        if data["report_on"] is not None:
            data["report_on"] = data["report_on"].isoformat()
        return data
