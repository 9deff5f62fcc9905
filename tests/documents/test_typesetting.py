"""The agreement as PDF."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from app.documents import fonts
from app.documents.agreement import typeset
from app.documents.errors import MissingGlyph
from app.documents.numbers import grouped
from tests.documents.samples import GRADUATE, SHOWN, TERMS, document, text
from tests.documents.tools import program, text_of

MARKUP = '#panic("x") $ x^2 $ *粗* _斜_ `码` <a> @b = 题 \\ // 注 /* 注 */ #let a = [ ] { } " \' ~ --- #sys.inputs'
FREE_TEXT = (
    *("employer_name", "credit_code", "address", "position", "contact_name", "contact_landline"),
    *("contact_mobile", "contact_email", "report_place", "work_place", "hukou_address", "supplement"),
)


def close(words: str) -> str:
    return "".join(words.split())


@pytest.fixture(scope="module")
def printed() -> str:
    return text_of(typeset(document()))


@pytest.mark.parametrize(("field", "shown"), SHOWN.items())
def test_every_filled_field_is_on_paper(printed: str, field: str, shown: str) -> None:
    assert close(shown) in printed


@pytest.mark.parametrize("field", [field for field in asdict(GRADUATE) if field != "graduates_on"])
def test_everything_known_of_the_graduate_is_on_paper(printed: str, field: str) -> None:
    assert close(asdict(GRADUATE)[field]) in printed


def test_every_word_of_the_text_is_on_paper(printed: str) -> None:
    """What was accepted is what is printed. The footer may stand inside a paragraph that crosses pages."""
    pieces = [
        close(part) for clause in text() for line in clause.paragraphs for part in line.partition("：")[2].split("；")
    ]
    assert not [piece for piece in pieces if piece and piece not in printed]


def test_number_confirmations_and_level_of_signature_are_on_paper() -> None:
    agreement = document()
    printed = text_of(typeset(agreement))
    assert close(grouped(agreement.number)) in printed
    for line in agreement.confirmations:
        assert close(line.step) in printed
        assert close(line.who) in printed
    assert "2026年3月18日12:20" in printed  # Beijing time of 04:20 UTC
    assert "签署级别：账号+操作码+证据留存" in printed
    assert "第1页·共2页" in printed


def test_an_agreement_with_the_longest_supplement_stays_readable_to_the_end() -> None:
    supplement = "".join(f"第{place}项约定。" for place in range(1, 130))
    printed = text_of(typeset(document(text({**TERMS, "supplement": supplement}))))
    assert "第129项约定。" in printed
    assert "共3页" in printed or "共2页" in printed


def test_equal_documents_give_equal_bytes() -> None:
    agreement = document()
    assert typeset(agreement) == typeset(agreement)


def test_it_is_an_archival_tagged_pdf_of_a_decent_size() -> None:
    pdf = typeset(document())
    assert b"pdfaid:part" in pdf
    assert b"/MarkInfo" in pdf
    assert len(pdf) < 400_000


@pytest.mark.parametrize("field", FREE_TEXT)
def test_markup_in_the_form_is_printed_not_obeyed(field: str) -> None:
    assert close(MARKUP) in text_of(typeset(document(text({**TERMS, field: MARKUP}))))


@pytest.mark.parametrize("part", TERMS["archive_receiver"])
def test_markup_in_the_receiver_of_the_archive_is_printed_not_obeyed(part: str) -> None:
    receiver = {**TERMS["archive_receiver"], part: MARKUP}
    assert close(MARKUP) in text_of(typeset(document(text({**TERMS, "archive_receiver": receiver}))))


@pytest.mark.parametrize("field", [field for field in asdict(GRADUATE) if field != "graduates_on"])
def test_markup_in_the_roster_is_printed_not_obeyed(field: str) -> None:
    assert close(MARKUP) in text_of(typeset(document(text(**{field: MARKUP}))))


def test_rare_characters_of_names_are_printed_and_can_be_copied() -> None:
    printed = text_of(typeset(document(text(name="㙍𠮷𫖮䶮"))))
    assert "㙍𠮷𫖮䶮" in printed


def test_rare_characters_are_drawn_from_our_fonts_and_embedded(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(typeset(document()))
    program("pdftotext")
    listed = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert listed
    assert all("NotoSerifSC" in line or "NotoSansCJKsc" in line or "NotoSansSC" in line for line in listed)
    assert all(line.split()[-5] == "yes" for line in listed)  # column "emb"


@pytest.mark.parametrize("character", ["\U0002a6d6", "\ue000", "\u202e", "\u200b", "\x07", "😀"])
def test_a_character_without_a_glyph_refuses_the_document_and_is_named(character: str) -> None:
    with pytest.raises(MissingGlyph) as refused:
        typeset(document(text(name=f"张{character}三")))
    assert refused.value.character == character
    assert f"U+{ord(character):04X}" in str(refused.value)
    assert "张" not in str(refused.value)


def test_a_character_without_a_glyph_is_found_in_confirmations_too() -> None:
    agreement = document()
    with pytest.raises(MissingGlyph):
        typeset(replace(agreement, confirmations=(replace(agreement.confirmations[0], who="王\U0002a6d6"),)))


def test_the_fallback_face_is_the_simplified_chinese_one() -> None:
    with TTFont(fonts.SANS, fontNumber=fonts.SANS_FACE, lazy=True) as file:
        assert file["name"].getDebugName(1) == "Noto Sans CJK SC"


def test_the_template_names_no_other_fonts_than_those_checked_for_glyphs() -> None:
    template = (Path(fonts.__file__).parent / "agreement.typ").read_text(encoding="utf-8")
    assert '#let serif = ("Noto Serif SC", "Noto Sans CJK SC")' in template
    assert '#let sans = ("Noto Sans SC", "Noto Sans CJK SC")' in template
    assert '#let bold = ("Noto Sans CJK SC",)' in template
    assert template.count('"Noto') == 5


def test_threads_typeset_side_by_side_without_mixing_their_documents() -> None:
    names = [f"学生{chr(0x4E00 + place)}" for place in range(24)]

    def make(name: str) -> str:
        return text_of(typeset(document(text(name=name))))

    with ThreadPoolExecutor(6) as threads:
        for name, printed in zip(names, threads.map(make, names), strict=True):
            assert name in printed
            assert sum(other in printed for other in names) == 1


def run(program_text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program_text], capture_output=True, text=True, timeout=170, check=True
    )
    return done.stdout


def test_a_forked_child_of_a_warm_process_typesets() -> None:
    assert run(FORK.format(before="warm_up()")) == "made"


def test_a_forked_child_of_a_process_that_typeset_is_told_instead_of_hanging() -> None:
    assert run(FORK.format(before="typeset(document())")) == "ForkedTooLate"


FORK = """
import os
from app.documents.agreement import typeset, warm_up
from tests.documents.samples import document
{before}
if os.fork() == 0:
    try:
        typeset(document())
        os.write(1, b"made")
    except BaseException as error:
        os.write(1, type(error).__name__.encode())
    os._exit(0)
os.wait()
"""


def test_typesetting_thousands_does_not_fill_the_memory() -> None:
    grown = run(GROWTH)
    assert int(grown) < 150_000, f"{grown} kB more after 300 documents"


GROWTH = """
import resource
from app.documents.agreement import typeset
from tests.documents.samples import document, text
def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for place in range(30):
    typeset(document(text(name="甲" + chr(0x4E00 + place))))
before = used()
for place in range(300):
    typeset(document(text(name="乙" + chr(0x4E00 + place))))
print(used() - before, end="")
"""
