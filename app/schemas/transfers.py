"""档案信息登记 and 户口信息登记 (guide, chapters 5 and 6): their forms, what fills them and what may not be in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validate

from app.codes.directory import Office
from app.schemas import inputs
from app.schemas.form import Form, Section
from app.schemas.receivers import HOME, RECEIVED

LOCKED = ("region", "address")
"""What the directory filled in is not the graduate's to change (docs/rules.md, 档案与户口)."""

_NUMBERED = re.compile(r"[0-9０-９]|[一二三四五六七八九十百]+[号楼层栋幢]|[村院局站所]|大[楼厦]|中心|广场")
"""Signs of an address that a postman can find: a number, or a named building or village."""
_FAMILY = re.compile(
    "本人|自己|自取|父亲|母亲|爸爸|妈妈|父母|家长|家人|家属|亲属|亲戚|亲友|丈夫|妻子|配偶|"
    "哥哥|姐姐|弟弟|妹妹|爷爷|奶奶|外公|外婆|叔叔|伯伯|舅舅|阿姨|姑姑"
)
_ROOM = re.compile(r"[0-9０-９一二三四五六七八九十]+ *[号室栋幢]$|单元$|小区$")


def _with_number(value: str) -> bool:
    if _NUMBERED.search(value):
        return True
    raise ValidationError("地址请写到门牌号，例如 解放路 100 号；写不全会被退回。")


def _address(label: str, hint: str) -> inputs.Line:
    field = inputs.line(label, 200, placeholder="街道、门牌号、楼层房间", hint=hint)
    field.validators.append(_with_number)
    return field


def _full_name(label: str) -> inputs.Line:
    field = inputs.line(label, 100, hint="写全称；能保管人事档案的单位或机构")
    field.validators.append(validate.Length(min=4, error="请写接收单位的全称。"))
    return field


class ArchiveForm(Form):
    """档案信息. 暂不确定 is no answer here."""

    SECTIONS = (
        Section(
            "receiver",
            "档案接收",
            ("transfer", "receiver_name", "region", "address", "postcode", "contact", "phone"),
            "档案只走机要或 EMS，不能自己携带。",
        ),
    )

    transfer = inputs.code("档案转递类型", "transfer_settled")
    receiver_name = _full_name("档案接收单位名称")
    region = inputs.region("接收单位所在地区")
    address = _address("档案接收单位地址", "写到门牌号，地址不全档案会被退回")
    postcode = inputs.postcode("档案接收单位邮编")
    contact = inputs.line("档案接收部门或联系人", 30, placeholder="例如 档案室", hint="不能是毕业生本人或家人")
    phone = inputs.phone("联系电话", hint="接收单位的电话")


class HukouForm(Form):
    """户口信息."""

    SECTIONS = (Section("receiver", "户口迁移", ("transfer", "region", "address")),)

    transfer = inputs.code("户口迁移类型", "transfer_settled")
    region = inputs.region("迁往地区")
    address = _address("户口迁移地址", "单位集体户写户籍所在派出所或单位地址；转回生源地写家庭户籍地址")


def of_origin(office: Office) -> dict[str, Any]:
    """转回生源地: what the directory says, to be completed by the graduate."""
    return {
        "transfer": HOME,
        "receiver_name": office.name,
        "region": office.place or None,
        "address": office.address or None,
        "postcode": office.postcode or None,
        "contact": None,
        "phone": office.phone or None,
    }


def locked_fields(values: Mapping[str, Any], office: Office | None) -> tuple[str, ...]:
    """The fields of an archive form that the graduate may not change."""
    return LOCKED if values.get("transfer") == HOME and office is not None and office.address else ()


def lock_problems(values: Mapping[str, Any], office: Office | None) -> list[dict[str, str]]:
    """``{pointer, detail}`` of each locked field that differs from the directory."""
    if office is None:
        return []
    told = of_origin(office)
    return [
        {
            "pointer": f"/{name}",
            "detail": "转回生源地的地址由目录带出，不能改。地址有误请联系学校，或换一种转递类型。",
        }
        for name in locked_fields(values, office)
        if values.get(name) != told[name]
    ]


def receiver_problems(
    values: Mapping[str, Any], graduate_name: str, own_phone: str | None, at: str = ""
) -> list[dict[str, str]]:
    """``{pointer, detail}`` where the receiver is the graduate, family or a flat (docs/rules.md, 档案与户口).

    ``values``: an archive form, or with ``at="/archive_receiver"`` that part of an agreement or a destination.
    """
    name_key = "receiver_name" if "receiver_name" in values else "name"
    receiver, contact = str(values.get(name_key) or ""), str(values.get("contact") or "")
    found: dict[str, str] = {}
    if _is(receiver, graduate_name) or _FAMILY.fullmatch(receiver):
        found[name_key] = "档案不能由本人或家人接收，请写能保管档案的单位或机构。"
    elif _ROOM.search(receiver):
        found[name_key] = "这里像是住址，请写接收单位的全称。"
    if graduate_name in re.split(r"[^\w·]+", contact) or _is(contact, graduate_name) or _FAMILY.search(contact):
        found["contact"] = "接收人不能是本人或家人，请写接收单位的部门或工作人员。"
    if own_phone and _digits(values.get("phone")) == _digits(own_phone):
        found["phone"] = "这是毕业生本人的手机号，请写接收单位的电话。"
    return [{"pointer": f"{at}/{key}", "detail": sentence} for key, sentence in found.items()]


def _is(text: str, name: str) -> bool:
    return re.sub(r"\s", "", text) == re.sub(r"\s", "", name)


def _digits(phone: object) -> str:
    return re.sub(r"[^0-9]", "", str(phone or "")).removeprefix("86")


def archive_of(form: Mapping[str, Any], office: Office | None) -> dict[str, Any] | None:
    """The archive data that an agreement or a destination brings along; None where it says nothing.

    ``office`` is the directory's answer for the graduate's 生源地; 转回生源地 takes its receiver from there alone.
    """
    transfer, receiver = form.get("archive_transfer"), form.get("archive_receiver")
    if transfer == HOME:
        return of_origin(office) if office is not None else None
    if transfer not in RECEIVED or not receiver:
        return None
    return {
        "transfer": transfer,
        "receiver_name": receiver["name"],
        "region": receiver.get("region"),
        **{name: receiver.get(name) for name in ("address", "postcode", "contact", "phone")},
    }


def hukou_of(form: Mapping[str, Any]) -> dict[str, Any] | None:
    """The hukou data that an agreement or a destination brings along; None where no address is given."""
    if form.get("hukou_transfer") not in RECEIVED or not form.get("hukou_address"):
        return None
    return {"transfer": form["hukou_transfer"], "region": None, "address": form["hukou_address"]}
