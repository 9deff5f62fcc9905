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
from sandbox.mail.mailbox import Mailbox
from sandbox.mail.server import serve
from sandbox.message_templates import MessageTemplate, read_templates
from sandbox.settings import Settings
from sandbox.sms.gateway import Gateway
from sandbox.sms.reports import Reports
from sandbox.store import Store
from sandbox.timer import Timer
from sandbox.wechat.codes import Codes
from sandbox.wechat.memory import Repeats, SendMemory
from sandbox.wechat.quotas import Quotas
from sandbox.wechat.receipts import BLOCKED, DELIVERED, promise_receipt
from sandbox.wechat.review import Held, Reviews
from sandbox.wechat.scenes import Scene, Scenes
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
        self.memory = SendMemory(lambda: self.settings, self.clock, self.chats)
        self.repeats = Repeats(self.store)
        self.scenes = Scenes(self.clock, self.store)
        self.codes = Codes(self.clock)
        self.people = Directory(self.store)
        self.tickets = Tickets(self.clock)
        self.faults = Faults(self.clock.now)
        self.timer = Timer(self.clock, settings.callback_threads)
        self.callback = Callback(lambda: self.settings, self.clock, self.chats, self.timer)
        self.reviews = Reviews(self.clock, self.store, self.timer, self._send_on)
        for held in self.reviews.shown():
            self.memory.saw(held.record["msgid"])
        reports = Reports(lambda: self.settings, self.clock, self.timer)
        self.sms = Gateway(lambda: self.settings, self.clock, self.store, self.faults, reports)
        self.mails = Mailbox(self.clock, self.store)
        self._smtp = serve(settings.smtp_port, self.mails, self.faults) if settings.smtp_port else None
        self._changing = threading.Lock()

    def close(self) -> None:
        """Stop the threads and write what is not yet written."""
        if self._smtp:
            self._smtp.stop()
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

    def forget_messages(self) -> None:
        """Empty chats, reviews and what is remembered of sends: a cheap start from nothing."""
        with self.chats.lock:
            self.chats.forget()
            self.reviews.forget()
            self.repeats.forget()
            self.memory.forget()

    def _send_on(self, held: Held) -> None:
        """A message passed its review: it arrives like any other, if its receiver still follows."""
        follower = self.chats.followers[held.openid]
        if follower.following:
            entry = self.chats.say(held.openid, "template", held.record)
            promise_receipt(self, entry, BLOCKED if follower.blocked else DELIVERED)

    # What a follower does ------------------------------------------------------------------

    def follow(self, follower: Follower, scene: Scene | None = None) -> None:
        """关注, by hand or by scanning a QR code with a scene."""
        follower.following = True
        follower.subscribed = self.clock.now()
        follower.scene = "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH"
        follower.scene_str = scene.scene if scene else ""
        follower.scene_numbered = scene is not None and scene.numbered
        self._touch(follower)
        event: dict[str, Any] = {"Event": "subscribe", "EventKey": ""}
        if scene:
            event |= {"EventKey": f"qrscene_{scene.scene}", "Ticket": scene.ticket}
        self.tell(follower, event)

    def set_switches(self, follower: Follower, values: Mapping[str, bool]) -> None:
        """Follow or leave as a person would (``following``); set the other switches silently."""
        following = values.get("following", follower.following)
        if following and not follower.following:
            self.follow(follower)
        elif follower.following and not following:
            self.unfollow(follower)
        follower.blocked = values.get("blocked", follower.blocked)
        follower.snapshot = values.get("snapshot", follower.snapshot)
        follower.blacklisted = values.get("blacklisted", follower.blacklisted)
        self.chats.keep(follower)

    def unfollow(self, follower: Follower) -> None:
        """取消关注: nothing may be sent any more, what was refused is forgotten."""
        follower.following = False
        follower.allowances = []
        follower.refused = []
        self.chats.keep(follower)
        self.tell(follower, {"Event": "unsubscribe", "EventKey": ""})

    def scan(self, follower: Follower, scene: Scene) -> None:
        """扫码: a newcomer follows, a follower is only reported."""
        if not follower.following:
            self.follow(follower, scene)
            return
        self._touch(follower)
        self.tell(follower, {"Event": "SCAN", "EventKey": scene.scene, "Ticket": scene.ticket})

    def click(self, follower: Follower, key: str) -> None:
        """A menu button of kind click."""
        self._touch(follower)
        self.tell(follower, {"Event": "CLICK", "EventKey": key})

    def view(self, follower: Follower, url: str) -> None:
        """A menu button that opens a page."""
        self.tell(follower, {"Event": "VIEW", "EventKey": url})

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

    def tell(self, follower: Follower, event: Mapping[str, Any]) -> None:
        """Push an event of this follower."""
        head = {
            "FromUserName": follower.openid,
            "CreateTime": int(self.clock.now()),
            "MsgType": "event",
        }
        self.callback.push(follower.openid, {**head, **event})
