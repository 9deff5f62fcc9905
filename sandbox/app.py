"""The WSGI application: WeChat's calls first, then Flask for what people and browsers see."""

from __future__ import annotations

from multiprocessing.util import Finalize
from typing import Any

from flask import Flask, Response, request

from sandbox.chsi.cas import cas
from sandbox.control import control
from sandbox.pages.channels import channels
from sandbox.pages.desk import desk
from sandbox.pages.limits import limits
from sandbox.pages.phone import phone
from sandbox.pages.views import Views
from sandbox.settings import Settings
from sandbox.sms.api import sms_api
from sandbox.wechat.api import WeChatApi
from sandbox.wechat.authorize import authorize
from sandbox.world import World

# Faults and followers in bulk; nothing a person does is larger.
LARGEST_BODY = 32 * 1024 * 1024


def create_app(settings: Settings) -> WeChatApi:
    """Everything wired; opens the data folder. Raises BadSettings, OSError, ValueError."""
    world = World(settings)
    pages = Flask("sandbox")
    pages.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    pages.extensions["world"] = world
    pages.jinja_env.trim_blocks = pages.jinja_env.lstrip_blocks = True
    Views(world).add_to(pages)
    for part in (authorize, cas, control, phone, desk, limits, channels, sms_api):
        pages.register_blueprint(part)
    pages.before_request(refuse_other_sites)
    pages.after_request(add_headers)
    return WeChatApi(world, pages.wsgi_app)


def application() -> Any:
    """For the server's worker process: settings from the environment, a clean end."""
    api = create_app(Settings.from_environment())
    Finalize(None, api.world.close, exitpriority=10)
    return api


def refuse_other_sites() -> Response | None:
    """A page elsewhere must not press the buttons here."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        return Response("来自其他网站的请求", 403, content_type="text/plain; charset=utf-8")
    return None


def add_headers(response: Response) -> Response:
    """Nothing is cached, sniffed, framed by others or told to others."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
