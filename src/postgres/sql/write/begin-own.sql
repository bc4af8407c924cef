-- Begins a statement of our own that writes rows of a table: its triggers take what it writes itself as ours. What
-- triggers did to these rows earlier in this transaction is overwritten by it, and must not come after it in the log.
--   p_ids      the rows; none where nobody can have changed them before
--   p_columns  the columns that it sets; NULL where it deletes the rows
-- Whoever calls it clears `tidemark.origin` when the statement is done.
-- Fails with TM001 where a trigger of the same transaction has replaced one of the rows by another.
-- Planned for the transaction at hand: a plan for any would look among all changes that are kept, where almost always
-- there is none.
CREATE OR REPLACE FUNCTION tidemark.begin_own(p_tenant text, p_table text, p_ids text[], p_columns text[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_own xid8 := pg_current_xact_id();
BEGIN
  PERFORM set_config('tidemark.origin', p_table, true);
  PERFORM set_config(
    'tidemark.step', (coalesce(nullif(current_setting('tidemark.step', true), '')::integer, 0) + 1)::text, true
  );
  -- Almost always there are no triggers that change anything.
  IF NOT EXISTS (SELECT FROM tidemark.sync_change WHERE tenant_id = p_tenant AND xid = v_own) THEN RETURN; END IF;
  IF p_columns IS NULL THEN
    DELETE FROM tidemark.sync_change
      WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids);
    RETURN;
  END IF;
  -- Not the row that the batch was made for: it waits until the object has seen that, or is refused if this is its
  -- own doing.
  IF EXISTS (
    SELECT FROM tidemark.sync_change
      WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids) AND op = 'insert'
  ) THEN
    RAISE EXCEPTION 'a trigger has replaced a record of %', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
  UPDATE tidemark.sync_change SET before = before - p_columns, after = after - p_columns
    WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids) AND op = 'update';
END
$$;
