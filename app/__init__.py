"""去向 Quxiang: graduates sign employment agreements and register where they go."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import http
from app.api import make_api
from app.blueprints import (
    agreements,
    auth,
    codes,
    employer,
    health,
    home,
    invitations,
    me,
    messages,
    pages,
    reviews,
    wechat,
)
from app.jobs import waker
from app.services import Services
from app.settings import Settings

API = (auth, me, home, invitations, employer, reviews, agreements, messages, codes)
PLAIN = (wechat, health, pages)


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """The WSGI application: services, blueprints and the problem handler; nothing else."""
    app = Flask(__name__, static_folder=None)
    app.extensions["quxiang"] = services or Services.build(settings, after_commit=waker(settings))
    http.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    api = make_api(app)
    for module in API:
        api.register_blueprint(module.blueprint)
    for module in PLAIN:
        app.register_blueprint(module.blueprint)
    return app
