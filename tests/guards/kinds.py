"""The guards that kinds of filing declare, one by one, and what the guards themselves refuse."""

# ruff: noqa: E501  (the text is the source's own)

from __future__ import annotations

from collections.abc import Iterator

from tests.guards.guard import Guard

WAY = ("tests/workflows/test_what_stands_in_the_way.py",)
TRANSFERS = ("tests/workflows/test_transfers.py",)
VOIDING = ("tests/workflows/test_voiding.py",)
TERMINATIONS = ("tests/workflows/test_terminations.py", "tests/workflows/test_terminations_on_paper.py")
REVIEWING = ("tests/workflows/test_reviewing.py",)
INVITING = ("tests/workflows/test_inviting.py",)
OWN = ("tests/workflows/test_own_filings.py",)
DRAFTS = ("tests/workflows/test_drafts_and_desks.py",)

_GUARDS = "app/workflows/guards.py"
_VOID_GUARDS = "app/workflows/void_guards.py"
_TRANSFERS = "app/workflows/transfers.py"
_DESTINATION = "module_open(ModuleName.DESTINATION)"


def _each(name: str, file: str, declared: str, tests: tuple[str, ...], at: str = "guards") -> Iterator[Guard]:
    """One for each guard of a declaration, left out of it by itself."""
    guards = declared.split(", ")
    for guard in guards:
        if '("' in guard:
            continue  # a name of the declaration's own, not a guard's
        left = [other for other in guards if other != guard]
        kept = f"({', '.join(left)}{',' if len(left) == 1 else ''})"
        whole = f"({declared}{',' if len(guards) == 1 else ''})"
        yield Guard(f"{name}: {guard.strip('*')}", file, f" {at}={whole},", f" {at}={kept},", tests)


def _of(kind: str, title: str, declared: str) -> Iterator[Guard]:
    return _each(title, f"app/workflows/kinds/{kind}.py", declared, WAY)


DECLARED = (
    *_of("offline_agreement", "线下签约申请", f"{_DESTINATION}, base_in_order, not_commissioned, lane_free"),
    *_of("supplement", "已签就业协议信息补充", f"{_DESTINATION}, base_in_order, not_commissioned, lane_free"),
    *_of("other_destination", "其他去向登记", f"{_DESTINATION}, base_in_order, open_to_me, unit_known, lane_free"),
    *_of("completion", "补充去向信息", f"{_DESTINATION}, base_in_order, something_open"),
    *_of("destination_void", "申请作废去向", f"{_DESTINATION}, base_in_order, by_review"),
    *_of("offline_termination", "线下解约", f"{_DESTINATION}, base_in_order, terminations_left"),
    *_of("stamped_agreement", "盖章回传", "base_in_order"),
    *_of("agreement_void", "作废协议书", "base_in_order"),
    *_each("档案、户口", _TRANSFERS, 'module_open(matter.module), base_in_order, *own, told.pop("standing")', WAY),
    *_each("档案、户口，审核时", _TRANSFERS, "base_present, *own", (*WAY, *TRANSFERS), at="review_guards"),
    *_each("线上签约，邀请时", "app/workflows/kinds/online_signing.py", "may_be_signed", INVITING),
    *_each("线上解约，提交审核时", "app/workflows/kinds/online_termination.py", "base_present", TERMINATIONS),
    *_each(
        "线上签约，审核时", "app/workflows/kinds/online_signing.py", "base_present, may_be_signed",
        (*REVIEWING, *WAY), at="review_guards",
    ),
)  # fmt: skip

SAID = (
    Guard("nothing is approved for whom the school has deleted", "app/workflows/kind.py",
          "review_guards: tuple[Guard, ...] = (base_present,)", "review_guards: tuple[Guard, ...] = ()", WAY),
    Guard("a closed module", _GUARDS, '                return NotNow("学校已关闭这项填报，已有的记录仍可查看。有变化请联系学校就业部门。")',
          "                return None", WAY),
    Guard("a module not switched on", _GUARDS, '        return NotNow("学校尚未启用这项填报，请等学校通知。")', "        return None",
          (*OWN, *TRANSFERS)),
    Guard("base data corrected by the school", _GUARDS,
          '            return BaseDataUnconfirmed("学校更正了你的基本信息，请先重新核对确认，再进行这项操作。")', "            return None", WAY),
    Guard("base data never confirmed", _GUARDS, "    return BaseDataUnconfirmed()\n", "    return None\n",
          ("tests/workflows/test_answering.py",)),
    Guard("one destination at a time, as told", _GUARDS, """    return LaneHeld(_HELD[held["state"]].format(title=held["title"]), holder=dict(held))""",
          "    return None", WAY),
    Guard("no more terminations than the school allows", _GUARDS,
          'if most is None or situation.around["terminations"] < most:', "if True:", TERMINATIONS),
    Guard("the commissioned file one type", "app/workflows/kinds/other_destination.py",
          "    if variant is None or destinations.may_choose(variant, row.class_year, commissioned=_commissioned(situation)):\n",
          "    if True:\n", WAY),
    Guard("the unit of the commissioned is read-only", "app/workflows/kinds/other_destination.py", "    checks=_checks,\n", "", DRAFTS),
    Guard("作废 needs no review", _VOID_GUARDS, '        return NotNow("这份去向作废要经过学校审核，请改选「申请作废去向」。")',
          "        return None", VOIDING),
    Guard("nothing is registered twice", _TRANSFERS, "        if _record(situation, matter) is None:\n", "        if True:\n", WAY),
    Guard("what is changed is registered", _TRANSFERS, "        if _record(situation, matter) is not None:\n", "        if True:\n", WAY),
    Guard("hukou: moved in", _TRANSFERS, "    if moved is True:\n", "    if True:\n", TRANSFERS),
    Guard("hukou: 「--」 counts as no", _TRANSFERS, "    if moved is True:\n", "    if moved is not False:\n", TRANSFERS),
    Guard("the archive goes to nobody's family", _TRANSFERS,
          '    wrong = forms.receiver_problems(form, situation.around["graduate_name"], situation.around["own_phone"]())\n', "    wrong: list[dict[str, str]] = []\n", TRANSFERS),
    Guard("the directory's address is locked", _TRANSFERS, " + forms.lock_problems(form, _office(situation))", "", TRANSFERS),
    Guard("what completion may not touch", "app/workflows/kinds/completion.py", "    checks=_checks,\n", "", VOIDING),
    Guard("what completes is judged again at the last 通过", "app/workflows/kinds/completion.py",
          '    if errors:\n        raise NotNow("原去向的信息已有变化，请退回后由毕业生重新补充。")\n', "", VOIDING),
)  # fmt: skip

GUARDS = (*DECLARED, *SAID)
