"""The clients of the people of the demo: what their pages send, over HTTP and nothing else."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import click
import requests

Found = TypeVar("Found")
PATIENCE = 15


class StoryStopped(click.ClickException):
    """Something did not go as the story has it; the sentence says where and what was answered."""


class Client:
    """One person's browser: cookies, the access token of its page, and versions of what was read."""

    def __init__(self, base: str, room: str) -> None:
        self.base = base
        self._room = room
        self._token: str | None = None
        self.http = requests.Session()
        self.http.trust_env = False
        self.account: dict[str, Any] = {}

    def sign_in(self, login: str, password: str) -> None:
        """By account and password."""
        self._take(self._call("POST", "/session", {"login": login, "password": password}, {}))

    def resume(self) -> None:
        """By the cookie a log-in has left, as a page does when it is opened."""
        self._take(self._call("POST", "/session/refresh", None, {}))

    def sign_out(self) -> None:
        """退出."""
        self._call("DELETE", "/session", None, {})

    def get(self, path: str) -> Any:
        """A resource."""
        return self._call("GET", path, None, {}).json()

    def post(self, path: str, body: Any = None) -> Any:
        """A POST that needs no version."""
        answer = self._call("POST", path, body, {"Idempotency-Key": str(uuid.uuid4())})
        return answer.json() if answer.content else None

    def act(self, resource: str, action: str, body: Any) -> Any:
        """Read a resource, then act on the version read, as a person does who has the page open."""
        etag = self._call("GET", resource, None, {}).headers["ETag"]
        headers = {"If-Match": etag, "Idempotency-Key": str(uuid.uuid4())}
        return self._call("POST", f"{resource}/{action}", body, headers).json()

    def refused(self, resource: str, action: str, body: Any) -> dict[str, Any]:
        """The problem an act is refused with."""
        try:
            self.act(resource, action, body)
        except _Refused as refusal:
            return refusal.problem
        raise StoryStopped(f"{resource}/{action} 本应被拒绝，却成功了")

    def upload(self, path: str, name: str, photo: bytes) -> str:
        """Send a photo as ``file``; the id of the upload."""
        sent = self._call("POST", path, None, {}, files={"file": (name, photo, "image/jpeg")}).json()
        return str(sent["id"])

    def download(self, path: str) -> bytes:
        """A file, waited for while it is being made."""

        def look() -> bytes | None:
            answer = self.http.get(urljoin(self.base, path), timeout=PATIENCE)
            return answer.content if answer.status_code == requests.codes.ok else None

        return until(look, "下载协议书")

    def _take(self, answer: requests.Response) -> None:
        session = answer.json()
        self._token, self.account = session["access_token"], session["account"]

    def _call(self, method: str, path: str, body: Any, headers: dict[str, str], **more: Any) -> requests.Response:
        headers = {"X-Requested-With": "quxiang", "X-Room": self._room, **headers}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        url = f"{self.base}/api/v1{path}"
        answer = self.http.request(method, url, json=body, headers=headers, timeout=PATIENCE, **more)
        if not answer.ok:
            raise _Refused(method, path, answer)
        return answer


class _Refused(StoryStopped):
    """The API's own refusal."""

    def __init__(self, method: str, path: str, answer: requests.Response) -> None:
        try:
            self.problem: dict[str, Any] = answer.json()
        except ValueError:
            self.problem = {"detail": answer.text[:200], "code": "no_json"}
        told = self.problem.get("errors") or ""
        super().__init__(f"{method} {path}：{answer.status_code} {self.problem.get('detail')} {told}")


class LinkHolder(Client):
    """Whoever holds a one-time link: no account, but what stands behind ``#`` in its address."""

    def __init__(self, base: str, address: str) -> None:
        super().__init__(base, "v")
        self.http.headers["Return-Link"] = urlsplit(address).fragment


class Phone(Client):
    """A graduate's phone: WeChat's browser, the CHSI log-in page, and our pages, followed as a browser follows them."""

    def __init__(self, base: str, wechat: str, openid: str) -> None:
        super().__init__(base, "s")
        self._wechat, self.openid = wechat, openid
        self.http.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"
        self._open(f"{wechat}/phone/{openid}")

    def enter(self, next_path: str) -> str:
        """Open a page of ours from WeChat; the path the browser ends at."""
        return self._path(self._open(f"{self.base}/auth/wechat/start", params={"next": next_path}))

    def tap(self, line: int) -> str:
        """Tap a card of the chat; the path the browser ends at."""
        return self._path(self._open(f"{self._wechat}/phone/{self.openid}/open/{line}"))

    def log_in_at_chsi(self, login: str, password: str, next_path: str) -> str:
        """「用学信网账号登录」: fill in CHSI's form; the path the browser ends at."""
        page = self._open(f"{self.base}/auth/chsi/start", params={"next": next_path})
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        if "lt" not in hidden:
            raise StoryStopped(f"学信网登录页没有出现：{page.url}")
        form = {name: unescape(value) for name, value in hidden.items()}
        form |= {"username": login, "password": password}
        answer = self.http.post(urljoin(page.url, "/cas/login"), data=form, timeout=PATIENCE)
        answer.raise_for_status()
        return self._path(answer)

    def _open(self, url: str, **options: Any) -> requests.Response:
        answer = self.http.get(url, timeout=PATIENCE, **options)
        # Our pages may not have been built; where the browser ends is what matters.
        if not answer.ok and not answer.url.startswith(self.base):
            raise StoryStopped(f"{answer.url}：{answer.status_code}")
        return answer

    def _path(self, answer: requests.Response) -> str:
        parts = urlsplit(answer.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


def until(look: Callable[[], Found | None], what: str, seconds: float = 20) -> Found:
    """The first answer that is not None; stops the story when none comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise StoryStopped(f"{what}：等了 {seconds:.0f} 秒没有结果")
