"""The scenes of the demo, in their order: what one graduate lives through, over HTTP as the clients would send it."""

from __future__ import annotations

from collections.abc import Callable

from app.cli.demo_cast import Graduate
from app.cli.demo_scenes import destinations, on_paper, signing, transfers
from app.cli.demo_stage import Stage

Scene = Callable[[Stage, Graduate], None]

PARTS: tuple[tuple[tuple[str, Scene], ...], ...] = (
    (("线上签约", signing.signed), ("线上解约", signing.ended)),
    (("线下签约，单位凭一次性链接回传", on_paper.stamped), ("线下解约，凭解约函和电话核实", on_paper.ended)),
    (("协议书生成后不签了", on_paper.given_up),),
    (("补充已签的纸质协议", on_paper.supplemented),),
    (("签劳动合同，老师代为修改，后来作废", destinations.corrected_and_voided),),
    (("学院代登记", destinations.filed_by_the_college),),
    (
        ("升学，退回一次，生效后补充信息", destinations.further_study),
        ("档案和户口，登记后又修改", transfers.archive_and_hukou),
    ),
)
"""A graduate's part is one or more scenes, each with its title. The last graduate is one whose hukou moved to the
school (:func:`app.cli.demo_cast.gathered`)."""
