"""Whose filings, graduates, uploads and agreements are whose, and what a file must be to be taken in."""

# ruff: noqa: E501  (the text is the source's own)

from __future__ import annotations

from tests.guards.guard import Guard

SEES = ("tests/api/test_who_sees_what.py",)
OFFICE = ("tests/api/test_graduates_of_an_office.py",)
OWN = ("tests/workflows/test_own_filings.py",)
WHOSE = ("tests/api/test_whose_filings.py",)
SEEING = ("tests/uploads/test_seeing.py",)
PROOFS = ("tests/api/test_proofs_between_draft_and_desk.py",)
ATTACHING = ("tests/uploads/test_attaching.py",)
REFUSALS = ("tests/uploads/test_refusals.py",)
SENDING = ("tests/uploads/test_sending.py",)

_ROWS = "app/workflows/filing_rows.py"
_PAGES = "app/queries/filing_pages.py"
_ACCESS = "app/access.py"
_ATTACHING = "app/uploads/attaching.py"
_INTAKE = "app/uploads/intake.py"

GUARDS = (
    Guard("a filing to act on: of one's college", _ROWS,
          "        AND (CAST(:college AS integer) IS NULL OR f.college_id = :college)\n        AND (f.state <> 'draft' OR f.filed_by = :account OR :drafts)))", "        AND (f.state <> 'draft' OR f.filed_by = :account OR :drafts)))", (*WHOSE, *OFFICE)),
    Guard("a filing to act on: no draft of others", _ROWS, "        AND (f.state <> 'draft' OR f.filed_by = :account OR :drafts)))", "        ))", WHOSE),
    Guard("a filing to act on: of one's school, or one's own", _ROWS, "    WHERE f.id = :id AND (f.graduate_id = :graduate OR (f.school_id = :school\n",
          "    WHERE f.id = :id AND (f.graduate_id = f.graduate_id OR (f.school_id = :school\n", WHOSE),
    Guard("a graduate to file for: of one's college", _ROWS, "        AND (CAST(:college AS integer) IS NULL OR g.college_id = :college)))", "        ))", OFFICE),
    Guard("a graduate to file for: of one's school", _ROWS, "    WHERE g.id = :id AND (g.id = :graduate OR (g.school_id = :school\n",
          "    WHERE g.id = :id AND (g.id = :graduate OR (true\n", WHOSE),
    Guard("a claim one's filing is about: one's own", _ROWS, 'SELECT * FROM claim WHERE id = :id AND graduate_id = :graduate"', 'SELECT * FROM claim WHERE id = :id"',
          ("tests/workflows/test_voiding.py",)),
    Guard("a filing to read: of one's college", _PAGES,
          "        AND (CAST(:college AS integer) IS NULL OR f.college_id = :college)\n        AND (f.state <> 'draft' OR f.filed_by = :account)))", "        AND (f.state <> 'draft' OR f.filed_by = :account)))", WHOSE),
    Guard("a filing to read: no draft of others", _PAGES, "        AND (f.state <> 'draft' OR f.filed_by = :account)))", "        ))", WHOSE),
    Guard("a filing to read: of one's school, or one's own", _PAGES, "    WHERE f.id = :id AND (f.graduate_id = :graduate OR (f.school_id = :school\n",
          "    WHERE f.id = :id AND (f.graduate_id = f.graduate_id OR (f.school_id = :school\n", WHOSE),
    Guard("a draft is its maker's, at the desk", _ACCESS, '    return or_(Filing.state != "draft", Filing.filed_by == actor.id)\n', "    return true()\n", WHOSE),
    Guard("what others file on behalf is theirs", "app/blueprints/my_filings.py", "    if g.actor.role in REVIEWERS and row.filed_by != g.actor.id:\n", "    if False:\n", (*OFFICE, *WHOSE)),
    # Read by others than its graduate
    Guard("the queue: of one's school", "app/queries/filings.py", '"school": "f.school_id = :school"', '"school": "true"', WHOSE),
    Guard("the queue: of one's college", "app/queries/filings.py", '"college": "f.college_id = :college"', '"college": "f.school_id = :school"', WHOSE),
    Guard("graduates to be found: of one's college", _ACCESS, "return and_(Graduate.school_id == actor.school_id, Graduate.college_id == actor.college_id)", "return Graduate.school_id == actor.school_id", OFFICE),
    Guard("graduates to be found: of one's school", _ACCESS, "            return Graduate.school_id == actor.school_id\n    return false()", "            return true()\n    return false()", WHOSE),
    Guard("a termination to read: its parties and offices", "app/queries/terminations.py",
          "    WHERE t.id = :id AND (t.graduate_id = :graduate OR t.employer_id = :employer OR t.school_id = :school\n        OR g.college_id = :college)\n", "    WHERE t.id = :id\n",
          ("tests/properties/test_termination_explorer.py", *WHOSE)),
    Guard("an agreement: one's own", "app/queries/agreements.py", "THEN c.graduate_id = :graduate", "THEN true", WHOSE),
    Guard("an agreement: of one's own employer", "app/queries/agreements.py", "THEN i.employer_id = :employer", "THEN true", WHOSE),
    Guard("an agreement: of one's college", "app/queries/agreements.py", "THEN c.school_id = :school AND g.college_id = :college", "THEN c.school_id = :school", WHOSE),
    Guard("an agreement: of one's school", "app/queries/agreements.py", "        WHEN 'school' THEN c.school_id = :school ELSE", "        WHEN 'school' THEN true ELSE", WHOSE),
    Guard("what has become of a link: one's own", "app/queries/return_links.py", " AND c.graduate_id = :graduate\n", "\n", ("tests/api/test_return_links.py",)),
    # Uploads
    Guard("an upload is its graduate's", _ACCESS, "and_(Upload.kept_at.is_not(None), Upload.graduate_id == actor.graduate_id)", "Upload.kept_at.is_not(None)", SEEING),
    Guard("an upload of one's school", _ACCESS, "        Upload.school_id == actor.school_id,\n", "", SEEING),
    Guard("an upload of one's college", _ACCESS, ", Graduate.college_id == actor.college_id)\n    return and_(scope", ")\n    return and_(scope", SEEING),
    Guard("an upload once it is handed in", _ACCESS, "        or_(Upload.submitted_at.is_not(None), Upload.account_id == actor.id),\n", "", SEEING),
    Guard("a graduate uploads for oneself", "app/queries/uploads.py", "    if wanted is None or (actor.role is Role.GRADUATE and wanted != actor.graduate_id):\n", "    if wanted is None:\n", SEEING),
    Guard("an office uploads for its own graduates", "app/queries/uploads.py", "        if connection.scalar(seen) is None:\n", "        if False:\n", SEEING),
    Guard("a file is reached for five minutes", "app/identity/refs.py", 'FILE = Purpose("file", timedelta(minutes=5)', 'FILE = Purpose("file", timedelta(hours=5)', SEEING),
    Guard("what was handed in is not taken away", "app/uploads/removal.py", "WHERE id = :id AND submitted_at IS NULL RETURNING id, page_sizes", "WHERE id = :id RETURNING id, page_sizes", SEEING),
    Guard("only one's own uploads go into a filing", _ATTACHING, " AND graduate_id = :graduate AND kept_at IS NOT NULL\n", " AND kept_at IS NOT NULL\n", ATTACHING),
    Guard("no upload goes into two filings", _ATTACHING, "        AND (filing_id IS NULL OR filing_id = :filing OR (submitted_at IS NULL AND filing_id IN (\n            SELECT f.id FROM filing f WHERE f.graduate_id = :graduate AND f.state = 'draft')))\n", "", ATTACHING),
    Guard("only what lies in a draft moves to another one", _ATTACHING, " AND f.state = 'draft')))", ")))", PROOFS),
    Guard("what a desk has seen is not taken back", _ATTACHING, "        AND u.submitted_at > coalesce((SELECT max(r.decided_at) FROM review r WHERE r.filing_id = :filing), '-infinity')\n", "", PROOFS),
    Guard("a desk sees what was handed in", "app/queries/filing_pages.py", ' if item["submitted_at"] or not handed_in_only]', "]", PROOFS),
    Guard("removed and repeated uploads", _ATTACHING, "    if len(set(named)) != len(named) or any(one not in kinds for one in named):\n", "    if False:\n", ATTACHING),
    Guard("a PDF goes alone", _ATTACHING, "    if papers and len(named) > 1:\n", "    if False:\n", ATTACHING),
    Guard("nine pictures of an item", _ATTACHING, 'if len(named) > MOST_IMAGES else None', "if False else None", ATTACHING),
    Guard("twenty megabytes", _INTAKE, "        if size > LARGEST:\n            raise UploadTooLarge\n", "", REFUSALS),
    Guard("no empty file", _INTAKE, "        if size == 0:\n            raise UploadMissing\n", "", REFUSALS),
    Guard("no heap of loose files", _INTAKE, "        if known.loose >= MOST_LOOSE:\n", "        if False:\n", REFUSALS),
    Guard("only photos and PDFs", "app/uploads/sniff.py", "        raise UploadTypeUnknown\n", "        form = Form.JPEG\n", REFUSALS),
    Guard("a name that lies", "app/uploads/sniff.py", "    if extension and _EXTENSIONS.get(extension) is not form:\n", "    if False:\n", REFUSALS),
    Guard("a declared type that lies", "app/uploads/sniff.py", "    if claimed not in _SAYS_NOTHING and _MEDIA_TYPES.get(claimed) is not form:\n", "    if False:\n", REFUSALS),
    Guard("no bomb", "app/uploads/pictures.py", "    if image.width * image.height > MOST_PIXELS:\n", "    if False:\n", REFUSALS),
    Guard("no PDF that acts by itself", "app/uploads/papers.py", "        raise UploadActiveContent\n", "        pass\n", REFUSALS),
    Guard("no locked PDF", "app/uploads/papers.py", "            raise UploadEncrypted\n", "            pass\n", REFUSALS),
    Guard("no long PDF", "app/uploads/papers.py", "        raise UploadTooManyPages\n", "        pass\n", REFUSALS),
)  # fmt: skip
