-- Applies the changes of one edit in their order, and checks its references at its end.
--   p_after    where the batch began
--   p_seq      of the edit: the ledger goes ahead to it, so that what triggers do is recorded as done in its sight
--   p_changes  [{op, table, id, ...}], as `apply_change` takes them
-- Returns NULL, or {seq, sqlState, message, constraint?, column?}: why Postgres refused it, and then nothing of it is
-- left. What is no refusal (see `is_refusal`) ends the call.
-- Locks the rows that it changes.
CREATE OR REPLACE FUNCTION tidemark.apply_edit(
  p_tenant text, p_after bigint, p_seq bigint, p_changes jsonb
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_change jsonb;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_seq);
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
