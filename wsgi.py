"""The WSGI entry: ``wsgi:application``. Built files are served beside the API, compressed and cached for good."""

from __future__ import annotations

import logging

from whitenoise import WhiteNoise

from app import create_app
from app.logs import configure
from app.services import require_usable_keys
from app.settings import Settings

settings = Settings.from_environment()
configure(settings)
require_usable_keys(settings)
application = create_app(settings)
assets = settings.web_dist / "assets"
if assets.is_dir():
    # Their names carry a hash of their content, so a browser never needs to ask again.
    served = WhiteNoise(application.wsgi_app, max_age=31_536_000, allow_all_origins=False)
    served.add_files(assets, prefix="assets/")
    application.wsgi_app = served  # type: ignore[method-assign]
else:
    logging.getLogger("app").warning("no built clients at %s", settings.web_dist)
