"""Bodies and queries of the signing story: what comes in."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, post_load, validate, validates_schema
from marshmallow.exceptions import ValidationError

from app.schemas.inputs import Line
from app.schemas.terms import AgreementTerms


class Strict(Schema):
    """Unknown fields are refused."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE


PIN = validate.Regexp(r"^[0-9]{6}$", error="操作码是 6 位数字。")


class PageQuery(Strict):
    """Which page of a list."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100, error="limit 应在 1 到 100 之间。"))
    after = fields.String(load_default=None, validate=validate.Length(max=200))


class InvitationQuery(PageQuery):
    """Which invitations: a group by standing."""

    group = fields.String(
        load_default="all", validate=validate.OneOf(["all", "open", "waiting", "review", "signed", "ended"])
    )


class QueueQuery(PageQuery):
    """Which filings of the desk."""

    kind = fields.String(load_default=None, validate=validate.Length(max=40))
    college = fields.Integer(load_default=None)
    q = Line(40, load_default=None, allow_none=True)
    decided = fields.String(load_default=None, validate=validate.OneOf(["mine"]))
    overdue = fields.String(
        load_default=None,
        validate=validate.OneOf(["mine", "below"]),
        metadata={"description": "已超期: at one's own desk, or lying at the level before so that it may be taken up"},
    )
    sort = fields.String(load_default="oldest", validate=validate.OneOf(["oldest", "newest"]))
    flagged = fields.Boolean(load_default=False, metadata={"description": "只看有疑点: with warnings or likeness only"})


class Accept(Strict):
    """接受: the PIN and the hash of the text that was shown."""

    pin = fields.String(required=True, validate=PIN)
    terms_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$", error="协议版本无效。"))


class TakeBack(Strict):
    """撤回应约."""

    pin = fields.String(required=True, validate=PIN)


class Why(Strict):
    """An optional reason."""

    reason = Line(200, load_default=None, allow_none=True)


class Reject(Strict):
    """不通过 with its reason."""

    reason = Line(200, required=True)


class Empty(Strict):
    """An act that needs no further words."""


class Lookup(Strict):
    """Find one graduate: exact name and ID number, or the card the graduate shows."""

    name = Line(50, load_default=None, allow_none=True)
    id_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30))
    card = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=2000))

    @validates_schema
    def one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Either the card, or both of the others."""
        if not data.get("card") and not (data.get("name") and data.get("id_number")):
            raise ValidationError({"id_number": ["请填写姓名和身份证号，或扫描毕业生的名片。"]})

    @post_load
    def tidy(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """ID numbers end in a capital X."""
        if data.get("id_number"):
            data["id_number"] = data["id_number"].strip().upper()
        return data


class EmployerQuery(Strict):
    """Which employer: the first four characters of its name or more, or its whole credit code."""

    q = fields.String(required=True, validate=validate.Length(4, 100, error="请至少输入单位名称的前四个字。"))


class Preview(Strict):
    """See the text before sending: to somebody just found, or instead of an invitation already sent."""

    graduate_ref = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=2000))
    invitation_id = fields.UUID(load_default=None, allow_none=True)
    terms = fields.Nested(AgreementTerms, required=True)

    @validates_schema
    def one_graduate(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Exactly one of the two says whom it is for."""
        if (data.get("graduate_ref") is None) == (data.get("invitation_id") is None):
            raise ValidationError({"graduate_ref": ["请先查找毕业生，或选择要修改的邀请。"]})


class Send(Strict):
    """发起签约邀请."""

    graduate_ref = fields.String(required=True, validate=validate.Length(max=2000))
    terms = fields.Nested(AgreementTerms, required=True)
    respond_on = fields.Date(
        required=True, error_messages={"required": "请选择应约截止日期。", "invalid": "日期格式不正确。"}
    )


class Extend(Strict):
    """A later last day."""

    respond_on = fields.Date(
        required=True, error_messages={"required": "请选择应约截止日期。", "invalid": "日期格式不正确。"}
    )


class Replace(Extend):
    """撤回 and send anew with other terms."""

    terms = fields.Nested(AgreementTerms, required=True)


class CheckToken(Strict):
    """What the QR code of an agreement holds."""

    token = fields.String(required=True, validate=validate.Length(min=20, max=2000))
