"""去向 Quxiang: graduates sign employment agreements and register where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.services import Services
    from app.settings import Settings

VERSION = "0.1.0"
"""As in pyproject.toml, which a running process need not have beside it."""


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """The WSGI application: services, blueprints and the problem handler; nothing else."""
    # Imported here, so that a migration, a worker or a darkroom that wants one module of ``app`` does not load all.
    from werkzeug.middleware.proxy_fix import ProxyFix

    from app import blueprints, http
    from app.api import make_api
    from app.jobs import waker
    from app.services import Services

    app = http.Application(__name__, static_folder=None)
    app.extensions["quxiang"] = services or Services.build(settings, after_commit=waker(settings))
    http.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    api = make_api(app)
    for described in blueprints.described():
        api.register_blueprint(described)
    for plain in blueprints.plain():
        app.register_blueprint(plain)
    return app
