"""One running sandbox: its settings, clock, people and platform, wired together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import urllib3

from sandbox.callback import Callback
from sandbox.chat import AFTER_TEXT, AFTER_TOUCH, Chats, Follower
from sandbox.chsi.people import Directory
from sandbox.chsi.tickets import Tickets
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.message_templates import MessageTemplate, read_templates
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.timer import Timer
from sandbox.wechat.codes import Codes
from sandbox.wechat.memory import SendMemory
from sandbox.wechat.quotas import Quotas
from sandbox.wechat.scenes import Scenes
from sandbox.wechat.tokens import TokenAuthority


class World:
    """Everything the sandbox knows. Requests get it; nothing else is global."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.data)
        kept = dict(self.store.load("world"))
        self.clock = Clock(float(kept.get("skipped", 0.0)))
        self.menu: dict[str, Any] | None = kept.get("menu")
        self.templates: dict[str, MessageTemplate] = read_templates(settings.template_files)
        for _, raw in self.store.load("template"):
            self.define_template(raw)
        self.chats = Chats(self.clock, self.store)
        self.tokens = TokenAuthority(self.clock, self.store)
        self.quotas = Quotas(self.clock)
        self.memory = SendMemory(self.clock, self.chats)
        self.scenes = Scenes(self.clock, self.store)
        self.codes = Codes(self.clock)
        self.people = Directory(self.store)
        self.tickets = Tickets(self.clock)
        self.faults = Faults()
        self.timer = Timer(self.clock, settings.callback_threads)
        self.callback = Callback(lambda: self.settings, self.clock, self.chats, self.timer)
        self._changing = threading.Lock()

    def close(self) -> None:
        """Stop the threads and write what is not yet written."""
        self.timer.close()
        self.store.close()

    def change_settings(self, values: Mapping[str, Any]) -> Settings:
        """For this run only: a restart reads the environment again. Raises BadSettings."""
        with self._changing:
            self.settings = self.settings.changed(values)
            return self.settings

    def define_template(self, raw: Any) -> MessageTemplate:
        """Add a template or replace the one with its id. Raises ValueError."""
        template = MessageTemplate.read(raw)
        self.templates = self.templates | {template.id: template}
        self.store.put("template", template.id, raw)
        return template

    def set_menu(self, menu: dict[str, Any] | None) -> None:
        """The menu all phones show from now on; None: the sandbox's own."""
        self.menu = menu
        self.store.put("world", "menu", menu)

    def advance(self, seconds: float) -> float:
        """Skip time in the sandbox alone. Raises ValueError on a negative step."""
        now = self.clock.advance(seconds)
        self.store.put("world", "skipped", self.clock.skipped)
        self.timer.look()
        return now

    def tell_product(self, seconds: float) -> str | None:
        """Ask the product to skip the same time; its status, or why there is none; None: nobody to ask."""
        url = self.settings.advance_url
        if not url:
            return None
        headers = {"Content-Type": "application/json"}
        body = orjson.dumps({"seconds": seconds})
        try:
            told = urllib3.request("POST", url, body=body, headers=headers, timeout=5, retries=False)
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        return str(told.status)

    # What a follower does ------------------------------------------------------------------

    def follow(self, follower: Follower, scene_str: str = "", ticket: str = "") -> None:
        """关注, by hand or by scanning a QR code with a scene."""
        follower.following = True
        follower.subscribed = self.clock.now()
        follower.scene = "ADD_SCENE_QR_CODE" if scene_str else "ADD_SCENE_SEARCH"
        follower.scene_str = scene_str
        self._touch(follower)
        event: dict[str, Any] = {"Event": "subscribe", "EventKey": ""}
        if scene_str:
            event |= {"EventKey": f"qrscene_{scene_str}", "Ticket": ticket}
        self.push_event(follower, event)

    def set_switches(self, follower: Follower, values: Mapping[str, bool]) -> None:
        """Follow or leave as a person would (``following``); set ``blocked`` and ``snapshot`` silently."""
        following = values.get("following", follower.following)
        if following and not follower.following:
            self.follow(follower)
        elif follower.following and not following:
            self.unfollow(follower)
        follower.blocked = values.get("blocked", follower.blocked)
        follower.snapshot = values.get("snapshot", follower.snapshot)
        self.chats.keep(follower)

    def unfollow(self, follower: Follower) -> None:
        """取消关注: nothing may be sent any more, what was refused is forgotten."""
        follower.following = False
        follower.allowances = []
        follower.refused = []
        self.chats.keep(follower)
        self.push_event(follower, {"Event": "unsubscribe", "EventKey": ""})

    def scan(self, follower: Follower, scene_str: str, ticket: str) -> None:
        """扫码: a newcomer follows, a follower is only reported."""
        if not follower.following:
            self.follow(follower, scene_str, ticket)
            return
        self._touch(follower)
        self.push_event(follower, {"Event": "SCAN", "EventKey": scene_str, "Ticket": ticket})

    def click(self, follower: Follower, key: str) -> None:
        """A menu button of kind click."""
        self._touch(follower)
        self.push_event(follower, {"Event": "CLICK", "EventKey": key})

    def view(self, follower: Follower, url: str) -> None:
        """A menu button that opens a page."""
        self.push_event(follower, {"Event": "VIEW", "EventKey": url})

    def write(self, follower: Follower, text: str) -> None:
        """A text typed into the chat."""
        self.chats.allow_customer_messages(follower, AFTER_TEXT)
        entry = self.chats.say(follower.openid, "text", {"text": text})
        fields = {
            "FromUserName": follower.openid,
            "CreateTime": int(entry.at),
            "MsgType": "text",
            "Content": text,
            "MsgId": self.memory.new_msgid(),
        }
        self.callback.push(follower.openid, fields)

    def _touch(self, follower: Follower) -> None:
        self.chats.allow_customer_messages(follower, AFTER_TOUCH)
        self.chats.keep(follower)

    def push_event(self, follower: Follower, event: dict[str, Any]) -> None:
        """Tell the product of an event of this follower's."""
        head = {
            "FromUserName": follower.openid,
            "CreateTime": int(self.clock.now()),
            "MsgType": "event",
        }
        self.callback.push(follower.openid, head | event)
