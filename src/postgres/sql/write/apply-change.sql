-- Applies one change of an edit.
--   p_change  {op, table, id} with `row` for an insert, and for an update with `set`, the columns that are set, and
--             `add`, those that are added to
-- Locks the row. Absent and duplicate are refused as by `insert_rows`, `update_rows` and `delete_rows`.
CREATE OR REPLACE FUNCTION tidemark.apply_change(p_tenant text, p_change jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_table text := p_change ->> 'table';
  v_id text := p_change ->> 'id';
  v_row jsonb := p_change -> 'row';
  v_set jsonb := p_change -> 'set';
  v_add jsonb := p_change -> 'add';
BEGIN
  CASE p_change ->> 'op'
    WHEN 'insert' THEN
      PERFORM tidemark.insert_rows(
        p_tenant, v_table, ARRAY(SELECT jsonb_object_keys(v_row)), json_build_array(v_row)
      );
    WHEN 'update' THEN
      PERFORM tidemark.update_rows(
        p_tenant, v_table, ARRAY(SELECT jsonb_object_keys(v_set)), ARRAY(SELECT jsonb_object_keys(v_add)),
        ARRAY[v_id], json_build_array(v_set || v_add || jsonb_build_object('id', v_id))
      );
    WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_table, ARRAY[v_id]);
  END CASE;
END
$$;
