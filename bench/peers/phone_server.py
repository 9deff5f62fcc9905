"""Serves the phone's peer as ours is served: hashed files compressed beforehand, and the same two answers of the API.

``PEER_DIST`` is its built page, ``PEER_ANSWERS`` a JSON file {path: answer} recorded from our API.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory
from whitenoise import WhiteNoise

DIST = Path(os.environ["PEER_DIST"])
ANSWERS = json.loads(Path(os.environ["PEER_ANSWERS"]).read_text(encoding="utf-8"))

application = Flask(__name__, static_folder=None)


@application.route("/api/v1/<path:path>", methods=["GET", "POST"])
def recorded(path: str) -> Response:
    """What our API answered to the same graduate."""
    if path not in ANSWERS:
        abort(404)
    return Response(json.dumps(ANSWERS[path], ensure_ascii=False), mimetype="application/json")


@application.get("/", defaults={"path": ""})
@application.get("/<path:path>")
def page(path: str) -> Response:
    """The one page, whatever its route."""
    return send_from_directory(DIST, "index.html", max_age=0)


_served = WhiteNoise(application.wsgi_app, max_age=31_536_000)
_served.add_files(DIST / "assets", prefix="assets/")
application.wsgi_app = _served  # type: ignore[method-assign]
