"""The SMS provider's answers and what a sender does about each: exactly one behaviour a code (短信 API 错误码).

Codes of other calls (signatures, templates, statistics) and of numbers abroad, which we do not send to, have no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.notify.channels.reply import Behaviour

OK = "Ok"


@dataclass(frozen=True)
class Answer:
    """One row of the table: the code's meaning and what we do."""

    meaning: str
    behaviour: Behaviour


B = Behaviour
TABLE: Mapping[str, Answer] = {
    OK: Answer("accepted, not yet delivered", B.ACCEPTED),
    # It may have gone out all the same.
    "InternalError": Answer("internal error", B.UNANSWERED),
    "InternalError.Timeout": Answer("handing it to the operator took too long", B.UNANSWERED),
    "InternalError.SendAndRecvFail": Answer("time-out between their own services", B.UNANSWERED),
    "InternalError.ParseBackendResponseFail": Answer("the operator's answer could not be read", B.UNANSWERED),
    "InternalError.OtherError": Answer("another internal error", B.UNANSWERED),
    "InternalError.UnknownError": Answer("unknown internal error", B.UNANSWERED),
    # Not now.
    "RequestLimitExceeded": Answer("too many calls a second", B.BUSY),
    "RequestLimitExceeded.UinLimitExceeded": Answer("too many calls a second of this account", B.BUSY),
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded": Answer("too many calls a second of this account", B.BUSY),
    "RequestLimitExceeded.IPLimitExceeded": Answer("too many calls a second from our address", B.BUSY),
    "LimitExceeded.DeliveryFrequencyLimit": Answer("frequency policy of the application", B.BUSY),
    "LimitExceeded.PhoneNumberThirtySecondLimit": Answer("too many to this number in 30 s", B.BUSY),
    "ResourceUnavailable": Answer("resource unavailable", B.BUSY),
    "ServiceUnavailable": Answer("service unavailable", B.BUSY),
    "LimitExceeded.PhoneNumberOneHourLimit": Answer("too many to this number in an hour", B.SPARE_NUMBER),
    "LimitExceeded.AppDailyLimit": Answer("daily limit of the application", B.DAY_QUOTA),
    "LimitExceeded.AppMainlandChinaDailyLimit": Answer("daily limit of the mainland", B.DAY_QUOTA),
    # The account, the signature or the network: an operator must mend it.
    "AuthFailure": Answer("credential refused", B.STOP_CHANNEL),
    "AuthFailure.InvalidAuthorization": Answer("Authorization header malformed", B.STOP_CHANNEL),
    "AuthFailure.InvalidSecretId": Answer("unknown SecretId", B.STOP_CHANNEL),
    "AuthFailure.MFAFailure": Answer("MFA failed", B.STOP_CHANNEL),
    "AuthFailure.SecretIdNotFound": Answer("SecretId deleted or disabled", B.STOP_CHANNEL),
    "AuthFailure.SignatureExpire": Answer("our clock is wrong", B.STOP_CHANNEL),
    "AuthFailure.SignatureFailure": Answer("SecretKey wrong", B.STOP_CHANNEL),
    "AuthFailure.TokenFailure": Answer("token wrong", B.STOP_CHANNEL),
    "AuthFailure.UnauthorizedOperation": Answer("the key may not send", B.STOP_CHANNEL),
    "IpInBlacklist": Answer("our address is on the black list", B.STOP_CHANNEL),
    "IpNotInWhitelist": Answer("our address is not on the white list", B.STOP_CHANNEL),
    "UnauthorizedOperation": Answer("not authorised", B.STOP_CHANNEL),
    "UnauthorizedOperation.RequestIpNotInWhitelist": Answer("our address is not on the white list", B.STOP_CHANNEL),
    "UnauthorizedOperation.RequestPermissionDeny": Answer("no permission", B.STOP_CHANNEL),
    "UnauthorizedOperation.SdkAppIdIsDisabled": Answer("application disabled", B.STOP_CHANNEL),
    "UnauthorizedOperation.ServiceSuspendDueToArrears": Answer("suspended for arrears", B.STOP_CHANNEL),
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": Answer("application of another account", B.STOP_CHANNEL),
    "FailedOperation.InsufficientBalanceInSmsPackage": Answer("package used up", B.STOP_CHANNEL),
    "FailedOperation.SignatureIncorrectOrUnapproved": Answer("signature (签名) not approved", B.STOP_CHANNEL),
    "FailedOperation.MarketingSendTimeConstraint": Answer("approved as marketing, not as notice", B.STOP_CHANNEL),
    "InternalError.RequestTimeException": Answer("our clock is wrong", B.STOP_CHANNEL),
    "InternalError.SigFieldMissing": Answer("signature missing", B.STOP_CHANNEL),
    "InternalError.SigVerificationFail": Answer("signature refused", B.STOP_CHANNEL),
    "InvalidParameter.AppidAndBizId": Answer("account and application do not match", B.STOP_CHANNEL),
    "InvalidParameterValue.SdkAppIdNotExist": Answer("unknown application", B.STOP_CHANNEL),
    # This number: nothing will arrive, or not in time.
    "FailedOperation.PhoneNumberInBlacklist": Answer("on the do-not-disturb list", B.GIVE_UP),
    "FailedOperation.PhoneNumberParseFail": Answer("no phone number", B.GIVE_UP),
    "InvalidParameterValue.IncorrectPhoneNumber": Answer("no phone number", B.GIVE_UP),
    "LimitExceeded.PhoneNumberDailyLimit": Answer("too many to this number today", B.GIVE_UP),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": Answer("the same text too often today", B.GIVE_UP),
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": Answer("a number abroad", B.GIVE_UP),
    "UnsupportedOperation.UnsupportedRegion": Answer("a number abroad", B.GIVE_UP),
    # Our own mistake: the template or what was put into it.
    "FailedOperation.ContainSensitiveWord": Answer("sensitive words", B.MISTAKE),
    "InvalidParameter.DirtyWordFound": Answer("sensitive words", B.MISTAKE),
    "FailedOperation.TemplateIncorrectOrUnapproved": Answer("template not approved", B.MISTAKE),
    "FailedOperation.TemplateUnapprovedOrNotExist": Answer("template not approved or unknown", B.MISTAKE),
    "FailedOperation.TemplateIdNotExist": Answer("unknown template", B.MISTAKE),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": Answer("wrong number of parameters", B.MISTAKE),
    "InvalidParameterValue.TemplateParameterFormatError": Answer("a parameter does not fit", B.MISTAKE),
    "InvalidParameterValue.TemplateParameterLengthLimit": Answer("a parameter is too long", B.MISTAKE),
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": Answer("a parameter is an address", B.MISTAKE),
    "InvalidParameterValue.ContentLengthLimit": Answer("too long", B.MISTAKE),
    "FailedOperation.FailResolvePacket": Answer("unreadable request", B.MISTAKE),
    "FailedOperation.JsonParseFail": Answer("unreadable request", B.MISTAKE),
    "FailedOperation.OtherError": Answer("parameters not as required", B.MISTAKE),
    "FailedOperation.ParametersOtherError": Answer("unknown error of parameters", B.MISTAKE),
    "InternalError.JsonParseFail": Answer("unreadable parameters", B.MISTAKE),
    "InternalError.RestApiInterfaceNotExist": Answer("unknown interface", B.MISTAKE),
    "InvalidParameter": Answer("wrong parameter", B.MISTAKE),
    "InvalidParameter.InvalidParameters": Answer("wrong parameters", B.MISTAKE),
    "InvalidParameterValue": Answer("wrong value", B.MISTAKE),
    "LimitExceeded.PhoneNumberCountLimit": Answer("more than 200 numbers", B.MISTAKE),
    "MissingParameter": Answer("parameter missing", B.MISTAKE),
    "MissingParameter.EmptyPhoneNumberSet": Answer("no number", B.MISTAKE),
    "UnknownParameter": Answer("unknown parameter", B.MISTAKE),
    "ActionOffline": Answer("the action was taken off", B.MISTAKE),
    "InvalidAction": Answer("unknown action", B.MISTAKE),
    "InvalidRequest": Answer("malformed request", B.MISTAKE),
    "RequestSizeLimitExceeded": Answer("request too large", B.MISTAKE),
    "UnsupportedProtocol": Answer("not over HTTP like this", B.MISTAKE),
    "UnsupportedRegion": Answer("unknown region", B.MISTAKE),
    "NoSuchVersion": Answer("unknown version", B.MISTAKE),
    "UnsupportedOperation": Answer("not supported", B.MISTAKE),
    "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": Answer("numbers mixed", B.MISTAKE),
    "UnsupportedOperation.ContainDomesticPhoneNumber": Answer("international interface", B.MISTAKE),
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": Answer("international template", B.MISTAKE),
}


def behaviour(code: str) -> Behaviour:
    """What to do. An unknown code is given up and reported, never repeated blindly."""
    known = TABLE.get(code)
    return known.behaviour if known else Behaviour.MISTAKE
