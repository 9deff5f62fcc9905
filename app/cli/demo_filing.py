"""How a client files whatever kind there is: begins a draft, fills in what the form asks for, photographs, hands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image

from app.cli import demo_data as demo
from app.cli import demo_photos as photos
from app.cli.demo_clients import Client


@dataclass(frozen=True)
class Door:
    """Where drafts are begun and proofs are sent to."""

    drafts: str = "/my/filings"
    uploads: str = "/uploads"


OWN = Door()


def on_behalf(graduate_id: str) -> Door:
    """代登记: an office's way in."""
    return Door(f"/graduates/{graduate_id}/filings", f"/uploads?graduate_id={graduate_id}")


def hand_in(
    client: Client,
    kind: str,
    answers: Mapping[str, Any],
    *,
    variant: str | None = None,
    sheets: Sequence[Image] = (),
    door: Door = OWN,
) -> dict[str, Any]:
    """Begin a filing, fill it in, hand it in; the page it has then.

    ``sheets`` are photographed for every item that must be proved.
    """
    draft = client.post(door.drafts, {"kind": kind, "variant": variant})
    resource = f"/my/filings/{draft['id']}"
    files = {
        item["key"]: [
            client.upload(door.uploads, f"{item['title']}{number}.jpg", photos.photo(sheet, (draft["id"], number)))
            for number, sheet in enumerate(sheets, 1)
        ]
        for item in draft["editor"]["items"]
        if item["least"]
    }
    form = {**draft["editor"]["values"], **answers}
    client.act(resource, "save", {"variant": draft["variant"], "form": form, "files": files})
    return _submitted(client, resource, draft["editor"]["pin"])


def hand_in_again(client: Client, filing_id: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Correct what was returned (退回修改) and hand it in; its proofs stay."""
    resource = f"/my/filings/{filing_id}"
    page = client.get(resource)
    editor = page["editor"]
    form = {**editor["values"], **answers}
    client.act(resource, "save", {"variant": page["variant"], "form": form, "files": editor["files"]})
    return _submitted(client, resource, editor["pin"])


def _submitted(client: Client, resource: str, pin: bool) -> dict[str, Any]:
    return dict(client.act(resource, "submit", {"pin": demo.PIN} if pin else {}))
