-- Deletes rows of one table.
--   p_ids  the rows
-- Locks them.
-- Absent: TM001 where one of them is missing.
CREATE OR REPLACE FUNCTION tidemark.delete_rows(p_tenant text, p_table text, p_ids text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_done bigint;
BEGIN
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, NULL);
  EXECUTE format('DELETE FROM %s WHERE tenant_id = $1 AND id = ANY ($2)', tidemark.relation(p_table)) USING p_tenant, p_ids;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;
