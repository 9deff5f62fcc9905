"""One account at the API: Flask's test client with its access token, every answer held to the description."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any, cast

from flask import Flask
from sqlalchemy import Row
from werkzeug.test import TestResponse

from app.access import Actor
from app.identity import refs, tokens
from app.services import Services
from tests.api.contract import Contract
from tests.factories import PIN

API = "/api/v1"


class Caller:
    """Calls as one account. ``get``, ``post`` and ``delete`` take a path below /api/v1 and return the answer."""

    def __init__(self, app: Flask, contract: Contract, actor: Actor | None = None) -> None:
        self.app, self.contract, self.actor = app, contract, actor
        self.services: Services = app.extensions["quxiang"]
        self.headers: dict[str, str] = {}
        if actor is not None:
            account = SimpleNamespace(id=actor.id, role=actor.role.value, session_version=1)
            token, _ = tokens.issue(self.services.settings, cast("Row[Any]", account))
            self.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """Any request; ``headers`` are added to the account's own."""
        headers = {**self.headers, **options.pop("headers", {})}
        response = self.app.test_client().open(API + path, method=method, headers=headers, **options)
        self.contract.check(response)
        return response

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """A POST with a body and nothing else."""
        return self.call("POST", path, json={} if body is None else body, headers=headers)

    def act(self, path: str, body: Any = None, *, etag: str | None = None, key: str | None = None) -> TestResponse:
        """An act: with a fresh Idempotency-Key unless given one, and the version seen."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        if etag is not None:
            headers["If-Match"] = etag
        return self.post(path, body, **headers)

    # What clients do, looking first

    def on(self, path: str, action: str, body: Any = None, **options: Any) -> TestResponse:
        """Read the resource, then act on the version read."""
        etag = self.get(path).headers["ETag"]
        return self.act(f"{path}/{action}", body, etag=etag, **options)

    def accept(self, invitation: uuid.UUID, pin: str = PIN, **options: Any) -> TestResponse:
        path = f"/invitations/{invitation}"
        seen = self.get(path)
        body = {"pin": pin, "terms_hash": seen.get_json()["terms_hash"]}
        return self.act(f"{path}/accept", body, etag=seen.headers["ETag"], **options)

    def reference(self, graduate: Actor) -> str:
        """The reference an employer gets from a look-up."""
        assert self.actor is not None and self.actor.employer_id is not None and graduate.graduate_id is not None
        issued, _ = refs.issue(self.services.settings, refs.GRADUATE, graduate.graduate_id, self.actor.employer_id)
        return issued


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer that must be this one."""
    found: dict[str, Any] = response.get_json()
    assert (response.status_code, found["code"]) == (status, code), found
    return found
