"""Who asks, proved by TC3-HMAC-SHA256 (签名方法 v3), written from the provider's rules.

Written apart from the library that the product signs with, so that one checks the other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.sms.refusals import Refusal

ALGORITHM = "TC3-HMAC-SHA256"
SERVICE = "sms"
MOST_SECONDS_APART = 300
MUST_BE_SIGNED = {"content-type", "host"}
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<id>[^/,\s]+)/(?P<date>\d{{4}}-\d\d-\d\d)/(?P<service>[a-z]+)/tc3_request, ?"
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it was signed; header names in lower case."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def verify(request: Signed, secret_id: str, secret_key: str, now: float) -> None:
    """Raises Refusal unless the request was signed with this key within five minutes of ``now`` (seconds)."""
    given = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    stamp = request.headers.get("x-tc-timestamp", "")
    if given is None or given["service"] != SERVICE:
        raise Refusal("AuthFailure.InvalidAuthorization")
    if not re.fullmatch(r"\d{1,12}", stamp):
        raise Refusal("MissingParameter", "The request is missing a required parameter `Timestamp`.")
    if abs(now - int(stamp)) > MOST_SECONDS_APART:
        raise Refusal("AuthFailure.SignatureExpire")
    if not hmac.compare_digest(given["id"].encode(), secret_id.encode()):
        raise Refusal("AuthFailure.SecretIdNotFound")
    signed = given["signed"].split(";")
    if not set(signed) >= MUST_BE_SIGNED or signed != sorted(signed):
        raise Refusal("AuthFailure.InvalidAuthorization")
    if given["date"] != f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}":
        raise Refusal("AuthFailure.SignatureFailure")
    expected = _signature(request, secret_key, stamp, given["date"], signed)
    if not hmac.compare_digest(expected, given["signature"]):
        raise Refusal("AuthFailure.SignatureFailure")


def _signature(request: Signed, secret_key: str, stamp: str, date: str, signed: list[str]) -> str:
    headers = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in signed)
    payload = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((request.method, "/", request.query, headers, ";".join(signed), payload))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, stamp, f"{date}/{SERVICE}/tc3_request", digest))
    key = _mac(f"TC3{secret_key}".encode(), date)
    for part in (SERVICE, "tc3_request"):
        key = _mac(key, part)
    return _mac(key, text).hex()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
