"""``demo cards``: every message of the catalogue on one phone of the stand-in, to be looked at as a student would."""

from __future__ import annotations

import uuid
from contextlib import closing

from app.cli.stand_in import StandIn
from app.notify import catalogue, errcodes
from app.notify.catalogue import check, desk
from app.notify.entry import MERGED_TEMPLATE, MERGES, merged_fields
from app.notify.fields import fit
from app.notify.sender import entrance
from app.notify.wechat import Client, WeChatError
from app.services import Services

OPENID = "oQuxiangCatalogueOfAllCards0"
NICKNAME = "全部消息"
WORDS = {
    "employer": "杭州远岸数据科技有限公司",
    "position": "后端开发工程师",
    "graduate": "林知夏",
    "graduate_masked": "林*夏",
    "reason": "合同期限和岗位不一致，请与单位确认后重新发起",
    "number": "2027119999157076807",
    "desk": "学院",
    "next_desk": "学校",
    "kind": "线上签约",
    "waiting": "12",
    "oldest": " 2 天",
}


def send_all(services: Services, stand_in: StandIn) -> int:
    """Send each message that is pushed to the phone of one follower; returns how many cards there are.

    Some messages have one face, as the reminders of other rules; WeChat takes a face once a minute, and so once here.
    """
    stand_in.register_followers([{"nickname": NICKNAME, "openid": OPENID, "following": True}])
    pushed = [entry for entry in (*catalogue.ENTRIES, desk.DIGEST) if entry.template]
    arrived = 0
    with closing(Client(services.settings.wechat, services.redis)) as client:
        for entry in pushed:
            words = check.sample(entry) | WORDS
            arrived += _send(
                client,
                services,
                entry.template or "",
                entry.href.format_map(words),
                {key: fit(key, value.format_map(words)) for key, value in entry.fields.items()},
            )
        for merge in MERGES:
            fields = merged_fields(merge, 3, "2027年3月20日 08:00")
            arrived += _send(client, services, MERGED_TEMPLATE, "/s/messages", fields)
    return arrived


def _send(client: Client, services: Services, template: str, href: str, fields: dict[str, str]) -> bool:
    url = entrance(services.settings.public_url, href)
    try:
        client.send_template(openid=OPENID, template=template, url=url, fields=fields, client_msg_id=uuid.uuid4().hex)
    except WeChatError as refusal:
        if errcodes.behaviour(refusal.errcode) is not errcodes.Behaviour.DUPLICATE:
            raise
        return False
    return True
