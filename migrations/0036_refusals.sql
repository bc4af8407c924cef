-- Which errors refuse one edit, so that it is undone with a reason and holds nothing up, and which end the call,
-- so that it is repeated or waits for somebody to mend something. Replaces functions of migrations 0018 and 0024;
-- what is said there holds.
--
-- SQLSTATE of our own:
--   TM005  it cannot be told which of several numbers is meant
--
-- Repeated is whatever may pass, such as lost connections (08), deadlocks and serialization (40), a server without room
-- (53), locks (55006, 55P03), cancellation and shutdown (57), a broken server (58, XX). Waited for is what people mend
-- and would not want undone: a wrong password (28), a missing schema (3D, 3F), a missing table, column or function, no
-- right to use one (42). So of these a whole tenant waits, also where one table is at fault: a deploy that came before
-- its migration would undo the work of a day.

-- Whether an error is about what an edit asks for, so that it would fail alone, too. All that a user's own triggers
-- and constraints raise is: the codes of SQL for that, and every code that is none of Postgres's own.
CREATE FUNCTION tidemark.is_refusal(p_state text, p_message text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
      WHEN p_state IN ('TM001', 'TM002', 'TM005') THEN true
      WHEN p_state LIKE 'TM%' THEN false
      -- A column that Postgres itself fills, and a table that is not in the state that a trigger of it expects.
      WHEN p_state IN ('428C9', '55000') THEN true
      -- A row that a policy keeps out has the code of a missing right.
      WHEN p_state = '42501' THEN p_message LIKE '%row-level security%'
      WHEN left(p_state, 2) IN ('09', '20', '21', '22', '23', '27', '2F', '38', '39', '44', '54', 'P0') THEN true
      ELSE left(p_state, 2) NOT IN (
        '00', '01', '02', '03', '08', '0A', '0B', '0F', '0L', '0P', '0Z', '10', '24', '25', '26', '28', '2B', '2D', '34',
        '3B', '3D', '3F', '40', '42', '53', '55', '57', '58', '72', 'F0', 'HV', 'XX'
      )
    END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.apply_steps(
  p_tenant text, p_after bigint, p_up_to bigint, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_step record;
BEGIN
  IF p_rows IS NULL THEN RETURN 'refused'; END IF;
  -- Locked within this block, which is a transaction of its own to Postgres: rows locked by one
  -- transaction and written by another take a record of both.
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  -- Only now: whoever held these rows has committed, and this statement sees it.
  IF tidemark.is_behind(p_tenant, p_changes, p_cursor) THEN RETURN 'behind'; END IF;
  -- The ledger goes ahead, so that what triggers and cascades do is recorded as done in sight of the batch.
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, p_up_to);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_step IN
    SELECT *
      FROM ROWS FROM (
        json_to_recordset(p_steps) AS (op text, "table" text, columns text[], deltas text[], ids text[]),
        string_to_table(p_rows, E'\n')
      ) WITH ORDINALITY AS step(op, "table", columns, deltas, ids, rows, place)
      ORDER BY place
  LOOP
    CASE v_step.op
      WHEN 'insert' THEN
        PERFORM tidemark.insert_rows(p_tenant, v_step."table", v_step.columns, v_step.rows::json);
      WHEN 'update' THEN
        PERFORM tidemark.update_rows(
          p_tenant, v_step."table", v_step.columns, v_step.deltas, v_step.ids, v_step.rows::json
        );
      WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_step."table", v_step.ids);
    END CASE;
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  PERFORM tidemark.assert_not_behind(p_tenant, p_changes, p_cursor);
  RETURN 'applied';
-- A deadlock, for one, is nobody's mistake and has to end the call. A cancelled statement is never caught here.
EXCEPTION
  WHEN SQLSTATE 'TM004' THEN RETURN 'behind';
  WHEN ASSERT_FAILURE OR OTHERS THEN
    IF NOT tidemark.is_refusal(SQLSTATE, SQLERRM) THEN RAISE; END IF;
    RETURN 'refused';
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.apply_edit(
  p_tenant text, p_after bigint, p_up_to bigint, p_seq bigint, p_changes jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_change jsonb;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, p_seq);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_change IN
    SELECT item FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS changes(item, place) ORDER BY place
  LOOP
    PERFORM tidemark.apply_change(p_tenant, v_change);
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN NULL;
EXCEPTION
  WHEN ASSERT_FAILURE OR OTHERS THEN
    IF NOT tidemark.is_refusal(SQLSTATE, SQLERRM) THEN RAISE; END IF;
    GET STACKED DIAGNOSTICS
      v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT,
      v_constraint = CONSTRAINT_NAME, v_column = COLUMN_NAME;
    RETURN jsonb_strip_nulls(jsonb_build_object(
      'seq', p_seq, 'sqlState', v_state, 'message', v_message,
      'constraint', nullif(v_constraint, ''), 'column', nullif(v_column, '')
    ));
END
$$;
