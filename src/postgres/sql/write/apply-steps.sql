-- Applies what a batch comes to, few statements a table.
--   see `apply_batch` for the arguments
-- Returns 'applied'; 'behind', with nothing done, where rows of it were changed by others unseen; or 'refused', with
-- nothing done, where this is for `apply_edits` to do: an edit would be refused and only it can tell which, or there
-- are no p_rows because a table has to see each edit. Postgres does not let a BEFORE trigger change a row that the same
-- statement is still to write; edit by edit that goes, and what is impossible even so is refused like any other edit.
-- Locks the rows that it changes (`lock_rows`). The ledger's row is locked by its caller.
CREATE OR REPLACE FUNCTION tidemark.apply_steps(
  p_tenant text, p_after bigint, p_up_to bigint, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
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
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to);
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
$$;
