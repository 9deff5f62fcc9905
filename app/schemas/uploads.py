"""上传材料: what comes in beside the file, and what is answered."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.signing import Strict


class UploadQuery(Strict):
    """For whom an office uploads."""

    graduate_id = fields.UUID(load_default=None)


class Coded(Schema):
    """A stable code and its Chinese text."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class UploadPage(Schema):
    """What is shown: the picture, or a page of the PDF. Bytes and pixels."""

    size = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    href = fields.String(required=True)


class NearUpload(Schema):
    """相同或相似的材料 that another graduate handed in; without ids where the office may not see whose."""

    upload_id = fields.UUID(required=True, allow_none=True)
    filing_id = fields.UUID(required=True, allow_none=True)
    graduate = fields.String(required=True)
    same = fields.Boolean(required=True, metadata={"description": "the same file to the byte"})


class UploadOut(Schema):
    """An upload. ``size``, ``width`` and ``height`` are the original's; links are good until ``links_until``."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["image", "pdf"]))
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    warnings = fields.List(fields.Nested(Coded), required=True)
    scan = fields.Nested(Coded, required=True)
    submitted = fields.Boolean(required=True)
    created_at = fields.DateTime(required=True)
    thumb = fields.String(required=True)
    original = fields.String(required=True)
    pages = fields.List(fields.Nested(UploadPage), required=True)
    links_until = fields.DateTime(required=True)
    near = fields.List(fields.Nested(NearUpload), metadata={"description": "to offices only"})
