"""P8: one document as PDF, other data every time, process warm; one row for each kind, then signed, documents a minute.

Three sides take turns on the same kind of data. Ours: from the stored text to the PDF (JWT, QR code, glyph check,
typesetting to PDF/A). Peer: WeasyPrint. Ceiling: a kept typst compiler on the bare template with its JSON ready made.
Every document of every side is read back with pdftotext; a missing word fails the run.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import typst
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.codes.tables import label
from app.documents import agreement, fonts, numbers, paper, qr, signing
from app.documents.clauses import ONLINE, Graduate, Manner, Parties, clauses, terms_hash, yuan
from bench.peers import pdf_weasyprint
from stack.certificates import make_pdf_signer

ROUNDS = 7
PER_ROUND = {"ours": 20, "ceiling": 20, "peer": 2}  # the peer is slow; medians do not mind
PACKAGES = {"pdftotext": "poppler-utils", "libpango": "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"}
WHEN = datetime(2026, 3, 18, 4, 20, tzinfo=UTC)
PUBLIC_URL = "https://quxiang.example.edu.cn"
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "子涵雨欣浩然思远嘉怡一诺宇轩梓萱俊杰佳琪"
EMPLOYERS = ("远岸数据科技", "青禾农业", "长风轨道交通", "明湖医药", "北辰新能源", "云岭文化传媒", "海棠教育")
POSITIONS = ("后端开发工程师", "育种助理研究员", "信号维护工程师", "药品注册专员", "电池工艺工程师", "图书编辑")

Make = Callable[["Sample"], bytes]


@dataclass(frozen=True)
class Sample:
    """One agreement to make, and words that must be found in it."""

    document: agreement.AgreementDocument
    words: tuple[str, ...]


@dataclass(frozen=True)
class Sort:
    """A kind of document: its digit in the number, its wording and look, and words that must be found in it."""

    title: str
    digit: str
    manner: Manner
    look: agreement.Look
    words: tuple[str, ...]


SIGNED_ONLINE = Sort("agreement", "1", ONLINE, agreement.CONFIRMED, ("平台确认件", "单位账号登录"))
ON_PAPER = Sort("agreement to be stamped", "2", paper.MANNER, paper.LOOK, ("待签字盖章", "甲方（用人单位公章）"))


def run() -> list[dict[str, Any]]:
    """A row for each kind of document, and one for signing."""
    _require_programs()
    key = qr.qr_key(Ed25519PrivateKey.generate())
    rows = [
        _row(f"P8 {sort.title} PDF", _measure(sort.title, _sides(), _samples(key, sort)), 1000)
        for sort in (SIGNED_ONLINE, ON_PAPER)
    ]
    with tempfile.TemporaryDirectory() as folder:
        make_pdf_signer(Path(folder, "key.p12"), Path(folder, "authority.pem"), "bench")
        signer = signing.load_signer(Path(folder, "key.p12"), "bench")
    sides = {name: _signed(make, signer) for name, make in _sides().items()}
    return [*rows, _row("P8 agreement PDF, signed", _measure("signed", sides, _samples(key, SIGNED_ONLINE)), None)]


def _sides() -> dict[str, Make]:
    template = agreement.TEMPLATE.read_bytes()
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(fonts.FOLDERS))
    compiler: Any = typst.Compiler(font_paths=found)

    def ours(sample: Sample) -> bytes:
        return agreement.typeset(sample.document)

    def ceiling(sample: Sample) -> bytes:
        files = {"main": template, "agreement.json": _prepared[id(sample)].encode()}
        pdf = compiler.compile(files, format="pdf", timestamp=WHEN)
        assert isinstance(pdf, bytes)
        return pdf

    def peer(sample: Sample) -> bytes:
        return pdf_weasyprint.make(json.loads(_prepared[id(sample)]), fonts.SERIF.parent)

    return {"ours": ours, "peer": peer, "ceiling": ceiling}


_prepared: dict[int, str] = {}  # what ceiling and peer find ready: the template's JSON, QR code drawn


def _signed(make: Make, signer: signing.Signer) -> Make:
    return lambda sample: signing.sign(make(sample), signer)


def _measure(what: str, sides: dict[str, Make], samples: Iterator[Sample]) -> dict[str, list[float]]:
    """Seconds per document of each round and side; the sides take turns, the first round warms up and is dropped."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(ROUNDS + 1):
        for name, make in sides.items():
            batch = list(itertools.islice(samples, PER_ROUND[name]))
            _prepared.clear()
            _prepared.update({id(sample): agreement.content_json(sample.document) for sample in batch})
            start = time.perf_counter()
            made = [make(sample) for sample in batch]
            took = (time.perf_counter() - start) / len(batch)
            for sample, pdf in zip(batch, made, strict=True):
                _check(name, sample, pdf)
            if turn:
                times[name].append(took)
        if turn:
            print(f"   {what} {turn}/{ROUNDS}: " + ", ".join(f"{k} {v[-1] * 1000:.1f} ms" for k, v in times.items()))
    return times


def _row(title: str, times: dict[str, list[float]], scale: int | None) -> dict[str, Any]:
    """``scale`` turns seconds into the unit of a cost; None counts documents a minute instead."""
    figures = {name: median(values) for name, values in times.items()}
    shown = {name: round(60 / value if scale is None else value * scale, 2) for name, value in figures.items()}
    return {
        "row": title,
        "unit": "documents a minute" if scale is None else "ms a document",
        "better": "higher" if scale is None else "lower",
        **shown,
        "goal": {"peer": 10, "ceiling": 0.7} if scale else {},  # signing costs every side the same
        "rounds": ROUNDS,
        "seconds": {name: [round(value, 5) for value in values] for name, values in times.items()},
        "peer_is": "WeasyPrint, the same fonts and content" + ("" if scale else ", signed by the same signer"),
        "ceiling_is": "a kept typst compiler on the bare template, JSON ready" + ("" if scale else ", the same signer"),
    }


def _samples(key: qr.QrKey, sort: Sort) -> Iterator[Sample]:
    """Documents without end, no two alike, each a different person at a different pay."""
    for place in itertools.count():
        name = SURNAMES[place % 20] + GIVEN[place // 20 % 20] + GIVEN[place * 7 // 3 % 20]
        employer = f"{'杭州宁波绍兴温州'[place % 4 * 2 :][:2]}{EMPLOYERS[place % 7]}{place}有限公司"
        pay = 600_000 + place * 1_700
        terms = _terms(employer, POSITIONS[place % 6], pay, place)
        text = clauses(terms, Parties(_graduate(name, place)), label, sort.manner)
        number = numbers.new_agreement_number(2026, sort.digit, "19999")
        url = qr.issue(key, public_url=PUBLIC_URL, number=number, terms_hash=terms_hash(text), issued_at=WHEN)
        confirmations = (
            agreement.Confirmation("单位发出", f"{employer}（周敏）", WHEN, "单位账号登录"),
            agreement.Confirmation("毕业生应约", name, WHEN, "本人账号登录，阅读全文，操作码核验"),
            agreement.Confirmation("学院审核", "示例大学信息学院（王老师）", WHEN, "审核账号登录"),
            agreement.Confirmation("学校审核", "示例大学就业指导中心（陈老师）", WHEN, "审核账号登录"),
        )
        document = agreement.AgreementDocument(
            number, text, confirmations, "示例大学 · 去向", url, f"{PUBLIC_URL}/v", WHEN, sort.look
        )
        words = (name, employer, numbers.grouped(number), yuan(pay), *sort.words, "补充约定", terms_hash(text))
        yield Sample(document, words)


def _terms(employer: str, position: str, pay: int, place: int) -> dict[str, Any]:
    return {
        "employer_name": employer,
        "credit_code": f"91330108MA{place:08d}",
        "nature": "39",
        "industry": "34",
        "region": "330108",
        "address": f"江陵路{place}号",
        "position_category": "13",
        "position": position,
        "contact_name": "周敏",
        "contact_mobile": f"139{place:08d}",
        "contact_email": f"hr{place}@example.com",
        "probation_months": place % 6 + 1,
        "probation_pay_cents": pay * 8 // 10,
        "regular_pay_cents": pay,
        "penalty_cents": 100_000 + place * 100,
        "report_place": f"江陵路{place}号人力资源部",
        "report_on": f"2026-07-{place % 28 + 1:02d}",
        "work_place": f"杭州市滨江区物联网街{place}号",
        "archive_transfer": "3",
        "archive_receiver": {"name": "滨江区人才服务中心", "address": f"泰安路{place}号", "postcode": "310051"},
        "hukou_transfer": "9",
        "supplement": f"1. 首年住房补贴每月 {place} 元；\n2. 入职体检费用由甲方承担。",
    }


def _graduate(name: str, place: int) -> Graduate:
    return Graduate(
        name=name,
        gender="女" if place % 2 else "男",
        school="示例大学",
        college="信息学院",
        major="软件工程",
        degree="本科",
        study_years="4年",
        graduates_on="2026-06",
        origin="浙江省绍兴市柯桥区",
        id_number_masked=f"330***********{place % 10_000:04d}",
        phone_masked=f"139****{place % 10_000:04d}",
    )


def _check(side: str, sample: Sample, pdf: bytes) -> None:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    text = re.sub(r"\s+", "", done.stdout.decode())
    missing = [word for word in sample.words if re.sub(r"\s+", "", word) not in text]
    if missing:
        raise AssertionError(f"{side}: a document lacks {missing}")


def _require_programs() -> None:
    """pdftotext to check, Pango for the peer: from the distribution where absent and possible."""
    needed = []
    if not shutil.which("pdftotext"):
        needed.append(PACKAGES["pdftotext"])
    if not list(Path("/usr/lib").glob("**/libharfbuzz-subset.so.0")):
        needed += PACKAGES["libpango"].split()
    if not needed:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
        subprocess.run([*quiet, "update"], check=False, capture_output=True)
        subprocess.run([*quiet, "install", "-y", "--no-install-recommends", *needed], check=True, capture_output=True)
    elif not shutil.which("pdftotext"):
        raise RuntimeError(f"please install {' '.join(needed)}")
