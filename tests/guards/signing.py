"""The guards of signing, and of what every request passes."""

# ruff: noqa: E501  (the text is the source's own)

from __future__ import annotations

from tests.guards.guard import Guard

ANSWERING = ("tests/workflows/test_answering.py",)
INVITING = ("tests/workflows/test_inviting.py",)
BACK = ("tests/workflows/test_taking_back.py",)
REVIEWING = ("tests/workflows/test_reviewing.py",)
EVERYTHING = ("tests/workflows/test_everyone_tries_everything.py",)
MACHINES = ("tests/workflows/test_machines_cannot_be_broken.py",)
CLICKS = ("tests/workflows/test_second_clicks.py",)
PIN = ("tests/workflows/test_pin.py",)
RACES = ("tests/races",)
PROTOCOL = ("tests/api/test_protocol.py",)
SEES = ("tests/api/test_who_sees_what.py",)
BAD = ("tests/api/test_bad_input.py",)
HTTP_RACES = ("tests/races/test_over_http.py",)


_GUARDS = "app/workflows/guards.py"
_MACHINES = "app/workflows/machines.py"
_INVITATION = "app/workflows/invitation.py"
_FILING = "app/workflows/filing.py"
_DECISION = "app/workflows/decision.py"
_ADVANCE = "app/workflows/advance.py"
_ACCESS = "app/access.py"
_HTTP = "app/http.py"
_PINS = "app/identity/pins.py"
_SCHEMA = "migrations/versions/0001_the_spine.py"

GUARDS: tuple[Guard, ...] = (
    # Time
    Guard("in time, as told", _GUARDS, "return None if situation.now < situation.row.respond_by else TooLate()",
          "return None", ANSWERING),
    Guard("in time, in the UPDATE", _GUARDS, 'in_time = Guard("in_time", _in_time, "respond_by > clock_timestamp()")',
          'in_time = Guard("in_time", _in_time)', ANSWERING),
    Guard("overdue, as told", _GUARDS,
          'return NotNow("还没有到应约截止时间。") if situation.now < situation.row.respond_by else None', "return None",
          MACHINES),
    Guard("overdue, in the UPDATE", _GUARDS, 'overdue = Guard("overdue", _overdue, "respond_by <= clock_timestamp()")',
          'overdue = Guard("overdue", _overdue)', EVERYTHING),
    Guard("deadline not today", _INVITATION, "if not today + timedelta(days=1) <= respond_on", "if not today <= respond_on",
          INVITING),
    Guard("deadline within the limit", _INVITATION, " <= respond_on <= today + timedelta(days=longest_days):",
          " <= respond_on:", INVITING),
    Guard("a deadline is never brought forward", _INVITATION, "if respond_by <= row.respond_by:", "if False:", INVITING),
    # Who may answer
    Guard("accepting: in time", _MACHINES, "(in_time, base_confirmed, free_to_sign, nothing_accepted)",
          "(base_confirmed, free_to_sign, nothing_accepted)", ANSWERING),
    Guard("accepting: base data confirmed", _MACHINES, "(in_time, base_confirmed, free_to_sign, nothing_accepted)",
          "(in_time, free_to_sign, nothing_accepted)", ANSWERING),
    Guard("accepting: not commissioned", _MACHINES, "(in_time, base_confirmed, free_to_sign, nothing_accepted)",
          "(in_time, base_confirmed, nothing_accepted)", ANSWERING),
    Guard("accepting: lane free, as told", _MACHINES, "(in_time, base_confirmed, free_to_sign, nothing_accepted)",
          "(in_time, base_confirmed, free_to_sign)", ANSWERING),
    Guard("refusing: base data confirmed", _MACHINES, "(in_time, base_confirmed, nothing_accepted)", "(in_time, nothing_accepted)",
          ANSWERING),
    Guard("refusing: lane free", _MACHINES, "(in_time, base_confirmed, nothing_accepted)", "(in_time, base_confirmed)",
          ANSWERING),
    Guard("withdrawing: in time", _MACHINES, '"invitation.withdrawn", "撤回邀请", (in_time,)',
          '"invitation.withdrawn", "撤回邀请", ()', EVERYTHING),
    Guard("extending: in time", _MACHINES, '"invitation.extended", "延长截止时间", (in_time,)',
          '"invitation.extended", "延长截止时间", ()', INVITING),
    Guard("a role takes its own steps only", "app/workflows/machine.py", "if situation.actor.role not in step.by:",
          "if False:", MACHINES),
    # One at a time
    Guard("one holder of the lane, in the index", _SCHEMA,
          '        "claim_lane",\n        "claim",\n        ["graduate_id"],\n        unique=True,',
          '        "claim_lane",\n        "claim",\n        ["graduate_id"],\n        unique=False,', (*MACHINES, *RACES)),
    Guard("one open invitation of an employer, in the index", _SCHEMA,
          '        "invitation_one_open",\n        "invitation",\n        ["employer_id", "graduate_id"],\n        unique=True,',
          '        "invitation_one_open",\n        "invitation",\n        ["employer_id", "graduate_id"],\n        unique=False,',
          (*MACHINES, *RACES)),
    Guard("no second invitation while one is open, as told", _INVITATION,
          "if any(row.state == InvitationState.PENDING for row in rows):", "if False:", INVITING),
    Guard("no second invitation beside an acceptance", _INVITATION, "if any(row.lives for row in rows):", "if False:",
          INVITING),
    Guard("a pause after two refusals", _INVITATION, "if len(refused) >= REFUSALS_BEFORE_PAUSE and any(refused):",
          "if False:", INVITING),
    Guard("commissioned graduates are not invited", _INVITATION,
          "    ONLINE_SIGNING.require(situation_of(graduate, actor))\n    _check_again(connection, actor, graduate)\n    invitation_id",
          "    _check_again(connection, actor, graduate)\n    invitation_id", INVITING),
    Guard("a correction is not repeated", _INVITATION, '    INVITATION.permit("withdraw", situation_of(row, actor))\n', "",
          INVITING),
    Guard("an employer signs in its own name", "app/blueprints/invitations.py",
          '    invitation.check_own_name(employer, data["terms"])\n', "", BAD),
    # What was seen
    Guard("accepting the version and text seen", _INVITATION, "if row.version != seen or row.terms_hash != terms_hash:",
          "if False:", ANSWERING),
    Guard("accepting the text seen", _INVITATION, "if row.version != seen or row.terms_hash != terms_hash:",
          "if row.version != seen:", ANSWERING),
    Guard("deciding on the version seen", _DECISION,
          "    if row.version != seen:\n        raise stale(connection, row, seen)\n    return situation, stage",
          "    return situation, stage", REVIEWING),
    Guard("the state as read, in the UPDATE", _ADVANCE, " AND {shape.state} = :e_source_{n} AND version = :e_seen_{n}", "",
          RACES),
    Guard("the version as read, in the UPDATE", _ADVANCE, " AND version = :e_seen_{n}{conditions}", "{conditions}",
          ("tests/races/test_exactly_one_outcome.py",)),
    # Taking back
    Guard("nothing is taken back once a desk has decided", _FILING,
          "if not undecided(situation.row.state, situation.row.stages):", "if False:", BACK),
    Guard("past the deadline what is taken back has expired", _INVITATION,
          'action = "take_back" if open_again else "lapse"', 'action = "take_back"', BACK),
    # Review
    Guard("a desk decides in its turn", _DECISION, "if stage is None or DESKS[stage][1] is not actor.role:",
          "if stage is None:", REVIEWING),
    Guard("a rejection needs a reason", _DECISION, "if verdict is not Verdict.APPROVE and not reason and not marks:", "if False:",
          REVIEWING),
    Guard("one person never decides two levels", "app/workflows/filing_guards.py",
          'if situation.actor.id in situation.around.get("deciders", ()):', "if False:", REVIEWING),
    Guard("one decision per desk and round, in the index", _SCHEMA,
          '        sa.UniqueConstraint("filing_id", "round", "stage", name=op.f("review_filing_id_round_stage_key")),\n',
          "", MACHINES),
    Guard("what may no longer be signed is not approved", _DECISION,
          "        kind.require(situation, at_review=True)\n", "        pass\n", REVIEWING),
    # History
    Guard("only legal steps are recorded", _SCHEMA, """        sa.ForeignKeyConstraint(
            ["machine", "action", "source", "target"],
            ["legal_step.machine", "legal_step.action", "legal_step.source", "legal_step.target"],
            name="event_legal_step_fkey",
        ),
""", "", MACHINES),
    Guard("events are never changed", _SCHEMA, "    op.execute(APPEND_ONLY)\n", "", MACHINES),
    # Second clicks and repeats
    Guard("a second click is a success", "app/workflows/repeats.py", "if row.state != target:", "if True:", CLICKS),
    Guard("another's act is not one's own second click", "app/workflows/repeats.py",
          " and last.action == action and last.actor_id == actor.id", " and last.action == action", CLICKS),
    Guard("a second verdict is a success", _DECISION, "    return connection.execute(same).first() is not None",
          "    return False", CLICKS),
    Guard("who was overtaken looks once more", _HTTP, 'if last or not (isinstance(error, IntegrityError) or getattr(error, "overtaken", False)):',
          "if True:", HTTP_RACES),
    Guard("a key is good for one request", _HTTP, "if kept.fingerprint != fingerprint:", "if False:", PROTOCOL),
    Guard("two copies of a request have one effect", _HTTP, "        if not _keep_answer(connection, key, fingerprint, response, whole=whole):\n            raise _TwinRunning\n",
          "        _keep_answer(connection, key, fingerprint, response, whole=whole)\n", HTTP_RACES),
    Guard("an act needs the version seen", _HTTP, "    if match is None:\n        raise IfMatchMissing\n    return int(match.group(1))",
          "    return int(match.group(1)) if match else 1", PROTOCOL),
    # Second factor
    Guard("five tries, then a pause", _PINS, "(failures >= TRIES, now + PAUSE), ", "", PIN),
    Guard("a pause stops the right PIN too", _PINS, "    if row.pin_paused_until is not None:", "    if False:", PIN),
    Guard("a wrong PIN is refused", _PINS, "    if row.pin_failures:", "    if False:", PIN),
    Guard("a wrong PIN stays counted", "app/db.py", "                if not problem.keeps_what_was_written:\n                    raise\n",
          "                raise\n", PIN),
    Guard("accepting asks for the PIN", "app/blueprints/invitations.py",
          '    pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])\n    invitation.accept(',
          "    invitation.accept(", PROTOCOL),
    # Who sees what
    Guard("a graduate's own invitations", _ACCESS, "return Invitation.graduate_id == actor.graduate_id", "return true()", SEES),
    Guard("an employer's own invitations", _ACCESS, "return Invitation.employer_id == actor.employer_id", "return true()", SEES),
    Guard("a college's own filings", _ACCESS,
          "return and_(Filing.school_id == actor.school_id, Filing.college_id == actor.college_id, _handed_in(actor))",
          "return and_(Filing.school_id == actor.school_id, _handed_in(actor))", SEES),
    Guard("a school's own filings", _ACCESS, "            return and_(Filing.school_id == actor.school_id, _handed_in(actor))\n    return false()",
          "            return true()\n    return false()", SEES),
    Guard("a route is for its roles", _HTTP, "            if g.actor.role not in roles:\n", "            if False:\n", SEES),
    Guard("a reference is its finder's", "app/blueprints/invitations.py", "    if holder != g.actor.employer_id:\n",
          "    if False:\n", SEES),
    Guard("a token ends with its session", "app/identity/tokens.py",
          '        Account.session_version == bindparam("version"),\n', "", SEES),
    Guard("a token ends with its account", "app/identity/tokens.py", "        Account.disabled_at.is_(None),\n    )\n)",
          "    )\n)", SEES),
    # Bad input
    Guard("bodies have a limit", _HTTP, 'app.config["MAX_CONTENT_LENGTH"] = MAX_BODY', "pass", BAD),
    Guard("unknown fields are refused", "app/schemas/signing.py",
          '        """Unknown fields are refused."""\n\n        unknown = RAISE', '        """Unknown fields are refused."""\n\n        unknown = "exclude"', BAD),
)  # fmt: skip
