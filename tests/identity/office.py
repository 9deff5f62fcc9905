"""What the pages of employers and offices send for log-in, refresh and log-out."""

from __future__ import annotations

from werkzeug.test import Client, TestResponse

from tests.identity.browsing import BASE, OWN_PAGE

PASSWORD = "correct horse battery"


def log_in(client: Client, login: str, password: str = PASSWORD) -> TestResponse:
    return client.post("/api/v1/session", json={"login": login, "password": password}, base_url=BASE)


def cookie_of(client: Client) -> str:
    found = client.get_cookie("refresh-e", domain="127.0.0.1")
    assert found is not None
    return found.value


def refresh(client: Client, **headers: str) -> TestResponse:
    return client.post("/api/v1/session/refresh", headers=OWN_PAGE | headers, base_url=BASE)


def log_out(client: Client, **headers: str) -> TestResponse:
    return client.delete("/api/v1/session", headers=OWN_PAGE | headers, base_url=BASE)


def bearer(response: TestResponse) -> dict[str, str]:
    return {"Authorization": f"Bearer {response.get_json()['access_token']}"}


def reads(client: Client, headers: dict[str, str]) -> int:
    return client.get("/api/v1/employer/me", headers=headers, base_url=BASE).status_code
