"""Log-in, sessions and a graduate's own data: what comes in and what goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

ROLES = ["graduate", "employer", "counsellor", "college", "school"]
REQUIRED: dict[str, Any] = {"required": "必须填写。", "null": "必须填写。", "invalid": "格式不正确。"}


class LogIn(Schema):
    """Account and password of an employer or of staff."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    login = fields.String(
        required=True, error_messages=REQUIRED, validate=validate.Length(1, 64, error="账号最多 64 个字符。")
    )
    password = fields.String(
        required=True,
        error_messages=REQUIRED,
        validate=validate.Length(1, 128, error="密码最多 128 个字符。"),
        load_only=True,
    )


class Confirm(Schema):
    """The graduate finds the base data right; the PIN is set here at first entry."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    pin = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[0-9]{6}\Z", error="操作码应为 6 位数字。"),
        metadata={"description": "six digits; required while none is set"},
    )


class EmployerName(Schema):
    """An employer by name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class SchoolName(Schema):
    """A school by name."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class CollegeName(Schema):
    """A college by name."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class AccountOut(Schema):
    """Who is logged in, in which role, for whom."""

    id = fields.UUID(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    name = fields.String(required=True)
    title = fields.String()
    employer = fields.Nested(EmployerName)
    school = fields.Nested(SchoolName)
    college = fields.Nested(CollegeName)


class SessionOut(Schema):
    """An access token for the memory of the page; the refresh token is in a cookie no script can read."""

    access_token = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
    account = fields.Nested(AccountOut, required=True)


class Contact(Schema):
    """Whom a graduate calls."""

    office = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String()
    hours = fields.String()


class SchoolOut(SchoolName):
    """A school with its employment office."""

    contact = fields.Nested(Contact, required=True)


class SchoolList(Schema):
    """All schools of this installation."""

    items = fields.List(fields.Nested(SchoolOut), required=True)


class BaseField(Schema):
    """One of the twenty base fields (基本信息)."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    value = fields.String(required=True, allow_none=True, metadata={"description": "null is shown as 「--」"})
    corrected_by = fields.String(required=True, validate=validate.OneOf(["school", "graduate"]))


class BaseData(Schema):
    """The base data and where they stand."""

    state = fields.String(required=True, validate=validate.OneOf(["uploaded", "confirmed", "changed", "deleted"]))
    fields_ = fields.List(fields.Nested(BaseField), required=True, data_key="fields")


class WeChatStanding(Schema):
    """Whether pushes can reach the graduate."""

    bound = fields.Boolean(required=True)
    following = fields.Boolean(required=True)
    bound_at = fields.DateTime(required=True, allow_none=True)


class BindingCode(Schema):
    """A code that binds the WeChat of who scans it, once phone and signed-in page agree; good once, for minutes."""

    id = fields.UUID(required=True)
    url = fields.Url(required=True, metadata={"description": "to be drawn as a QR code"})
    expires_at = fields.DateTime(required=True)


class BindingStanding(Schema):
    """How far a binding code has come."""

    state = fields.String(
        required=True,
        validate=validate.OneOf(["waiting", "scanned", "confirmed", "bound", "refused", "expired"]),
        metadata={"description": "confirmed: the phone agreed and shows the number"},
    )
    expires_at = fields.DateTime(required=True)


class BindingNumber(Schema):
    """What the phone shows, typed on the signed-in page."""

    number = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{2}\Z", error="应为手机上显示的两位数字。"))


class BindingAsked(Schema):
    """What a scanned code binds, as its scanner is shown it."""

    state = fields.String(required=True, validate=validate.OneOf(["scanned", "confirmed", "bound"]))
    number = fields.String(
        required=True, allow_none=True, metadata={"description": "to be typed on the signed-in page; once confirmed"}
    )
    name = fields.String(required=True, metadata={"description": "masked: 林*夏"})
    school = fields.String(required=True)
    student_no_tail = fields.String(required=True, metadata={"description": "the last four characters of 学号"})
    asked_at = fields.DateTime(required=True)
    obstacle = fields.String(
        required=True, allow_none=True, metadata={"description": "why it cannot be confirmed, in a sentence"}
    )


class Me(Schema):
    """A graduate's own data."""

    name = fields.String(required=True)
    school = fields.Nested(SchoolOut, required=True)
    base = fields.Nested(BaseData, required=True)
    pin_set = fields.Boolean(required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    wechat = fields.Nested(WeChatStanding, required=True)


class NameCard(Schema):
    """A card for recruiters, good for minutes."""

    card = fields.String(required=True)
    url = fields.Url(required=True)
    expires_at = fields.DateTime(required=True)
