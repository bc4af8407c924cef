-- How an edit that is to be in Postgres first gets there, exactly once, and from there into the log. To
-- the reader of outside changes it is one change of several rows, in its place among the others.
--
-- SQLSTATEs of our own, with which an edit is withdrawn:
--   TM020  its deadline is over
--   TM021  it can no longer be done

-- The rows that were changed outside after the cursor. A proposal names its rows in its changes.
CREATE FUNCTION tidemark.unread_rows(p_tenant text, p_cursor tidemark.cursor)
RETURNS TABLE (table_name text, row_id text)
LANGUAGE sql STABLE AS $$
  SELECT table_name, row_id FROM tidemark.unread(p_tenant, p_cursor) WHERE op <> 'proposal'
  UNION ALL
  SELECT change ->> 'table', change ->> 'id'
    FROM tidemark.unread(p_tenant, p_cursor) AS proposal
    CROSS JOIN LATERAL jsonb_array_elements(proposal.after -> 'changes') AS change
    WHERE proposal.op = 'proposal'
$$;--> statement-breakpoint

-- Whether rows that edits touch were changed outside after the cursor, whether they are there or not.
-- Planned for the cursor at hand: a plan for any cursor expects many unread changes, so it would look for
-- the first among all that are kept, where almost always there is none.
CREATE OR REPLACE FUNCTION tidemark.is_behind(p_tenant text, p_changes text, p_cursor text) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor)) THEN RETURN false; END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread_rows(p_tenant, v_cursor) AS unread
      WHERE (unread.table_name, unread.row_id) IN (
        SELECT change."table", change.id
          FROM string_to_table(p_changes, E'\n') AS line
          CROSS JOIN LATERAL json_to_recordset(line::json) AS change("table" text, id text)
      )
  );
END
$$;--> statement-breakpoint

-- Makes the changes of a proposal while the ledger is locked and stands at p_seq. Returns NULL, or why
-- Postgres refused it; then nothing of it is left. `behind`, with nothing done, when its rows were
-- changed outside in a way the object has not seen.
CREATE FUNCTION tidemark.apply_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text,
  OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_changes jsonb := p_proposal -> 'changes';
  v_id bigint;
BEGIN
  PERFORM tidemark.lock_rows(p_tenant, (
    SELECT coalesce(json_agg(json_build_object(
        'op', change -> 'op', 'table', change -> 'table', 'ids', json_build_array(change -> 'id')
      )), '[]')
      FROM jsonb_array_elements(v_changes) AS change
  ));
  behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
  IF behind THEN RETURN; END IF;
  -- Before the changes themselves, so that what cascades and triggers do for them comes after it.
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
    VALUES (p_tenant, '', '', 'proposal', '{}', p_proposal, p_epoch, p_seq, p_proposal ->> 'subject')
    RETURNING id INTO v_id;
  refusal := tidemark.apply_edit(p_tenant, p_after, p_seq, p_seq, v_changes);
  IF refusal IS NULL THEN RETURN; END IF;
  DELETE FROM tidemark.sync_change WHERE id = v_id;
  -- A row that was not there could not be locked: it may have come while the proposal waited to insert it.
  behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
END
$$;--> statement-breakpoint

-- Settles a proposal while the ledger is locked and stands at p_seq. Returns {is: 'taken'} or
-- {is: 'refused', refusal}, the same whenever it is asked again; or NULL, with nothing done, when the
-- object has to see outside changes first.
CREATE FUNCTION tidemark.settle_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_n bigint := (p_proposal -> 'n')::bigint;
  v_mark tidemark.client_mark;
  v_refusal jsonb := p_proposal -> 'withdrawn';
  v_behind boolean := false;
  v_place bigint;
BEGIN
  SELECT * INTO v_mark FROM tidemark.client_mark
    WHERE tenant_id = p_tenant AND client_id = p_proposal ->> 'actor';
  IF v_mark.n >= v_n THEN
    -- None, if it was taken.
    SELECT item INTO v_refusal FROM jsonb_array_elements(v_mark.refusals) AS item WHERE (item -> 'n')::bigint = v_n;
  ELSE
    IF v_refusal IS NULL THEN
      SELECT refusal, behind INTO v_refusal, v_behind
        FROM tidemark.apply_proposal(p_tenant, p_epoch, p_after, p_seq, p_proposal, p_cursor);
      IF v_behind THEN RETURN NULL; END IF;
    END IF;
    -- The audit history has it at once, by a place of its own, counted downwards from -1: its place in the
    -- log comes later, and a refused one never has any.
    SELECT least(min(seq), 0) - 1 INTO v_place
      FROM tidemark.history WHERE tenant_id = p_tenant AND epoch = p_epoch;
    v_refusal := v_refusal || jsonb_build_object('seq', v_place);
    PERFORM tidemark.remember(
      p_tenant, p_epoch, v_place,
      json_build_object(
        'seq', json_build_array(v_place), 'actor', json_build_array(p_proposal -> 'actor'),
        'n', json_build_array(v_n), 'subject', json_build_array(p_proposal -> 'subject'),
        'at', json_build_array(p_proposal -> 'at')
      ),
      p_proposal ->> 'changes', v_refusal
    );
  END IF;
  IF v_refusal IS NULL THEN RETURN '{"is": "taken"}'; END IF;
  RETURN jsonb_build_object('is', 'refused', 'refusal', v_refusal);
END
$$;--> statement-breakpoint

-- Applies a batch, which may be empty, and settles a proposal behind it.
--   p_proposal  {actor, n, subject, at, changes, conflicts}, drafted from what the log is at p_up_to; or
--               with {withdrawn: {sqlState, message}}: it is to be refused, unless it was taken before
-- Returns the answer of `apply_batch`, with the `verdict` on the proposal where the batch has passed whole
-- and nothing unseen stands in the way.
CREATE FUNCTION tidemark.propose(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text, p_proposal jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_answer jsonb := tidemark.apply_batch(
    p_tenant, p_epoch, p_after, p_up_to, p_edits, p_changes, p_steps, p_rows, p_cursor
  );
  v_verdict jsonb;
BEGIN
  -- A draft that was overtaken on its way is of no use: the ledger has moved on then.
  IF v_answer ->> 'is' <> 'applied' OR v_answer -> 'refusals' <> '[]' OR NOT EXISTS (
    SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant AND applied_seq = p_up_to
  ) THEN
    RETURN v_answer;
  END IF;
  v_verdict := tidemark.settle_proposal(p_tenant, p_epoch, p_after, p_up_to, p_proposal, p_cursor);
  v_answer := v_answer || jsonb_build_object('outside', tidemark.read_changes(p_tenant, p_cursor));
  IF v_verdict IS NULL THEN RETURN v_answer; END IF;
  RETURN v_answer || jsonb_build_object('verdict', v_verdict);
END
$$;
