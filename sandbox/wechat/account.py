"""Users, QR codes with scenes and the menu of the public account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import WeChatError
from sandbox.wechat.call import Call

if TYPE_CHECKING:
    from sandbox.world import World

LONGEST_SCENE_SECONDS = 2_592_000
SCENE_KINDS = {"QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}
LARGEST_SCENE = {"QR_SCENE": 2**32 - 1, "QR_LIMIT_SCENE": 100_000}


def user_info(world: World, call: Call) -> dict[str, Any]:
    """GET /cgi-bin/user/info: little of a follower, nothing of one who left."""
    follower = world.chats.followers.get(call.query.get("openid", ""))
    if follower is None:
        raise WeChatError(40003)
    if not follower.following:
        return {"subscribe": 0, "openid": follower.openid}
    return {
        "subscribe": 1,
        "openid": follower.openid,
        "nickname": "",
        "sex": 0,
        "language": call.query.get("lang", "zh_CN"),
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": int(follower.subscribed),
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": follower.scene,
        "qr_scene": int(follower.scene_str) if follower.scene_numbered else 0,
        "qr_scene_str": "" if follower.scene_numbered else follower.scene_str,
    }


def qrcode_create(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/qrcode/create. Raises 40053 (kind, scene), 40097 (seconds), 45029 (too many for ever)."""
    body = call.json
    kind = body.get("action_name")
    info = body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if kind not in SCENE_KINDS or not isinstance(scene, dict):
        raise WeChatError(40053)
    text = _scene_text(kind, scene)
    seconds = 0
    if "LIMIT" not in kind:
        seconds = body.get("expire_seconds", 60)
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
            raise WeChatError(40097)
        seconds = min(seconds, LONGEST_SCENE_SECONDS)
    elif world.scenes.permanent >= world.settings.scene_limit:
        raise WeChatError(45029)
    made = world.scenes.make(text, seconds, numbered=not kind.endswith("STR_SCENE"))
    answer: dict[str, Any] = {"ticket": made.ticket, "url": f"{call.base}/q/{made.key}"}
    return answer | ({"expire_seconds": seconds} if seconds else {})


def _scene_text(kind: str, scene: dict[str, Any]) -> str:
    if kind.endswith("STR_SCENE"):
        value = scene.get("scene_str")
        if isinstance(value, str) and 1 <= len(value) <= 64:
            return value
        raise WeChatError(40053)
    value = scene.get("scene_id")
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_SCENE[kind]:
        return str(value)
    raise WeChatError(40053)


def menu_create(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/menu/create: three buttons, five entries under each."""
    menu = call.json
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise WeChatError(40016)
    for button in buttons:
        entries = button.get("sub_button") if isinstance(button, dict) else None
        if entries:
            _check_name(button, 16)
            if not isinstance(entries, list) or len(entries) > 5:
                raise WeChatError(40016)
            for entry in entries:
                _check_button(entry, 60)
        else:
            _check_button(button, 16)
    world.set_menu({"button": buttons})
    return {"errcode": 0, "errmsg": "ok"}


def menu_get(world: World, call: Call) -> dict[str, Any]:
    """GET /cgi-bin/menu/get. Raises 46003 when none was made."""
    if world.menu is None:
        raise WeChatError(46003)
    return {"menu": world.menu}


def menu_delete(world: World, call: Call) -> dict[str, Any]:
    """GET /cgi-bin/menu/delete."""
    world.set_menu(None)
    return {"errcode": 0, "errmsg": "ok"}


def _check_name(button: Any, longest: int) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= longest:
        raise WeChatError(40018)


def _check_button(button: Any, longest: int) -> None:
    _check_name(button, longest)
    url, key = button.get("url"), button.get("key")
    if button.get("type") == "view":
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise WeChatError(40020)
    elif button.get("type") == "click":
        if not isinstance(key, str) or not 1 <= len(key.encode()) <= 128:
            raise WeChatError(40017, "invalid button key size")
    else:
        raise WeChatError(40017)
