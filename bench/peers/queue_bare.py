"""The ceiling of a page of the review queue: Flask and one prepared statement whose JSON is passed on, nothing else."""

from __future__ import annotations

from flask import Response, request

from bench.peers.bare import make_app, passed_on

PAGE = """
    SELECT coalesce(json_agg(waiting), '[]')::text FROM (
        SELECT f.id, f.kind, f.state, f.version, f.round, f.stage_since, f.due_on, f.subject, f.filed_by, f.holder_id,
            f.held_until, f.form->>'position' AS position, g.name, g.student_no, g.major, g.degree, co.name AS college,
            (SELECT bool_or(u.warnings <> '{}') FROM upload u WHERE u.filing_id = f.id) AS unclear,
            EXISTS (SELECT FROM upload u JOIN upload_likeness l ON u.id IN (l.upload_id, l.other_id)
                WHERE u.filing_id = f.id) AS alike
        FROM filing f JOIN graduate g ON g.id = f.graduate_id JOIN college co ON co.id = f.college_id
        WHERE f.college_id = %(college)s AND f.state = 'college_review'
            AND (f.stage_since, f.id) > (coalesce(%(at)s, '-infinity')::timestamptz,
                coalesce(%(id)s, '00000000-0000-0000-0000-000000000000')::uuid)
        ORDER BY f.stage_since, f.id LIMIT %(limit)s) waiting
"""
application = make_app(__name__)


@application.get("/queue")
def queue() -> Response:
    return passed_on(PAGE, {name: request.args.get(name) for name in ("college", "at", "id", "limit")})
