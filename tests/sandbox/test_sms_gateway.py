"""SendSms through the provider's own library, and its delivery reports."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from sandbox.settings import DEVELOPMENT_SMS
from tests.sandbox.running import Sandbox, eventually

INVITATION = "sms-invitation_received"
SENTENCE = "【去向】远岸科技向你发来签约邀请，请在3月20日前到“去向”公众号答复。"


def client(sandbox: Sandbox, **changes: str) -> SmsClient:
    given = {"id": DEVELOPMENT_SMS["ID"], "key": DEVELOPMENT_SMS["KEY"], "region": "ap-guangzhou"} | changes
    http = HttpProfile(protocol="http", endpoint=urlsplit(sandbox.url).netloc, reqTimeout=5)
    profile = ClientProfile(httpProfile=http)
    return SmsClient(Credential(given["id"], given["key"]), given["region"], profile)


def order(*phones: str, **changes: Any) -> models.SendSmsRequest:
    request = models.SendSmsRequest()
    request.PhoneNumberSet = list(phones)
    request.SmsSdkAppId = DEVELOPMENT_SMS["APP"]
    request.SignName = "去向"
    request.TemplateId = INVITATION
    request.TemplateParamSet = ["远岸科技", "3月20日"]
    for name, value in changes.items():
        setattr(request, name, value)
    return request


def sent(sandbox: Sandbox, *phones: str, **changes: Any) -> list[Any]:
    return list(client(sandbox).SendSms(order(*phones, **changes)).SendStatusSet)


def code_of(sandbox: Sandbox, phone: str, **changes: Any) -> str:
    (status,) = sent(sandbox, phone, **changes)
    return str(status.Code)


def refusal(sandbox: Sandbox, who: SmsClient | None = None, **changes: Any) -> str:
    """The code that refuses the whole request."""
    with pytest.raises(TencentCloudSDKException) as caught:
        (who or client(sandbox)).SendSms(order(changes.pop("phone", "+8613800000000"), **changes))
    assert caught.value.get_request_id()
    return str(caught.value.get_code())


@pytest.fixture
def phone(sandbox: Sandbox) -> str:
    """A number that got nothing yet."""
    sandbox.control("DELETE", "/sms")
    return "+8613811112222"


class Reports:
    """The product's address for delivery reports; answers what it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, str]]] = []
        self.answers: list[tuple[int, bytes]] = []
        receiver = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/json"
                receiver.batches.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body = receiver.answers.pop(0) if receiver.answers else (200, b'{"result":0,"errmsg":"OK"}')
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def reports(sandbox: Sandbox) -> Iterator[Reports]:
    receiver = Reports()
    eventually(lambda: sandbox.control("GET", "/callbacks")["idle"])  # no report of an earlier test is on its way
    sandbox.set(sms_callback_url=f"http://127.0.0.1:{receiver.server.server_port}/sms", sms_report_delay=0.05)
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def test_a_message_is_accepted_filled_in_and_kept(sandbox: Sandbox, phone: str) -> None:
    (status,) = sent(sandbox, phone, SessionContext="outbox-7")
    assert (status.Code, status.Message, status.IsoCode) == ("Ok", "send success", "CN")
    assert (status.PhoneNumber, status.Fee, status.SessionContext) == (phone, 1, "outbox-7")
    (message,) = sandbox.control("GET", "/sms", phone=phone)["messages"]
    assert message["text"] == SENTENCE
    assert message["serial"] == status.SerialNo


def test_a_number_may_be_written_in_four_ways_and_is_answered_in_one(sandbox: Sandbox, phone: str) -> None:
    sandbox.set(sms_interval=0)
    for number in ("+8613811112222", "8613811112222", "008613811112222", "13811112222"):
        (status,) = sent(sandbox, number)
        assert (status.Code, status.PhoneNumber) == ("Ok", phone)


def test_a_long_text_is_charged_by_parts(sandbox: Sandbox, phone: str) -> None:
    (status,) = sent(sandbox, phone, TemplateParamSet=["某" * 60, "3月20日"])
    assert status.Fee == 2


def test_each_number_has_a_status_of_its_own(sandbox: Sandbox, phone: str) -> None:
    sandbox.set(sms_blacklist=["+8613900000000"])
    statuses = sent(sandbox, phone, "+8613900000000", "+8612345678901", "not a number")
    assert [status.Code for status in statuses] == [
        "Ok",
        "FailedOperation.PhoneNumberInBlacklist",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "InvalidParameterValue.IncorrectPhoneNumber",
    ]
    assert [bool(status.SerialNo) for status in statuses] == [True, False, False, False]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SmsSdkAppId": "1400000000"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"SignName": ""}, "FailedOperation.MissingSignature"),
        ({"SignName": "别家"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "1110"}, "FailedOperation.TemplateUnapprovedOrNotExist"),
        ({"TemplateParamSet": ["一"]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        (
            {"TemplateParamSet": ["见 https://x.cn/a", "今天"]},
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        ),
        ({"TemplateParamSet": ["长" * 500, "今天"]}, "InvalidParameterValue.ContentLengthLimit"),
    ],
)
def test_what_is_not_approved_is_told_by_code(sandbox: Sandbox, phone: str, changes: dict[str, Any], code: str) -> None:
    assert code_of(sandbox, phone, **changes) == code
    assert sandbox.control("GET", "/sms")["refused"] == {code: 1}


def test_numbers_elsewhere_cannot_be_reached_with_our_templates(sandbox: Sandbox, phone: str) -> None:
    assert code_of(sandbox, "+85291234567") == "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"
    mixed = sent(sandbox, phone, "+85291234567")
    assert {s.Code for s in mixed} == {"UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": ["+8613800000000"] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"TemplateId": None}, "MissingParameter"),
        ({"TemplateParamSet": [1, 2]}, "InvalidParameter"),
        ({"SessionContext": "x" * 512}, "InvalidParameterValue"),
    ],
)
def test_a_request_of_wrong_shape_is_refused_whole(sandbox: Sandbox, changes: dict[str, Any], code: str) -> None:
    assert refusal(sandbox, **changes) == code


def test_only_the_owner_of_the_key_is_served(sandbox: Sandbox) -> None:
    assert refusal(sandbox, client(sandbox, id="AKIDsomebodyelse")) == "AuthFailure.SecretIdNotFound"
    assert refusal(sandbox, client(sandbox, key="not the key")) == "AuthFailure.SignatureFailure"
    assert refusal(sandbox, client(sandbox, region="us-east-1")) == "UnsupportedRegion"


def signed_headers(sandbox: Sandbox, body: bytes, at: float, **changes: str) -> dict[str, str]:
    """A signature of our own, so that single parts of it can be made wrong."""
    host, stamp, date = urlsplit(sandbox.url).netloc, str(int(at)), f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    given = {"date": date, "service": "sms", "names": "content-type;host"} | changes
    lines = f"content-type:application/json\nhost:{host}\n"
    canonical = f"POST\n/\n\n{lines}\n{given['names']}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{given['date']}/{given['service']}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{DEVELOPMENT_SMS['KEY']}".encode()
    for part in (given["date"], given["service"], "tc3_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = f"Credential={DEVELOPMENT_SMS['ID']}/{scope}"
    return {
        "Content-Type": "application/json",
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": stamp,
        "Authorization": f"TC3-HMAC-SHA256 {credential}, SignedHeaders={given['names']}, Signature={key.hex()}",
    }


def posted(sandbox: Sandbox, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    answer = sandbox.http.post(f"{sandbox.url}/", data=body, headers=headers, timeout=5)
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()["Response"]
    assert said["RequestId"]
    return said


def test_a_signature_is_good_for_five_minutes_and_for_one_body(sandbox: Sandbox) -> None:
    body, now = b'{"PhoneNumberSet":["+8613800000000"],"SmsSdkAppId":"1400006666","TemplateId":"x"}', time.time()
    assert "SendStatusSet" in posted(sandbox, body, signed_headers(sandbox, body, now))
    for at in (now - 310, now + 310):
        said = posted(sandbox, body, signed_headers(sandbox, body, at))
        assert said["Error"]["Code"] == "AuthFailure.SignatureExpire"
    tampered = posted(sandbox, body + b" ", signed_headers(sandbox, body, now))
    assert tampered["Error"]["Code"] == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"X-TC-Action": "SendEmail"}, "InvalidAction"),
        ({"X-TC-Action": ""}, "MissingParameter"),
        ({"X-TC-Version": "2019-07-11"}, "NoSuchVersion"),
        ({"X-TC-Timestamp": "now"}, "MissingParameter"),
        ({"Authorization": "Bearer x"}, "AuthFailure.InvalidAuthorization"),
        ({"Content-Type": "text/plain"}, "AuthFailure.SignatureFailure"),
    ],
)
def test_each_header_counts(sandbox: Sandbox, changes: dict[str, str], code: str) -> None:
    headers = signed_headers(sandbox, b"{}", time.time()) | changes
    assert posted(sandbox, b"{}", headers)["Error"]["Code"] == code


@pytest.mark.parametrize(
    "changes", [{"date": "2020-01-01"}, {"service": "cvm"}, {"names": "content-type"}, {"names": "host;content-type"}]
)
def test_a_signature_for_something_else_is_none(sandbox: Sandbox, changes: dict[str, str]) -> None:
    headers = signed_headers(sandbox, b"{}", time.time(), **changes)
    assert posted(sandbox, b"{}", headers)["Error"]["Code"].startswith("AuthFailure.")


def test_one_number_gets_only_so_many(sandbox: Sandbox, phone: str) -> None:
    assert code_of(sandbox, phone) == "Ok"
    assert code_of(sandbox, phone) == "LimitExceeded.PhoneNumberThirtySecondLimit"
    sandbox.set(sms_interval=0, sms_hourly_limit=3)
    assert [code_of(sandbox, phone) for _ in range(3)] == ["Ok", "Ok", "LimitExceeded.PhoneNumberOneHourLimit"]
    sandbox.set(sms_hourly_limit=0, sms_daily_limit=4)
    now = sandbox.control("GET", "/state")["now"]
    if (now + 8 * 3600) % 86400 < 82800:  # an hour later is the same day
        sandbox.control("POST", "/clock/advance", {"seconds": 3600})
        assert [code_of(sandbox, phone) for _ in range(2)] == ["Ok", "LimitExceeded.PhoneNumberDailyLimit"]
    sandbox.control("POST", "/clock/advance", {"seconds": 86400})
    assert code_of(sandbox, phone) == "Ok"


def test_faults_are_ordered_for_a_number_or_for_the_request(sandbox: Sandbox, phone: str) -> None:
    rule = {"path": "sms", "to": phone, "times": 1}
    sandbox.control("POST", "/faults", rule | {"code": "LimitExceeded.AppDailyLimit"})
    statuses = sent(sandbox, phone, "+8613911112222")
    assert [status.Code for status in statuses] == ["LimitExceeded.AppDailyLimit", "Ok"]
    sandbox.control("POST", "/faults", rule | {"code": "InternalError.Timeout"})
    assert refusal(sandbox, phone=phone) == "InternalError.Timeout"
    sandbox.control("POST", "/faults", rule | {"reset": True, "after": True})
    with pytest.raises(TencentCloudSDKException):
        client(sandbox).SendSms(order(phone))
    assert len(sandbox.control("GET", "/sms", phone=phone)["messages"]) == 1
    sandbox.control("POST", "/faults", rule | {"http_status": 502})
    with pytest.raises(TencentCloudSDKException):
        client(sandbox).SendSms(order("13811112222"))


def test_what_became_of_a_message_is_reported(sandbox: Sandbox, phone: str, reports: Reports) -> None:
    (status,) = sent(sandbox, phone, SessionContext="outbox-8")
    ((report,),) = eventually(lambda: reports.batches)
    assert report["sid"] == status.SerialNo
    assert (report["nationcode"], report["mobile"], report["ext"]) == ("86", "13811112222", "outbox-8")
    assert (report["report_status"], report["errmsg"]) == ("SUCCESS", "DELIVRD")
    assert datetime.strptime(report["user_receive_time"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - as the provider says it
    (message,) = sandbox.control("GET", "/sms", phone=phone)["messages"]
    assert [r["status"] for r in message["reports"]] == ["SUCCESS"]


def test_a_report_can_fail_come_twice_or_never(sandbox: Sandbox, reports: Reports) -> None:
    sandbox.control("DELETE", "/sms")
    failing, twice, never = "+8613711110001", "+8613711110002", "+8613711110003"
    sandbox.control("POST", "/faults", {"path": "sms", "to": failing, "status": "MK:0001"})
    sandbox.control("POST", "/faults", {"path": "sms", "to": twice, "receipt": "double"})
    sandbox.control("POST", "/faults", {"path": "sms", "to": never, "receipt": "missing"})
    sent(sandbox, failing, twice, never)
    found = eventually(
        lambda: [r for batch in reports.batches for r in batch] if sum(map(len, reports.batches)) >= 3 else []
    )
    outcomes = sorted((r["mobile"], r["report_status"], r["errmsg"]) for r in found)
    assert outcomes == [
        ("13711110001", "FAIL", "MK:0001"),
        ("13711110002", "SUCCESS", "DELIVRD"),
        ("13711110002", "SUCCESS", "DELIVRD"),
    ]


def test_a_report_that_is_not_taken_is_pushed_three_times(sandbox: Sandbox, phone: str, reports: Reports) -> None:
    before = sandbox.control("GET", "/sms")["reports"]
    reports.answers = [(500, b""), (200, b'{"result":1,"errmsg":"busy"}')]
    sent(sandbox, phone)
    eventually(lambda: sandbox.control("GET", "/sms")["reports"]["answered"] == before["answered"] + 1)
    assert len(reports.batches) == 3
    assert reports.batches[0] == reports.batches[1] == reports.batches[2]
    reports.answers = [(500, b"")] * 3
    sent(sandbox, "+8613711110009")
    eventually(lambda: sandbox.control("GET", "/sms")["reports"]["given_up"] == before["given_up"] + 1)


def test_templates_can_be_added_and_have_places_without_gaps(sandbox: Sandbox, phone: str) -> None:
    sandbox.control("POST", "/sms/templates", {"id": "sms-code", "text": "验证码{1}"})
    assert code_of(sandbox, phone, TemplateId="sms-code", TemplateParamSet=["4370"]) == "Ok"
    known = {template["id"] for template in sandbox.control("GET", "/sms/templates")["templates"]}
    assert {"sms-invitation_received", "sms-invitation_expiring", "sms-review_result", "sms-code"} <= known
    bad = sandbox.http.post(f"{sandbox.url}/_sandbox/api/sms/templates", json={"id": "x", "text": "{2}"}, timeout=5)
    assert bad.json()["code"] == "bad_template"
