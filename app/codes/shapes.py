"""How telephone numbers and postcodes are written in the mainland: ASCII digits, nothing before or behind."""

from __future__ import annotations

import re

MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
LANDLINE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,6})?\Z")
POSTCODE = re.compile(r"[0-9]{6}\Z")


def is_phone(value: str) -> bool:
    """A mobile, or a landline with area code."""
    return bool(MOBILE.match(value) or LANDLINE.match(value))
