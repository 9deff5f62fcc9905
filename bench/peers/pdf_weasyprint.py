"""The agreement by WeasyPrint, unsigned: HTML from a Jinja template, CSS with @page and running feet.

Written as WeasyPrint's documentation recommends: a template engine for the HTML, one FontConfiguration and one parsed
style sheet kept for all documents, fonts installed, harfbuzz's fast subsetter present, nothing fetched. It gets the QR
code drawn and the same family of fonts as we use, less the rare-character fallback.
"""

from __future__ import annotations

import base64
import logging
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

FONTCONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>%s</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>"""
STYLE = """
@page { size: A4; margin: 16mm 21mm 20mm;
  @bottom-left { content: "普通高等学校毕业生就业协议书"; font: 7.5pt 'Noto Sans SC'; color: #5b6761 }
  @bottom-right { content: "第 " counter(page) " 页 · 共 " counter(pages) " 页";
    font: 7.5pt 'Noto Sans SC'; color: #5b6761 } }
body { font: 10pt/1.36 'Noto Serif SC'; text-align: justify; margin: 0 }
header { display: flex; justify-content: space-between; font: 8.5pt 'Noto Sans SC'; color: #5b6761 }
header b { border: .8pt solid #0b6b43; border-radius: 2pt; padding: 3pt 7pt; color: #0b6b43 }
h1 { font: bold 20pt 'Noto Sans SC'; text-align: center; margin: 5mm 0 2mm }
h2 { font: bold 10pt 'Noto Sans SC'; color: #0b6b43; margin: 2mm 0 .5mm; break-after: avoid }
p { margin: 0; text-indent: 2em }
.number { text-align: center; text-indent: 0; font-family: 'Noto Sans SC'; margin-bottom: 4mm }
table { width: 100%; border-collapse: collapse; margin: 2.5mm 0; text-align: left }
td, th { border-top: .5pt solid #b9c4be; border-bottom: .5pt solid #b9c4be; padding: 1.6pt 5pt; line-height: 1.25 }
th { background: #eef4f0; color: #0b6b43; font: bold 9.5pt 'Noto Sans SC' }
.label { font: 8.5pt 'Noto Sans SC'; color: #5b6761; width: 24mm }
.whole { break-inside: avoid; font-size: 9pt }
blockquote { margin: 1mm 0 1mm 2em; padding-left: 8pt; border-left: 1.5pt solid #0b6b43; white-space: pre-line }
.field { height: 32mm; vertical-align: top; border: .5pt solid #b9c4be }
.field p { text-indent: 0; margin-top: 4mm }
.check { break-inside: avoid; font-size: 9pt; margin-top: 5mm }
.check td { border: 0 }
.check img { width: 35mm; height: 35mm }
.check p { text-indent: 0; margin-bottom: 1mm }
.faint { font: 8pt/1.5 'Noto Sans SC'; color: #5b6761 }
.hash { font-size: 7pt }
"""


@cache
def _template() -> Any:
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template(
        "pdf_weasyprint.html"
    )


@cache
def _style(fonts: Path) -> tuple[Any, Any]:
    # Fonts are installed for fontconfig, which the library reads when it is first imported; measured against
    # @font-face with the same files this is the faster way.
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write(FONTCONFIG % fonts)
    os.environ["FONTCONFIG_FILE"] = file.name
    from weasyprint import CSS  # type: ignore[import-untyped]
    from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    configuration = FontConfiguration()
    style = CSS(string=STYLE, font_config=configuration), configuration
    Path(file.name).unlink()
    return style


def make(content: dict[str, Any], fonts: Path) -> bytes:
    """One document. ``content`` is what our own template gets, the QR code as SVG; ``fonts`` holds the font files."""
    style, configuration = _style(fonts)
    from weasyprint import HTML

    qr_base64 = base64.b64encode(content["qr"].encode()).decode()
    html = _template().render(content, qr_base64=qr_base64)
    made = HTML(string=html).write_pdf(stylesheets=[style], font_config=configuration)
    assert isinstance(made, bytes)
    return made
