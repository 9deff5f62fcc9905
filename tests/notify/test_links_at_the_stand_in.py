"""The link on its whole way: from the transaction that makes it to the provider's phone and the mail server's box."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from app.notify import fallback
from app.notify.entry import SMS_PARAMETERS
from app.notify.fallback import Carrier
from app.services import Services
from app.settings import Settings
from app.workflows import return_link
from sandbox.settings import DEVELOPMENT_SMS
from tests import factories, filed
from tests.factories import World
from tests.sandbox.running import free_port, running_sandbox

MOBILE, MAILBOX = "13700004321", "hr@jianghai.example.com"


def test_provider_and_mail_server_have_what_leads_the_employer_to_the_agreement(
    world: World, services: Services, product_environment: dict[str, str], tmp_path: Path
) -> None:
    filed.open_modules(world)
    graduate = factories.make_graduate(world, name="林知夏")
    claim = filed.generated(world, graduate, contact_mobile=MOBILE, contact_email=MAILBOX)
    port = free_port()
    with running_sandbox(tmp_path, SANDBOX_SMTP_PORT=str(port)) as stand_in:
        given = Settings.from_environment(
            product_environment
            | {
                "SMS_API_URL": stand_in.url,
                "SMS_SECRET_ID": DEVELOPMENT_SMS["ID"],
                "SMS_SECRET_KEY": DEVELOPMENT_SMS["KEY"],
                "SMS_SDK_APP_ID": DEVELOPMENT_SMS["APP"],
                "SMS_SIGN_NAME": "去向",
                "SMS_TEMPLATES": json.dumps({name: f"sms-{name}" for name in SMS_PARAMETERS}),
                "SMS_CALLBACK_TOKEN": "r3p0rts-" + "x" * 32,
                "SMTP_URL": f"smtp://127.0.0.1:{port}",
                "MAIL_FROM": "去向 <noreply@example.edu.cn>",
            }
        )
        there = replace(services, settings=replace(services.settings, sms=given.sms, mail=given.mail))
        with services.db.transaction() as connection:
            token = return_link.issue(connection, graduate, claim, services.sealer, send=True).token
        with Carrier(there) as carrier:
            assert fallback.send_due(there, carrier) == 2
        (text,) = [str(message) for message in stand_in.control("GET", "/sms")["messages"]]
        (mail,) = [str(message) for message in stand_in.control("GET", "/mails", to=MAILBOX)["mails"]]
    assert MOBILE in text and f"/v/return#{token}" in text and "江州大学毕业生填写你为单位联系人" in text
    assert f"{services.settings.public_url}/v/return#{token}" in mail
    with services.db.reading() as connection:
        assert return_link.held(connection, token).claim_id == claim
