"""One way out to WeChat's and CHSI's log-in servers: with a time-out, without redirects, over kept connections."""

from __future__ import annotations

import logging
from typing import Any

import requests
from requests.adapters import HTTPAdapter

# At DEBUG urllib3 would write addresses with secrets, and python-cas whole answers with people in them.
for chatty in ("urllib3", "cas"):
    logging.getLogger(chatty).setLevel(logging.INFO)

PATIENCE = (3.05, 5.0)
"""Seconds to connect and to wait for an answer; a person is looking at an empty page meanwhile."""


class PatientSession(requests.Session):
    """A requests session whose every call has a time-out, whatever a library forgets to pass."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # no proxy of the environment sees tickets and codes
        self.max_redirects = 0
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=8))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does, with our time-out where none is given."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = PATIENCE
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)
