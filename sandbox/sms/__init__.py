"""A provider of text messages: Tencent Cloud's SendSms (API 3.0, 2021-01-11) and its delivery reports."""
