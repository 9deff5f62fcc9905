"""Whether a message is still wanted, asked immediately before it is sent, by whatever channel.

SQL for the middle of a ``CASE`` over :data:`SOURCE`, with ``:just_seen`` as parameter. What comes out is what becomes
of the message instead: ``cancelled`` or ``expired`` when the business state has overtaken it, ``later`` when something
has just happened to its subject that must be told first, ``inbox`` when its receiver has just seen the subject.
"""

from __future__ import annotations

from app.models.claim import HOLDING
from app.models.columns import in_states
from app.models.filing import AT_DESKS
from app.notify.story import OPEN_EVENT

SOURCE = "message m LEFT JOIN event e ON e.id = m.event_id LEFT JOIN invitation i ON i.id = m.subject"
BRANCHES = f"""
        WHEN m.expires_at <= now() OR (m.wanted_while IS NOT NULL AND m.wanted_while IS DISTINCT FROM CASE e.machine
            WHEN 'invitation' THEN i.state
            WHEN 'termination' THEN (SELECT t.state FROM termination t WHERE t.id = m.subject)
            WHEN 'claim' THEN (SELECT c.state FROM claim c WHERE c.id = m.subject)
            WHEN 'transfer' THEN (SELECT t.state FROM transfer t WHERE t.id = m.subject)
            WHEN 'confirmation' THEN (SELECT c.state FROM confirmation c WHERE c.id = m.subject)
            ELSE (SELECT f.state FROM filing f WHERE f.id = m.subject) END)
            THEN CASE WHEN m.reminder THEN 'cancelled' ELSE 'expired' END
        WHEN m.choice IS NOT NULL AND EXISTS (SELECT FROM preference p
            WHERE p.account_id = m.recipient AND p.choice = m.choice AND NOT p.pushed) THEN 'switched_off'
        WHEN EXISTS (SELECT FROM account d WHERE d.id = m.recipient AND d.disabled_at IS NOT NULL) THEN 'cancelled'
        WHEN m.reminder AND e.machine = 'claim' AND EXISTS (SELECT FROM filing f
            WHERE f.claim_id = m.subject AND f.{in_states(*AT_DESKS)}) THEN 'cancelled'
        WHEN m.reminder AND i.respond_by <> m.expires_at THEN 'cancelled'
        WHEN EXISTS (SELECT FROM event n WHERE n.subject = m.subject AND n.version > e.version
            AND {OPEN_EVENT.format("n")} AND n.put_off_until IS NULL) THEN 'later'
        WHEN m.reminder AND EXISTS (SELECT FROM claim h WHERE h.graduate_id = i.graduate_id AND h.{in_states(*HOLDING)})
            THEN 'cancelled'
        WHEN m.reminder AND i.seen_at > now() - :just_seen THEN 'inbox'
"""  # noqa: S608  (only constants)
