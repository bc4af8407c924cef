-- How a batch makes sure that it overwrites nothing unseen, and keeps what was refused. Replaces functions
-- of migration 0003; what is said there of names and SQLSTATEs holds.

-- The newest refused edits of a client, oldest first: [{n, seq, sqlState, message, ...}].
ALTER TABLE tidemark.client_mark ADD COLUMN refusals jsonb NOT NULL DEFAULT '[]';--> statement-breakpoint

-- An outside change as it was made: {op, table, id, before, after}. Its `changes` are what the engine
-- wrote in answer.
ALTER TABLE tidemark.history ADD COLUMN outside jsonb;--> statement-breakpoint

-- Whether rows that these edits touch were changed outside after the cursor, whether they are there
-- or not.
CREATE FUNCTION tidemark.is_behind(p_tenant text, p_edits jsonb, p_cursor text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor)) THEN RETURN false; END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread(p_tenant, v_cursor) AS unread
      WHERE (unread.table_name, unread.row_id) IN (
        SELECT change ->> 'table', change ->> 'id'
          FROM jsonb_array_elements(p_edits) AS edit,
            jsonb_array_elements(edit -> 'changes') AS change
      )
  );
END
$$;--> statement-breakpoint

-- Moves a tenant's ledger within the interval (p_after, p_up_to].
CREATE FUNCTION tidemark.move_ledger(
  p_tenant text, p_after bigint, p_up_to bigint, p_applied bigint, p_refusals jsonb DEFAULT '[]'
) RETURNS void
LANGUAGE sql AS $$
  UPDATE tidemark.ledger
    SET applied_seq = p_applied, last_after = p_after, last_up_to = p_up_to,
      last_refusals = p_refusals, updated_at = now()
    WHERE tenant_id = p_tenant
$$;--> statement-breakpoint

-- Applies what a batch comes to, a few statements per table. Returns false, with nothing done, when
-- an edit of it would be refused: which one, only `apply_edits` can tell.
DROP FUNCTION tidemark.apply_net(text, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_net(p_tenant text, p_after bigint, p_up_to bigint, p_net jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_table jsonb;
BEGIN
  -- The ledger goes ahead, so that what triggers and cascades do is recorded as done in sight of the batch.
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, p_up_to);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_table IN SELECT item FROM jsonb_array_elements(p_net) WITH ORDINALITY AS net(item, place) ORDER BY place LOOP
    PERFORM tidemark.insert_rows(p_tenant, v_table ->> 'table', v_table -> 'inserts');
    PERFORM tidemark.update_rows(p_tenant, v_table ->> 'table', v_table -> 'updates');
  END LOOP;
  FOR v_table IN SELECT item FROM jsonb_array_elements(p_net) WITH ORDINALITY AS net(item, place) ORDER BY place DESC LOOP
    PERFORM tidemark.delete_rows(p_tenant, v_table ->> 'table', v_table -> 'deletes');
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN true;
-- Never OTHERS: a deadlock or a cancelled statement is nobody's mistake and must end the call.
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    RETURN false;
END
$$;--> statement-breakpoint

-- Applies the changes of one edit in their order. Returns NULL, or why Postgres refused it; then
-- nothing of the edit is left.
DROP FUNCTION tidemark.apply_edit(text, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_edit(p_tenant text, p_after bigint, p_up_to bigint, p_edit jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_change jsonb;
  v_table text;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, (p_edit -> 'seq')::bigint);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_change IN
    SELECT item FROM jsonb_array_elements(p_edit -> 'changes') WITH ORDINALITY AS changes(item, place) ORDER BY place
  LOOP
    v_table := v_change ->> 'table';
    CASE v_change ->> 'op'
      WHEN 'insert' THEN PERFORM tidemark.insert_rows(p_tenant, v_table, jsonb_build_array(v_change -> 'row'));
      WHEN 'update' THEN PERFORM tidemark.update_rows(p_tenant, v_table, jsonb_build_array(v_change));
      WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_table, jsonb_build_array(v_change -> 'id'));
    END CASE;
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN NULL;
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    GET STACKED DIAGNOSTICS
      v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT,
      v_constraint = CONSTRAINT_NAME, v_column = COLUMN_NAME;
    RETURN jsonb_strip_nulls(jsonb_build_object(
      'seq', p_edit -> 'seq', 'sqlState', v_state, 'message', v_message,
      'constraint', nullif(v_constraint, ''), 'column', nullif(v_column, '')
    ));
END
$$;--> statement-breakpoint

-- Applies edits one by one, up to the first that is refused (which has passed, with its verdict), or
-- that fails while the object is behind (which has not).
DROP FUNCTION tidemark.apply_edits(text, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_up_to bigint, p_edits jsonb, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_edit jsonb;
BEGIN
  applied := p_after;
  -- A row that was not there could not be locked: it may have come while the batch waited to insert it.
  behind := tidemark.is_behind(p_tenant, p_edits, p_cursor);
  IF behind THEN RETURN; END IF;
  FOR v_edit IN SELECT item FROM jsonb_array_elements(p_edits) WITH ORDINALITY AS edits(item, place) ORDER BY place LOOP
    refusal := tidemark.apply_edit(p_tenant, p_after, p_up_to, v_edit);
    IF refusal IS NOT NULL AND tidemark.is_behind(p_tenant, p_edits, p_cursor) THEN
      refusal := NULL;
      behind := true;
      RETURN;
    END IF;
    applied := (v_edit -> 'seq')::bigint;
    EXIT WHEN refusal IS NOT NULL;
  END LOOP;
  IF refusal IS NULL THEN
    applied := p_up_to;
  END IF;
  PERFORM tidemark.move_ledger(
    p_tenant, p_after, p_up_to, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END
  );
END
$$;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, the refused one included.
DROP FUNCTION tidemark.remember(text, text, jsonb, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits jsonb, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  c_refusals CONSTANT integer := 100;
BEGIN
  INSERT INTO tidemark.history (tenant_id, epoch, seq, actor, n, subject, at, changes, outside, refused)
    SELECT
        p_tenant, p_epoch, e.seq, e.actor, e.n, e.subject, to_timestamp(e.at / 1000), e.changes, e.outside,
        CASE WHEN e.seq = (p_refusal -> 'seq')::bigint THEN p_refusal END
      FROM jsonb_to_recordset(p_edits)
        AS e(seq bigint, actor text, n bigint, subject text, at double precision, changes jsonb, outside jsonb)
      WHERE e.seq <= p_applied;
  -- Outside writes and the object's own reverts are not a client's edits and have no mark.
  INSERT INTO tidemark.client_mark AS mark (tenant_id, client_id, subject, n)
    SELECT DISTINCT ON (e.actor) p_tenant, e.actor, e.subject, e.n
      FROM jsonb_to_recordset(p_edits) AS e(seq bigint, actor text, n bigint, subject text)
      WHERE e.actor NOT IN ('sql', 'object') AND e.seq <= p_applied
      ORDER BY e.actor, e.n DESC
    ON CONFLICT (tenant_id, client_id)
      DO UPDATE SET subject = excluded.subject, n = greatest(mark.n, excluded.n);
  IF p_refusal IS NULL THEN RETURN; END IF;
  UPDATE tidemark.client_mark AS mark
    SET refusals = (
      SELECT jsonb_agg(item ORDER BY place)
        FROM (
          SELECT item, place
            FROM jsonb_array_elements(mark.refusals || (p_refusal || jsonb_build_object('n', e.n)))
              WITH ORDINALITY AS refusals(item, place)
            ORDER BY place DESC LIMIT c_refusals
        ) AS newest
    )
    FROM jsonb_to_recordset(p_edits) AS e(seq bigint, actor text, n bigint)
    WHERE e.seq = (p_refusal -> 'seq')::bigint AND mark.tenant_id = p_tenant AND mark.client_id = e.actor;
END
$$;--> statement-breakpoint

-- Claims a tenant for an epoch, which fences every other, and returns {applied, marks, cursor}: how far
-- this epoch's log is here, what is settled of each client and how, and where outside changes begin.
-- Repeating it changes nothing.
CREATE OR REPLACE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  -- The row is locked even when it stays as it is, so a batch under way ends before the marks are read.
  INSERT INTO tidemark.ledger AS ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch)
    ON CONFLICT (tenant_id) DO UPDATE SET
      epoch = excluded.epoch, applied_seq = 0,
      last_after = NULL, last_up_to = NULL, last_refusals = NULL, updated_at = now()
      WHERE ledger.epoch <> excluded.epoch;
  RETURN jsonb_build_object(
    'applied', (SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = p_tenant),
    'marks', (
      SELECT
          coalesce(
            jsonb_agg(
              jsonb_build_object('client', client_id, 'subject', subject, 'n', n, 'refusals', refusals)
              ORDER BY client_id
            ),
            '[]'
          )
        FROM tidemark.client_mark WHERE tenant_id = p_tenant
    ),
    'cursor', (SELECT pg_current_snapshot()::text)
  );
END
$$;--> statement-breakpoint

-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once.
--   p_edits   [{seq, actor, n, subject, at, changes: [{op, table, id, ...}], outside?}] in order
--   p_net     [{table, inserts, updates, deletes}], the same interval set-wise, tables in the order
--             of declaration: one comes after those it refers to
--   p_cursor  which outside changes the object has seen
-- Returns {is: 'applied', applied, refusals, outside}, where `applied` is below p_up_to after a refusal;
-- {is: 'behind', ...} when rows of the batch were changed outside in a way the object has not seen, so
-- that nothing beyond `applied` was done; or {is: 'fenced', epoch, applied} when another epoch owns
-- the tenant. `outside` is the answer of `read_changes`.
DROP FUNCTION tidemark.apply_batch(text, text, bigint, bigint, jsonb, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint, p_edits jsonb, p_net jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_applied bigint := p_up_to;
  v_refusal jsonb;
  v_behind boolean := false;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  IF NOT FOUND OR p_after > v_ledger.applied_seq AND p_epoch = v_ledger.epoch THEN
    RAISE EXCEPTION 'batch after % of tenant % does not fit its ledger, which stands at %',
      p_after, p_tenant, coalesce(v_ledger.applied_seq::text, 'nothing') USING ERRCODE = 'TM010';
  END IF;
  IF p_epoch <> v_ledger.epoch THEN
    RETURN jsonb_build_object('is', 'fenced', 'epoch', v_ledger.epoch, 'applied', v_ledger.applied_seq);
  END IF;
  IF p_after = v_ledger.applied_seq THEN
    PERFORM tidemark.lock_rows(p_tenant, p_net);
    -- Only now: whoever held these rows has committed, and this statement sees it.
    IF tidemark.is_behind(p_tenant, p_edits, p_cursor) THEN
      v_behind := true;
      v_applied := p_after;
    ELSIF NOT tidemark.apply_net(p_tenant, p_after, p_up_to, p_net) THEN
      SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
        FROM tidemark.apply_edits(p_tenant, p_after, p_up_to, p_edits, p_cursor);
    END IF;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, v_refusal);
    SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_ledger.applied_seq,
    'refusals', CASE WHEN v_behind THEN '[]' ELSE coalesce(v_ledger.last_refusals, '[]') END,
    'outside', tidemark.read_changes(p_tenant, p_cursor)
  );
END
$$;
