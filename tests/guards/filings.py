"""The guards of filings: made, handed in, taken back, decided; of terminations, 作废 and links sent to employers."""

# ruff: noqa: E501  (the text is the source's own)

from __future__ import annotations

from tests.guards.guard import Guard

OWN = ("tests/workflows/test_own_filings.py",)
DRAFTS = ("tests/workflows/test_drafts_and_desks.py",)
REVIEWING = ("tests/workflows/test_reviewing.py",)
OFFLINE = ("tests/workflows/test_offline_agreement.py",)
TERMINATIONS = ("tests/workflows/test_terminations.py", "tests/workflows/test_terminations_on_paper.py")
VOIDING = ("tests/workflows/test_voiding.py",)
TRANSFERS = ("tests/workflows/test_transfers.py",)
FOLLOWS = ("tests/workflows/test_what_follows_a_destination.py",)
REPORTING = ("tests/workflows/test_reporting.py",)
REPORTED = ("tests/workflows/test_what_was_reported.py",)
BETWEEN = ("tests/api/test_what_is_typed_in_between.py",)
PROOFS = ("tests/api/test_proofs_between_draft_and_desk.py",)
DESK = ("tests/api/test_review_desk.py",)
LEVELS = ("tests/workflows/test_levels_of_a_type.py",)
OFFICE = ("tests/api/test_graduates_of_an_office.py",)
LINKS = ("tests/api/test_return_links.py",)
SENT = ("tests/notify/test_links_sent.py",)
PINS = ("tests/api/test_acts_that_bind.py",)
EXPLORER = ("tests/properties/test_filing_explorer.py",)
DELETION = ("tests/workflows/test_what_follows_a_destination.py",)

_FILING = "app/workflows/filing.py"
_DECISION = "app/workflows/decision.py"
_ROWS = "app/workflows/filing_rows.py"
_MACHINE = "app/workflows/filing_machine.py"
_TERMINATION = "app/workflows/termination.py"
_ENDING = "app/workflows/termination_machine.py"
_VOIDING = "app/workflows/voiding.py"
_LINK = "app/workflows/return_link.py"
_MINE = "app/blueprints/my_filings.py"
_STALE = "    if row.version != seen:\n        raise stale(connection, row, seen)\n"

MADE = (
    Guard("who may begin a kind", _FILING, "    if actor.role not in kind.by:\n        raise NotAllowed\n", "", DRAFTS),
    Guard("beginning: the kind's guards", _FILING, "    kind.require(situation)\n    if (found := _left(", "    if (found := _left(",
          ("tests/workflows/test_what_stands_in_the_way.py",)),
    Guard("about the claim that stands", _FILING,
          "    if held is None or (claim_id is not None and str(claim_id) != held[\"id\"]):\n", "    if held is None:\n", DRAFTS),
    Guard("about a claim of the right kind", _FILING, "    if claim is None or (kind.of_kinds and claim.kind not in kind.of_kinds):\n",
          "    if claim is None:\n", TERMINATIONS),
    Guard("about a claim in the right state", _FILING, "    if claim.state not in kind.about:\n        raise CLAIM.not_now(claim.state)\n", "",
          (*OFFLINE, *DRAFTS)),
    Guard("somebody else's draft is nobody's", _FILING, "    if actor.role in REVIEWERS and row.filed_by != actor.id:\n        raise NotFound\n    return row\n",
          "    return row\n", OFFICE),
    Guard("what is handed in is not typed over", _FILING, "    if row.state not in EDITABLE:\n        raise filing_machine(row.machine).not_now(row.state)\n", "",
          DRAFTS),
    Guard("saving on the version seen", _FILING, ", Filing.version == seen, Filing.state == row.state)", ")", DRAFTS),
    Guard("handing in: the kind's guards", _FILING, "    kind.require(situation)\n    if kind.about:\n", "    if kind.about:\n",
          ("tests/workflows/test_what_stands_in_the_way.py",)),
    Guard("handing in: the claim still stands", _FILING, "    if kind.about:\n        _fitting(kind, claim)\n", "", DRAFTS),
    Guard("handing in the version seen", _FILING, _STALE + "    handed_in = {", "    handed_in = {", DRAFTS),
    Guard("handing in: what was taken away meanwhile is missing", _FILING, "    files = proofs.there(row.files, handed_in)\n", "    files = row.files\n", PROOFS),
    Guard("handing in: nothing is wrong with it", _FILING, "    if wrong:\n        raise Invalid(wrong)\n", "", OWN),
    Guard("handing in: form and graduate together", _FILING,
          "        found += [_under_form(item) for item in kind.faults(situation, stored)]\n", "        pass\n", TRANSFERS),
    Guard("handing in: all proofs are there", _FILING, "found + proofs.missing(kind.items(row.variant, stored), row.files)", "found", OWN),
    Guard("no more proofs than asked for", "app/workflows/proofs.py", "        elif count > item.most:\n", "        elif False:\n", DRAFTS),
    Guard("neither party takes back what both agreed on", _FILING,
          "    if not kind.by:\n        raise NotNow(", "    if False:\n        raise NotNow(", TERMINATIONS),
    Guard("nothing is taken back once a desk has decided, as told", _FILING,
          "    if row.state in [state for state, _ in DESKS.values()] and not undecided(row.state, row.stages):\n", "    if False:\n", DRAFTS),
    Guard("taking back the version seen", _FILING, _STALE + "    values = {", "    values = {", DRAFTS),
    Guard("what a graduate takes back is no longer filed on behalf", _FILING, 'row.filed_by if actor.role in REVIEWERS else None', "row.filed_by", BETWEEN),
    Guard("what completes a destination is of its type", _FILING, "    variant = kind.variant_of(variant, claim)\n    schema", "    schema", BETWEEN),
    Guard("what a graduate began is the graduate's to delete", _FILING, "    if actor.role in REVIEWERS and connection.scalar(_BEGUN_BY, {\"id\": row.id}) == Role.GRADUATE:\n", "    if False:\n", OFFICE),
    Guard("discarding the version seen", _FILING, _STALE + "    advance(connection, Move(machine, FILING, \"discard\"",
          "    advance(connection, Move(machine, FILING, \"discard\"", DRAFTS),
    Guard("the level that has the last word", _FILING,
          "    return levels if kind.last_word in (None, levels[-1]) else (*levels, kind.last_word)\n", "    return levels\n", TERMINATIONS),
    Guard("one filing under review per lane, in the index", "migrations/versions/0004_filings.py",
          '"filing_lane", "filing", ["graduate_id", "lane"], unique=True', '"filing_lane", "filing", ["graduate_id", "lane"], unique=False', (*TRANSFERS, *OFFLINE)),
    Guard("one draft of a kind, in the index", "migrations/versions/0004_filings.py",
          '"filing_one_draft", "filing", ["graduate_id", "kind"], unique=True', '"filing_one_draft", "filing", ["graduate_id", "kind"], unique=False', DRAFTS),
)  # fmt: skip

DECIDED = (
    Guard("who filed for a graduate does not decide", "app/workflows/filing_guards.py",
          '    if situation.actor.id is not None and situation.actor.id == getattr(situation.row, "filed_by", None):\n', "    if False:\n", OWN),
    Guard("approving: another person", _MACHINE, '"通过", guards)', '"通过", ())', REVIEWING),
    Guard("rejecting: another person", _MACHINE, '"不通过", guards)', '"不通过", ())', DRAFTS),
    Guard("returning: another person", _MACHINE, '"退回修改", guards)', '"退回修改", ())', DRAFTS),
    Guard("taken up only past the time limit", _MACHINE, '"接办", (left_lying,))', '"接办", ())', OWN),
    Guard("taking over: not what one confirms oneself", "app/workflows/assistance.py", "    if actor.role not in kind.by or kind.pin:\n", "    if False:\n", OFFICE),
    Guard("taking over the version seen", "app/workflows/assistance.py", "    if row.version != seen:\n        raise stale(connection, row, seen)\n", "", OFFICE),
    Guard("days of grace before it is taken up", "app/workflows/filing_guards.py", "workdays.after(due, days) < ", "due < ", DESK),
    Guard("an office's note where the kind asks for it", _DECISION,
          "    if verdict is Verdict.APPROVE and stage == row.stages[-1] and KINDS[row.kind].note and not note:\n", "    if False:\n", TERMINATIONS),
    Guard("correcting is the desk's that has it", _DECISION, '    machine.permit("edit", situation)\n', "", DRAFTS),
    Guard("correcting the version seen", _DECISION, _STALE + "    variant = kind", "    variant = kind", DRAFTS),
    Guard("correcting: not what was confirmed by PIN", _DECISION, "    if kind.pin:\n        raise NotNow(CONFIRMED_BY_PIN, state=row.state)\n", "", BETWEEN),
    Guard("correcting: only into what is the graduate's to file", _DECISION, "    kind.require(edited, at_review=True)\n", "", BETWEEN),
    Guard("approving: the type is the graduate's still", "app/workflows/kinds/other_destination.py", "    review_guards=(base_present, open_to_me),\n", "", BETWEEN),
    Guard("a correction into a type of more levels", _DECISION, "    if not set(kind.never_without(variant)) <= set(row.stages):\n", "    if False:\n", LEVELS),
    Guard("a level that a type is never without is not skipped", _DECISION, "    if STAGE_OF[row.state] in KINDS[row.kind].never_without(row.variant):\n", "    if False:\n", LEVELS),
    Guard("the levels that a type is never without", "app/workflows/filing.py", ", *kind.never_without(variant)}", "}", LEVELS),
    Guard("a correction keeps to the form", _DECISION,
          '    if errors:\n        raise Invalid([{"pointer": f"/form{item[\'pointer\']}", "detail": item["detail"]} for item in errors])\n', "", DRAFTS),
    Guard("a correction keeps to what the kind checks", _DECISION, "        errors = kind.faults(with_phone(edited, sealer), stored)\n",
          "        pass\n", DRAFTS),
    Guard("taking up the version seen", _DECISION, _STALE + '    values = {"stage_since"', '    values = {"stage_since"', DRAFTS),
    Guard("many at once: the kind's guards", _DECISION, "    KINDS[row.kind].require(situation, at_review=True)\n    if (doubt", "    if (doubt", DESK),
    Guard("many at once: nothing doubtful", _DECISION, "        raise NotClean(doubt)\n", "        pass\n", DESK),
    Guard("many at once: alike proofs", _DECISION, "        (found.alike, ", "        (False, ", DESK),
    Guard("many at once: unclear proofs", _DECISION, "        (found.unclear, ", "        (False, ", DESK),
    Guard("many at once: filed by the school", _DECISION, "        (row.filed_by is not None, ", "        (False, ", OFFICE),
    Guard("many at once: a note is asked for", _DECISION, "        (stage == row.stages[-1] and KINDS[row.kind].note, ", "        (False, ", DESK),
    Guard("many at once: a colleague reads it", _DECISION, "        (held, ", "        (False, ", DESK),
    Guard("a dry run decides nothing", _DECISION, "    if not dry_run:\n", "    if True:\n", DESK),
    Guard("a mark is for one's own desk", _DECISION, ".where(Filing.id == filing_id, sees_filing(actor), Filing.state.in_(desks), mine_or_free)",
          ".where(Filing.id == filing_id, sees_filing(actor), mine_or_free)", REVIEWING),
    Guard("a colleague's mark is left alone", _DECISION, "Filing.state.in_(desks), mine_or_free)", "Filing.state.in_(desks))", REVIEWING),
)  # fmt: skip

ENDED = (
    Guard("asking to end: a party", _TERMINATION, '    WHERE c.id = :id AND {_PARTY}\n', "    WHERE c.id = :id\n", TERMINATIONS),
    Guard("asking to end: what is effective", _TERMINATION, '    CLAIM.permit("begin_ending", situation)\n', "", TERMINATIONS),
    Guard("asking to end: base data, the school's limit", _TERMINATION, "    if (problem := _obstacle(situation)) is not None:\n        raise problem\n", "", TERMINATIONS),
    Guard("asking to end: base data confirmed", _ENDING, "(base_in_order, terminations_left)", "(terminations_left,)", TERMINATIONS),
    Guard("asking to end: within the school's limit", _ENDING, "(base_in_order, terminations_left)", "(base_in_order,)", TERMINATIONS),
    Guard("a termination is its parties' and its school's", _TERMINATION,
          "    WHERE t.id = :id AND (t.graduate_id = :graduate OR t.employer_id = :employer OR t.school_id = :school)\n", "    WHERE t.id = :id\n", TERMINATIONS),
    Guard("agreeing: the other party", _ENDING, '"同意解约",\n            (other_party, base_in_order),', '"同意解约",\n            (base_in_order,),', TERMINATIONS),
    Guard("agreeing: base data confirmed", _ENDING, '"同意解约",\n            (other_party, base_in_order),', '"同意解约",\n            (other_party,),', TERMINATIONS),
    Guard("refusing to end: the other party", _ENDING, '"拒绝解约",\n            (other_party, base_in_order),', '"拒绝解约",\n            (base_in_order,),', TERMINATIONS),
    Guard("refusing to end: base data confirmed", _ENDING, '"拒绝解约",\n            (other_party, base_in_order),', '"拒绝解约",\n            (other_party,),', TERMINATIONS),
    Guard("cancelling: the starter", _ENDING, '"撤销申请", (starter,))', '"撤销申请", ())', TERMINATIONS),
    Guard("asking for help: the starter", _ENDING, "(starter, not_asked_yet, waited_long)", "(not_asked_yet, waited_long)", TERMINATIONS),
    Guard("asking for help: once", _ENDING, "(starter, not_asked_yet, waited_long)", "(starter, waited_long)", TERMINATIONS),
    Guard("asking for help: after fifteen days", _ENDING, "(starter, not_asked_yet, waited_long)", "(starter, not_asked_yet)", TERMINATIONS),
    Guard("the school settles what it was asked to", _ENDING, '"受理解约", (help_asked,))', '"受理解约", ())', TERMINATIONS),
    Guard("the school dismisses what it was asked to", _ENDING, '"不予解约",\n            (help_asked,),', '"不予解约",\n            (),', TERMINATIONS),
    Guard("a termination on the version seen", _TERMINATION, "    if row.version != seen:\n        raise Stale\n", "", TERMINATIONS),
    Guard("one termination at a time, in the index", "migrations/versions/0005_terminations.py",
          '        ["claim_id"],\n        unique=True,', '        ["claim_id"],\n        unique=False,', TERMINATIONS),
    Guard("作废: one's own", _VOIDING, "    if claim is None:\n        raise NotFound\n    if done", "    if done", VOIDING),
    Guard("作废: no signing", _VOIDING, "    if not KINDS[claim.kind].voidable:\n", "    if False:\n", VOIDING),
    Guard("作废: what is effective", _VOIDING, "    if claim.state != ClaimState.EFFECTIVE:\n        raise CLAIM.not_now(claim.state)\n", "", VOIDING),
    Guard("作废: base data confirmed", _VOIDING, "(base_confirmed, *((module_open(module),)", "(*((module_open(module),)", VOIDING),
    Guard("作废: its module is open", _VOIDING, "(base_confirmed, *((module_open(module),) if module is not None else ()), directly)",
          "(base_confirmed, directly)", VOIDING),
    Guard("作废: without review where the school says so", _VOIDING, " if module is not None else ()), directly)", " if module is not None else ()))", VOIDING),
    Guard("作废: nothing about it is under review", _VOIDING, "    if problem is None and under_review is not None:\n", "    if False:\n", BETWEEN),
    Guard("作废 on the version seen", _VOIDING, "    if claim.version != seen:\n        raise stale(connection, claim, seen)\n", "", VOIDING),
    Guard("核对无误: one's own base data confirmed", "app/workflows/transfer_machine.py", '"核对无误", (base_confirmed,))', '"核对无误")', FOLLOWS),
    Guard("核对无误 on the version seen", "app/workflows/transfers.py", "    if row.version != seen:\n        raise Stale\n", "", FOLLOWS),
    Guard("one record of a lane, in the schema", "migrations/versions/0007_archive_and_hukou.py",
          '        sa.UniqueConstraint("graduate_id", "lane", name=op.f("transfer_graduate_id_lane_key")),\n', "", FOLLOWS),
    Guard("去向登记确认: base data confirmed", "app/workflows/confirmation_machine.py", "_FIRST = (base_confirmed,)", "_FIRST = ()", FOLLOWS),
    Guard("去向登记确认: nothing in doubt", "app/workflows/confirmation_machine.py", "_RIGHT = (*_FIRST, destination_reported, all_settled, nothing_doubtful)",
          "_RIGHT = (*_FIRST, destination_reported, all_settled)", FOLLOWS),
    Guard("a change asks for another confirmation", "app/workflows/renewal.py", "    return (act, *renewal(connection, act.situation))\n", "    return (act,)\n", FOLLOWS),
    Guard("a first record asks for another confirmation", "app/workflows/renewal.py",
          '        return (act, *renewed_by(connection, act.actor, act.values["graduate_id"]))\n', "        return (act,)\n", FOLLOWS),
    Guard("去向登记确认: what was reported only", "app/workflows/confirmation_machine.py",
          "_RIGHT = (*_FIRST, destination_reported, all_settled, nothing_doubtful)", "_RIGHT = (*_FIRST, all_settled, nothing_doubtful)", REPORTING),
    Guard("去向登记确认: 暂不确定 is settled", "app/workflows/confirmation_machine.py",
          "_RIGHT = (*_FIRST, destination_reported, all_settled, nothing_doubtful)", "_RIGHT = (*_FIRST, destination_reported, nothing_doubtful)", FOLLOWS),
    Guard("what is completed is to be reported again", "app/workflows/claim_consequences.py",
          '    return and_renewal(connection, replace(act, values={**act.values, "batch_id": None}))\n', "    return and_renewal(connection, act)\n", REPORTED),
    Guard("上报 is the school's", "app/workflows/reporting.py", "    if actor.role is not Role.SCHOOL or actor.school_id is None:\n", "    if actor.school_id is None:\n", REPORTING),
    Guard("上报 of no day to come", "app/workflows/reporting.py", '        raise Invalid.field("/reported_on", "上报日期不能晚于今天。")\n', "        pass\n", REPORTING),
    Guard("上报 one batch at a time", "app/workflows/reporting.py", '        raise NotNow("上一批还在生成，请等它完成再上报。")\n', "        pass\n", REPORTING),
    Guard("上报 of what holds when it is written down", "app/workflows/reporting.py", "    if marked.rowcount != len(lines):\n        raise _Overtaken\n", "", REPORTING),
    Guard("转递编号 never given twice", "app/workflows/reporting.py", "        if number not in given:\n", "        if True:\n", REPORTING),
    Guard("no base data are deleted while something is under way", "app/workflows/roster_deletion.py",
          '        raise NotNow(f"「{row.claim[\'title\']}」还没有办完（审核中、等盖章或解约中），办完以后才能删除基本信息。")\n', "        pass\n", DELETION),
    Guard("no base data are deleted while something is reviewed", "app/workflows/roster_deletion.py",
          '        raise NotNow("还有材料正在审核，审核结束以后才能删除基本信息。")\n', "        pass\n", DELETION),
    Guard("deleting takes a second person", "app/workflows/roster_deletion.py", '        raise NotNow("删除申请是你提出的，须由另一位老师确认。")\n', "        pass\n", DELETION),
)  # fmt: skip

LINKED = (
    Guard("a link for one's own agreement", _LINK, "    WHERE c.id = :claim AND c.graduate_id = :graduate\n", "    WHERE c.id = :claim\n", LINKS),
    Guard("a link asks for confirmed base data", _LINK, "    if problem is not None:\n        raise problem\n", "", LINKS),
    Guard("a link for what waits for its stamp", _LINK, "    if claim.state != ClaimState.AGREEMENT_GENERATED:\n        raise CLAIM.not_now(claim.state)\n", "", LINKS),
    Guard("a link is given out four times at most", _LINK, "        WHERE l.sent_count < :most\n", "", LINKS),
    Guard("one revokes one's own link", _LINK, "    WHERE claim_id = :claim AND graduate_id = :graduate\n", "    WHERE claim_id = :claim\n", LINKS),
    Guard("a revoked link", _LINK, " AND l.revoked_at IS NULL", "", LINKS),
    Guard("a used link", _LINK, " AND l.used_at IS NULL", "", LINKS),
    Guard("an expired link", _LINK, " AND l.expires_at > clock_timestamp()\n", "\n", LINKS),
    Guard("a link of an agreement that is over", _LINK, "        AND c.{in_states(ClaimState.AGREEMENT_GENERATED)} AND", "        AND", LINKS),
    Guard("a link of whom the school has deleted", _LINK, " AND g.base_state <> 'deleted'\n", "\n", LINKS),
    Guard("the first set handed in wins", _LINK, "    if row.taken:\n", "    if False:\n", LINKS),
    Guard("pictures that came through the link", _LINK, "    if not uploads or not sent.issuperset(uploads):\n", "    if not uploads:\n", LINKS),
    Guard("a link is good for one set", _LINK, '    connection.execute(_USED, {"id": row.id})\n', "", LINKS),
    Guard("a link is sent twice a day at most", "app/workflows/link_sending.py",
          '        raise NotNow("一天最多请平台发两次。可以复制链接自己转发，或者明天再发。")\n', "        pass\n", SENT),
    Guard("a link is sent to somebody who can be reached", "app/workflows/link_sending.py", "    if not _send(connection, link):\n", "    if _send(connection, link) is None:\n", SENT),
    Guard("the token is kept as its hash", "app/identity/return_tokens.py", "    return hashlib.sha256(token.encode()).digest()\n", "    return token.encode()\n", LINKS),
)  # fmt: skip

BOUND = (
    Guard("what binds asks for the PIN", _MINE, "    if KINDS[row.kind].pin:\n", "    if False:\n", PINS),
    Guard("no PIN is no PIN", _MINE, '        if data["pin"] is None:\n            raise Invalid.field("/pin", "请输入操作码。")\n        pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])\n',
          '        if data["pin"]:\n            pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])\n', PINS),
    Guard("nobody hands in for another what binds", _MINE, "        if g.actor.role is not Role.GRADUATE:\n            raise NotAllowed(OWN_PIN)\n", "", PINS),
    Guard("nobody begins for another what binds", _MINE, "    if kind.pin:\n        raise NotAllowed(OWN_PIN)\n", "", PINS),
    Guard("作废 asks for the PIN", _MINE, '    pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])\n    voiding', "    voiding", PINS),
    Guard("asking to end asks for the PIN", "app/blueprints/terminations.py", '    _check_pin(connection, data["pin"])\n    made', "    made", PINS),
    Guard("agreeing to end asks for the PIN", "app/blueprints/terminations.py", '    _check_pin(connection, data["pin"])\n    termination.accept', "    termination.accept", PINS),
)  # fmt: skip

GUARDS = (*MADE, *DECIDED, *ENDED, *LINKED, *BOUND)
