"""Where archive and hukou go (档案转递, 户口迁移), as part of another form: agreement or destination."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates_schema

from app.schemas import inputs
from app.schemas.form import Form, Section

RECEIVED = ("1", "2", "3")
"""档案转递 and 户口迁移 types in which somebody receives, so that the receiver must be named."""
HOME = "4"
"""转回生源地."""
UNCERTAIN = "9"
"""暂不确定: chosen at signing, to be settled before the whole is confirmed."""

TRANSFER_FIELDS = ("archive_transfer", "archive_receiver", "hukou_transfer", "hukou_address")


class ArchiveReceiver(Schema):
    """档案接收单位."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    name = inputs.line("档案接收单位", 100, placeholder="有人事档案管理权限的单位或机构")
    region = inputs.region("接收单位所在地区", required=False)
    address = inputs.line("接收地址", 200, placeholder="写到门牌号", hint="地址不全，档案会被退回")
    postcode = inputs.postcode()
    contact = inputs.line("接收部门或联系人", 30, hint="不能是毕业生本人或家人")
    phone = inputs.phone("联系电话")


class Receivers(Form):
    """The two receivers; a form that takes this in adds ``archive_transfer`` and ``hukou_transfer``."""

    archive_receiver = fields.Nested(
        ArchiveReceiver,
        load_default=None,
        allow_none=True,
        metadata={"label": "档案接收信息", "when": {"field": "archive_transfer", "in": list(RECEIVED)}},
    )
    hukou_address = inputs.line(
        "户口迁移地址", 200, required=False, when={"field": "hukou_transfer", "in": list(RECEIVED)}
    )

    @validates_schema
    def check_receivers(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A receiver where somebody receives."""
        wrong: dict[str, list[str]] = {}
        if data.get("archive_transfer") in RECEIVED and not data.get("archive_receiver"):
            wrong["archive_receiver"] = ["请填写档案接收单位、地址和联系人。"]
        if data.get("hukou_transfer") in RECEIVED and not data.get("hukou_address"):
            wrong["hukou_address"] = ["请填写户口迁移地址。"]
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def drop_idle_receivers(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """What does not apply is dropped, so that no hidden field stays behind."""
        if data.get("archive_transfer") not in RECEIVED:
            data["archive_receiver"] = None
        if data.get("hukou_transfer") not in RECEIVED:
            data["hukou_address"] = None
        return data


class OptionalTransfers(Receivers):
    """档案转递 and 户口迁移 in a form of employment: may be left for later, then the modules ask for them."""

    archive_transfer = inputs.code("档案转递类型", "transfer_settled", required=False, hint="没有定就不选，以后再登记")
    hukou_transfer = inputs.code(
        "户口迁移类型", "transfer_settled", required=False, hint="户口没有迁入学校的不用填；没有定就不选"
    )


TRANSFER_SECTION = Section(
    "transfer", "档案与户口", TRANSFER_FIELDS, "这一步可以空着，以后在「档案信息登记」「户口信息登记」里填。"
)
