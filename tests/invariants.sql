-- What must hold in every database of this product at every moment. Each query returns the rows that break its
-- promise, so none. Run after every step of the property tests, after every race and fault run, and nightly where the
-- product serves. Those marked (workers running) hold where sweeper and senders run, with the tolerance they name.

-- invariant: one_holding_claim_per_graduate
SELECT graduate_id, count(*) FROM claim
WHERE state IN ('in_review', 'agreement_generated', 'effective', 'terminating', 'suspended')
GROUP BY graduate_id HAVING count(*) > 1;

-- invariant: one_open_invitation_per_employer_and_graduate
SELECT employer_id, graduate_id, count(*) FROM invitation WHERE state = 'pending'
GROUP BY employer_id, graduate_id HAVING count(*) > 1;

-- invariant: no_open_invitation_beside_an_acceptance_of_the_same_employer
SELECT o.id, a.id AS accepted FROM invitation o
JOIN invitation a ON a.employer_id = o.employer_id AND a.graduate_id = o.graduate_id
JOIN claim c ON c.invitation_id = a.id AND c.state NOT IN ('failed', 'terminated')
WHERE o.state = 'pending' AND a.state = 'accepted';

-- invariant: every_state_is_explained_by_its_last_event
SELECT r.kind, r.id, r.state, r.version, l.target, l.version AS last_version
FROM (SELECT 'invitation' AS kind, id, state, version FROM invitation
      UNION ALL SELECT 'claim', id, state, version FROM claim
      UNION ALL SELECT 'transfer', id, state, version FROM transfer
      UNION ALL SELECT 'confirmation', id, state, version FROM confirmation
      UNION ALL SELECT 'termination', id, state, version FROM termination
      UNION ALL SELECT machine, id, state, version FROM filing) r
LEFT JOIN LATERAL (SELECT e.machine, e.target, e.version FROM event e WHERE e.subject = r.id
                   ORDER BY e.version DESC LIMIT 1) l ON true
WHERE l.target IS DISTINCT FROM r.state OR l.machine IS DISTINCT FROM r.kind
    -- A draft is saved without an event.
    OR (l.version IS DISTINCT FROM r.version AND (r.state NOT IN ('draft', 'returned') OR l.version > r.version));

-- invariant: every_history_is_an_unbroken_path
SELECT h.subject, h.version, h.source, h.before FROM (
    SELECT subject, machine, version, source, lag(target) OVER (PARTITION BY subject ORDER BY version) AS before
    FROM event) h
-- Graduates come by an import, before anything happens to their base data.
WHERE h.source <> h.before OR (h.before IS NULL AND h.source <> '' AND h.machine <> 'base_data');

-- invariant: a_confirmation_holds_for_what_was_confirmed
SELECT c.id, e.name, e.at FROM confirmation c
CROSS JOIN LATERAL (SELECT max(id) AS id FROM event WHERE subject = c.id AND action = 'confirm') said
JOIN event e ON e.graduate_id = c.graduate_id AND e.id > said.id
WHERE c.state = 'done' AND (e.name = 'claim.voided' AND e.source = 'effective' OR e.name IN ('claim.effective',
    'claim.amended', 'claim.terminated', 'claim.suspended', 'transfer.registered', 'transfer.changed',
    'transfer.lapsed'));

-- invariant: one_filing_under_review_per_graduate_and_lane
SELECT graduate_id, lane, count(*) FROM filing
WHERE state IN ('counsellor_review', 'college_review', 'school_review') GROUP BY graduate_id, lane HAVING count(*) > 1;

-- invariant: base_data_stand_where_their_last_event_put_them
SELECT g.id, g.base_state, l.target FROM graduate g
JOIN LATERAL (SELECT e.target FROM event e WHERE e.subject = g.id AND e.machine = 'base_data'
              ORDER BY e.version DESC LIMIT 1) l ON true
WHERE l.target <> g.base_state;

-- invariant: events_form_a_chain
SELECT subject, version, source, before FROM (
    SELECT subject, version, source, machine,
        lag(target, 1, '') OVER each AS before, lag(version, 1, 0) OVER each AS version_before
    FROM event WHERE machine <> 'base_data' WINDOW each AS (PARTITION BY subject ORDER BY version)) chain
WHERE source <> before OR version <= version_before
    OR (version <> version_before + 1 AND source NOT IN ('draft', 'returned'));

-- invariant: every_event_is_a_legal_step
SELECT e.id FROM event e LEFT JOIN legal_step s USING (machine, action, source, target) WHERE s.machine IS NULL;

-- invariant: every_event_has_its_subject_in_its_school
SELECT e.id, e.machine, e.subject FROM event e
LEFT JOIN (SELECT 'invitation' AS kind, id, school_id, graduate_id FROM invitation
           UNION ALL SELECT 'claim', id, school_id, graduate_id FROM claim
           UNION ALL SELECT 'termination', id, school_id, graduate_id FROM termination
           UNION ALL SELECT 'transfer', id, school_id, graduate_id FROM transfer
           UNION ALL SELECT 'confirmation', id, school_id, graduate_id FROM confirmation
           UNION ALL SELECT 'filing', id, school_id, graduate_id FROM filing -- whichever levels it has walked
           UNION ALL SELECT 'base_data', id, school_id, id FROM graduate) r
    ON r.id = e.subject AND r.kind = regexp_replace(e.machine, '^(filing|form|entry)[.].*', 'filing')
WHERE r.school_id IS DISTINCT FROM e.school_id OR r.graduate_id IS DISTINCT FROM e.graduate_id;

-- invariant: an_agreement_takes_effect_only_after_every_desk_in_order
SELECT c.id, f.stages, d.stages AS decided FROM claim c JOIN filing f ON f.claim_id = c.id
LEFT JOIN LATERAL (SELECT array_agg(s.stage ORDER BY s.at) AS stages FROM (
        SELECT r.stage, r.decided_at AS at FROM review r
        WHERE r.filing_id = f.id AND r.round = f.round AND r.verdict = 'approve'
        UNION ALL SELECT e.facts->>'stage', e.at FROM event e -- taken up by the next level
        WHERE e.subject = f.id AND e.action = 'take_up' AND CAST(e.facts->>'round' AS integer) = f.round) s) d ON true
WHERE f.lane = 'destination' AND c.state = 'effective' AND (d.stages IS DISTINCT FROM f.stages OR f.state <> 'approved');

-- invariant: an_agreement_takes_effect_only_with_both_signatures
SELECT c.id FROM claim c LEFT JOIN invitation i ON i.id = c.invitation_id
WHERE c.state = 'effective' AND c.kind = 'online_signing' AND (
    i.state IS DISTINCT FROM 'accepted'
    OR c.evidence->>'terms_hash' IS DISTINCT FROM i.terms_hash
    OR c.evidence->'clauses' IS DISTINCT FROM i.clauses
    OR NOT EXISTS (SELECT FROM event e WHERE e.subject = i.id AND e.action = 'send' AND e.actor_role = 'employer')
    OR NOT EXISTS (SELECT FROM event e JOIN account a ON a.id = e.actor_id WHERE e.subject = i.id
                   AND e.action = 'accept' AND a.graduate_id = c.graduate_id));

-- invariant: a_number_and_a_document_belong_to_effective_agreements_only
SELECT c.id, c.state FROM claim c
WHERE c.kind = 'online_signing' AND (c.state IN ('effective', 'terminating', 'terminated', 'suspended', 'voided')) <> (
    c.agreement_number IS NOT NULL AND c.effective_at IS NOT NULL AND c.destination_code IS NOT NULL
    AND EXISTS (SELECT FROM document d WHERE d.subject = c.id));

-- invariant: what_is_effective_has_its_code_and_time
SELECT id, kind FROM claim WHERE state = 'effective' AND (effective_at IS NULL OR destination_code IS NULL);

-- invariant: what_came_of_a_destination_that_ended_is_in_doubt
SELECT t.id FROM transfer t JOIN claim c ON c.id = t.claim_id
WHERE t.state = 'active' AND c.state NOT IN ('effective', 'terminating');

-- invariant: nothing_stands_where_base_data_are_deleted
SELECT g.id FROM graduate g WHERE g.base_state = 'deleted' AND (
    EXISTS (SELECT FROM transfer t WHERE t.graduate_id = g.id AND t.state <> 'lapsed')
    OR EXISTS (SELECT FROM claim c WHERE c.graduate_id = g.id
               AND c.state IN ('in_review', 'agreement_generated', 'effective', 'terminating')));

-- invariant: one_decision_per_desk_and_round
SELECT filing_id, round, stage, count(*) FROM review GROUP BY filing_id, round, stage HAVING count(*) > 1;

-- invariant: no_decision_out_of_turn
SELECT r.id, r.stage, f.stages FROM review r JOIN filing f ON f.id = r.filing_id
WHERE r.stage <> ALL (f.stages) OR EXISTS (
    SELECT FROM unnest(f.stages[:array_position(f.stages, r.stage) - 1]) AS earlier
    WHERE NOT EXISTS (SELECT FROM review b WHERE b.filing_id = r.filing_id AND b.round = r.round
                      AND b.stage = earlier AND b.verdict = 'approve' AND b.decided_at <= r.decided_at)
        AND NOT EXISTS (SELECT FROM event e WHERE e.subject = r.filing_id AND e.action = 'take_up'
                      AND e.facts->>'stage' = earlier AND CAST(e.facts->>'round' AS integer) = r.round));

-- invariant: no_person_decides_two_levels_of_a_round
SELECT r.filing_id, r.round, r.account_id FROM review r JOIN filing f ON f.id = r.filing_id
JOIN school s ON s.id = f.school_id WHERE NOT s.one_person_levels
GROUP BY r.filing_id, r.round, r.account_id HAVING count(*) > 1;

-- invariant: every_decision_has_its_event_and_every_event_its_decision
SELECT f.id, r.many AS decisions, e.many AS events FROM filing f
CROSS JOIN LATERAL (SELECT count(*) AS many FROM review WHERE filing_id = f.id) r
CROSS JOIN LATERAL (SELECT count(*) AS many FROM event WHERE subject = f.id AND action IN ('approve', 'reject', 'return')) e
WHERE r.many <> e.many;

-- invariant: nobody_accepts_after_the_deadline
SELECT i.id, e.at, i.respond_by FROM invitation i JOIN event e ON e.subject = i.id AND e.action = 'accept'
WHERE e.at >= i.respond_by
UNION ALL
SELECT c.id, (c.evidence->>'accepted_at')::timestamptz, (c.evidence->>'respond_by')::timestamptz FROM claim c
WHERE c.invitation_id IS NOT NULL
    AND (c.evidence->>'accepted_at')::timestamptz > (c.evidence->>'respond_by')::timestamptz;

-- invariant: nothing_expires_before_its_deadline
SELECT i.id, e.at, i.respond_by FROM invitation i JOIN event e ON e.subject = i.id AND e.action IN ('expire', 'lapse')
WHERE e.at < i.respond_by - interval '10 seconds';

-- invariant: every_claim_of_an_invitation_has_one_filing
SELECT c.id, count(f.id) FROM claim c LEFT JOIN filing f ON f.claim_id = c.id AND f.lane = 'destination'
WHERE c.invitation_id IS NOT NULL GROUP BY c.id HAVING count(f.id) <> 1;

-- invariant: claim_and_filing_tell_the_same_story
SELECT c.id, c.state, f.state AS filing_state FROM claim c JOIN filing f ON f.claim_id = c.id
WHERE f.lane = 'destination' AND NOT (f.state = 'approved' AND c.state IN (
        'agreement_generated', 'terminating', 'terminated', 'voided', 'suspended'))
    -- A generated agreement fails by its stamped picture.
    AND NOT (f.state = 'approved' AND c.state = 'failed' AND EXISTS (SELECT FROM event e
        WHERE e.subject = c.id AND e.action = 'fail' AND e.source = 'agreement_generated'))
    AND (c.state, f.state) NOT IN (
    ('failed', 'draft'), ('failed', 'returned'), ('failed', 'voided'),
    ('in_review', 'counsellor_review'), ('in_review', 'college_review'), ('in_review', 'school_review'),
    ('effective', 'approved'), ('failed', 'rejected'), ('failed', 'withdrawn'));

-- invariant: an_accepted_invitation_has_its_claim_and_any_other_has_none_alive
SELECT i.id, i.state, s.live, s.rejected FROM invitation i
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE c.state <> 'failed') AS live,
                        count(*) FILTER (WHERE c.state = 'failed' AND f.state = 'rejected') AS rejected
                    FROM claim c JOIN filing f ON f.claim_id = c.id AND f.lane = 'destination'
                    WHERE c.invitation_id = i.id) s
WHERE s.live + s.rejected <> (i.state = 'accepted')::integer;

-- invariant: a_claim_stands_in_the_name_of_its_invitation
SELECT c.id FROM claim c JOIN invitation i ON i.id = c.invitation_id
JOIN filing f ON f.claim_id = c.id AND f.lane = 'destination'
WHERE c.graduate_id <> i.graduate_id OR c.school_id <> i.school_id OR f.graduate_id <> c.graduate_id
    OR f.school_id <> c.school_id OR f.form <> i.terms;

-- invariant: a_corrected_invitation_follows_a_withdrawn_one
SELECT n.id, o.state FROM invitation n JOIN invitation o ON o.id = n.replaces_id
WHERE o.state <> 'withdrawn' OR o.employer_id <> n.employer_id OR o.graduate_id <> n.graduate_id;

-- invariant: what_is_being_ended_has_one_who_asked_and_nothing_else_has
SELECT c.id, c.state, w.waiting, w.reviewed FROM claim c CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM termination t WHERE t.claim_id = c.id AND t.state = 'pending') AS waiting,
        (SELECT count(*) FROM filing f WHERE f.claim_id = c.id AND f.kind ~ '_termination$'
            AND f.state IN ('counsellor_review', 'college_review', 'school_review')) AS reviewed) w
WHERE w.waiting + w.reviewed <> (c.state = 'terminating')::integer;

-- invariant: a_signing_ends_only_by_an_approved_termination
SELECT c.id FROM claim c WHERE c.state = 'terminated' AND NOT EXISTS (SELECT FROM filing f
    WHERE f.claim_id = c.id AND f.kind ~ '_termination$' AND f.state = 'approved');

-- invariant: a_termination_is_answered_by_the_other_party_or_the_school
SELECT t.id, e.action, e.actor_role FROM termination t JOIN event e ON e.subject = t.id
WHERE (e.action IN ('accept', 'refuse') AND e.actor_role = t.started_by)
    OR (e.action IN ('request', 'cancel', 'ask_help') AND e.actor_role <> t.started_by)
    OR (e.action IN ('settle', 'settle_refused') AND (e.actor_role <> 'school' OR t.help_asked_at IS NULL))
    OR (t.state IN ('accepted', 'settled')) <> (t.filing_id IS NOT NULL);

-- invariant: no_message_without_its_event
SELECT m.id FROM message m LEFT JOIN event e ON e.id = m.event_id WHERE e.id IS NULL AND m.slot IS NULL;

-- invariant: one_message_per_event_recipient_and_kind
SELECT event_id, slot, recipient, kind, count(*) FROM message GROUP BY event_id, slot, recipient, kind
HAVING count(*) > 1;

-- invariant: a_kept_answer_has_its_effect
SELECT a.account_id, a.key FROM idempotent_answer a
WHERE a.status IN (200, 201) AND nullif(convert_from(a.body, 'UTF8'), '')::jsonb ? 'turn' AND NOT EXISTS (
    -- Not by time: of two taps the one that began first may be answered by what the other did.
    SELECT FROM event e WHERE e.actor_id = a.account_id
        AND e.subject = (nullif(convert_from(a.body, 'UTF8'), '')::jsonb->>'id')::uuid);

-- invariant: an_effect_over_http_has_its_kept_answer
SELECT e.id, e.name FROM event e
WHERE e.actor_id IS NOT NULL AND e.machine <> 'base_data' AND length(e.request_id) >= 8
    AND e.at > now() - interval '47 hours' AND NOT EXISTS (
        SELECT FROM idempotent_answer a WHERE a.account_id = e.actor_id AND a.created_at = e.at);

-- invariant: an_upload_is_in_a_filing_of_its_graduate
SELECT u.id, u.filing_id FROM upload u JOIN filing f ON f.id = u.filing_id WHERE f.graduate_id <> u.graduate_id;

-- invariant: uploads_that_are_alike_are_of_two_graduates_of_a_school
SELECT l.upload_id, l.other_id FROM upload_likeness l
JOIN upload a ON a.id = l.upload_id JOIN upload b ON b.id = l.other_id
WHERE a.graduate_id = b.graduate_id OR a.school_id <> b.school_id;

-- invariant: no_event_waits_longer_than_a_minute_to_be_told (workers running)
SELECT id, name, at FROM event
WHERE fanned_out_at IS NULL AND put_off_until IS NULL AND at < now() - interval '60 seconds';

-- invariant: no_invitation_stays_open_past_its_deadline (workers running)
SELECT id, respond_by FROM invitation
WHERE state = 'pending' AND put_off_until IS NULL AND respond_by < now() - interval '5 seconds';
