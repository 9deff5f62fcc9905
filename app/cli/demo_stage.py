"""What all scenes of the demo share: who sits at desks and in firms, what is decided there, and how it is told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from app.cli import demo_data as demo
from app.cli.demo_cast import Graduate
from app.cli.demo_clients import Client, StoryStopped
from app.cli.stand_in import StandIn
from app.settings import Settings
from app.workflows.filing_machine import DESK_TITLES, STAGE_OF

DESKS = {"college": "chenlaoshi", "school": "fanglaoshi"}
"""Who decides at each level."""
NOTE = "已电话联系单位人事，同意解约，双方没有争议"
"""What the school found out where it must say so."""


@dataclass
class Told:
    """Prints each step as it happens, with the seconds since the start."""

    started: float = field(default_factory=time.monotonic)
    steps: int = 0

    def heading(self, title: str) -> None:
        """What the next steps are about."""
        click.echo(f"\n{click.style(title, bold=True)}")

    def step(self, who: str, what: str) -> None:
        """One thing that somebody did, and what came of it."""
        self.steps += 1
        click.echo(f"{self.steps:3d} {self.seconds:5.1f}s  {who}：{what}")

    def look(self, address: str, login: str = "") -> None:
        """Where to look at it, and as whom; ``login`` is empty where nobody signs in."""
        click.echo(f"            看 {address} · " + (f"用 {login} 登录" if login else "不用登录"))

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started


class Stage:
    """The running system and the staff. ``ended`` holds the kinds of filing that came to their end, as the desk that
    approved last was answered."""

    def __init__(self, settings: Settings, stand_in: StandIn) -> None:
        self.settings, self.stand_in, self.told = settings, stand_in, Told()
        self.ended: set[str] = set()
        self._signed_in: dict[str, Client] = {}

    def staff(self, login: str, room: str = "console") -> Client:
        """Somebody at a desk, or in room ``e`` an employer; signed in once for the whole play."""
        if login not in self._signed_in:
            self._signed_in[login] = Client(self.settings.public_url, room)
            self._signed_in[login].sign_in(login, demo.PASSWORD)
        return self._signed_in[login]

    def everybody_leaves(self) -> None:
        """All of the staff sign out."""
        for client in self._signed_in.values():
            client.sign_out()

    def address(self, path: str) -> str:
        """The address of a page."""
        return f"{self.settings.public_url}{path}"

    def waiting(self, graduate: Graduate, level: str) -> tuple[Client, dict[str, Any]]:
        """Whoever sits at that level, and what waits there of the graduate, opened."""
        desk = self.staff(DESKS[level])
        queue = desk.get(f"/reviews?q={graduate.student_no}&limit=100")["items"]
        mine = [item for item in queue if item["graduate"]["student_no"] == graduate.student_no]
        if len(mine) != 1:
            raise StoryStopped(f"{DESK_TITLES[level]}审核台里 {graduate.name} 的材料有 {len(mine)} 份，本应是 1 份")
        desk.post(f"/filings/{mine[0]['filing_id']}/hold")
        return desk, desk.get(f"/filings/{mine[0]['filing_id']}")

    def approve(self, graduate: Graduate, *, first: str = "college") -> str:
        """Every level from the ``first`` on approves what waits of the graduate; who did, in words."""
        level: str | None = first
        said = []
        while level is not None:
            desk, page = self.waiting(graduate, level)
            note = NOTE if page["needs_note"] else None
            decided = desk.act(f"/filings/{page['id']}", "approve", {"note": note})
            said.append(f"{DESK_TITLES[level]}{desk.account['name']}通过" + (f"（{note}）" if note else ""))
            level = STAGE_OF.get(decided["state"])
        if decided["state"] != "approved":
            raise StoryStopped(f"{decided['kind_name']}没有通过：{decided['turn']['text']}")
        self.ended.add(decided["kind"])
        return "，".join(said)

    def approved(self, graduate: Graduate, filing: Mapping[str, Any], *, first: str = "college") -> str:
        """The same for a filing of the graduate's own, and where it stands then, as the graduate reads it."""
        said = self.approve(graduate, first=first)
        return f"{said} → {graduate.turn(filing['id'])}"
