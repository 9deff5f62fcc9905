"""The provider's refusals: of a whole request, or of one number in it."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "AuthFailure.InvalidAuthorization": "The `Authorization` header is not in the expected form.",
    "AuthFailure.SecretIdNotFound": "The SecretId is not found, please ensure that your SecretId is correct.",
    "AuthFailure.SignatureExpire": "The request timestamp differs from the server time by more than five minutes.",
    "AuthFailure.SignatureFailure": (
        "The provided credentials could not be validated. Please check your signature is correct."
    ),
    "FailedOperation.ContainSensitiveWord": "The content contains sensitive words.",
    "FailedOperation.MissingSignature": "The signature is missing.",
    "FailedOperation.PhoneNumberInBlacklist": "The mobile number is in the blocklist.",
    "FailedOperation.SignatureIncorrectOrUnapproved": "The signature is incorrect or unapproved.",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": (
        "The number of template parameters does not match the approved template."
    ),
    "FailedOperation.TemplateUnapprovedOrNotExist": "The template is unapproved or does not exist.",
    "InternalError": "An internal error has occurred.",
    "InternalError.Timeout": "The request timed out.",
    "InvalidAction": "The action is not found.",
    "InvalidParameter": "The parameters are invalid.",
    "InvalidParameterValue": "The parameter value is invalid.",
    "InvalidParameterValue.ContentLengthLimit": "The content is too long.",
    "InvalidParameterValue.IncorrectPhoneNumber": "The mobile number is incorrect.",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": "A template parameter must not hold a URL.",
    "LimitExceeded.PhoneNumberCountLimit": "A request may name at most 200 mobile numbers.",
    "LimitExceeded.PhoneNumberDailyLimit": "The number of messages to this number today exceeds the limit.",
    "LimitExceeded.PhoneNumberOneHourLimit": "The number of messages to this number in an hour exceeds the limit.",
    "LimitExceeded.PhoneNumberThirtySecondLimit": "A message was sent to this number within thirty seconds.",
    "MissingParameter": "The request is missing a required parameter.",
    "MissingParameter.EmptyPhoneNumberSet": "The set of mobile numbers is empty.",
    "NoSuchVersion": "The version is not found.",
    "RequestLimitExceeded": "The request rate exceeds the limit.",
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": "The SmsSdkAppId could not be verified.",
    "UnknownParameter": "The parameter is unknown.",
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": (
        "A template for the mainland cannot be used for numbers elsewhere."
    ),
    "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": (
        "Numbers of the mainland and of elsewhere cannot be in one request."
    ),
    "UnsupportedRegion": "The region is not supported.",
}
# A code of these families refuses the whole request; any other is told number by number.
OF_A_REQUEST = ("AuthFailure", "InternalError", "RequestLimitExceeded", "MissingParameter", "InvalidAction")


class Refusal(Exception):
    """The request as a whole is refused: ``{"Response": {"Error": {Code, Message}}}``, with status 200."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message or message_of(code)
        super().__init__(code)


def message_of(code: str) -> str:
    """The sentence that comes with a code."""
    return MESSAGES.get(code, MESSAGES.get(code.split(".")[0], "The operation failed."))


def refuses_a_request(code: str) -> bool:
    """Whether a code is told once for the request."""
    return code.startswith(OF_A_REQUEST)
