"""The stand-in for WeChat and CHSI as the demo uses it: people and phones are registered there over HTTP."""

from __future__ import annotations

from typing import Any

import requests

from app.settings import Settings

PATIENCE = 20
"""Seconds for one call; some thousand people may be sent at once."""


class StandIn:
    """The control side of the stand-in, where WeChat's API is configured to be answered by one."""

    def __init__(self, settings: Settings) -> None:
        self._base = f"{settings.wechat.api_url}/_sandbox/api"
        self._http = requests.Session()
        self._http.trust_env = False

    def is_there(self) -> bool:
        """Whether a stand-in answers: the real WeChat has no such address, and nothing may be running yet."""
        try:
            answer = self._http.get(f"{self._base}/state", timeout=2)
            return answer.ok and "followers" in answer.json()
        except (requests.RequestException, ValueError):
            return False

    def register_people(self, people: list[dict[str, Any]]) -> None:
        """CHSI accounts: ``{username, password, name, id_number, phone, email, verified_person}``."""
        self._post("chsi/people", {"people": people})

    def register_followers(self, followers: list[dict[str, Any]]) -> None:
        """WeChat users: ``{nickname, openid, following}``."""
        self._post("followers", {"followers": followers})

    def people_named(self, words: str) -> list[dict[str, Any]]:
        """CHSI accounts whose name or log-in holds ``words``."""
        answer = self._http.get(f"{self._base}/chsi/people", params={"q": words}, timeout=PATIENCE)
        answer.raise_for_status()
        return list(answer.json()["people"])

    def messages_of(self, openid: str) -> list[dict[str, Any]]:
        """Template messages accepted for a WeChat user, oldest first."""
        answer = self._http.get(f"{self._base}/messages", params={"openid": openid}, timeout=PATIENCE)
        answer.raise_for_status()
        return list(answer.json()["messages"])

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self._http.post(f"{self._base}/{path}", json=body, timeout=PATIENCE).raise_for_status()
