-- Locks the rows that a batch will change, in the order of tables and keys, so that two writers meet at the first
-- common row and do not cross. Deletes need the stronger lock.
--   p_steps  [{op, table, ids}]; inserts have no row to lock
-- Absent: a row that is not there is not locked, so it may come while the batch waits to insert it.
CREATE OR REPLACE FUNCTION tidemark.lock_rows(p_tenant text, p_steps json) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_table record;
BEGIN
  FOR v_table IN
    SELECT step."table" AS name, array_agg(id) AS ids, bool_or(step.op = 'delete') AS deletes
      FROM json_to_recordset(p_steps) AS step(op text, "table" text, ids text[])
      CROSS JOIN LATERAL unnest(step.ids) AS id
      WHERE step.op <> 'insert'
      GROUP BY step."table" ORDER BY step."table" COLLATE "C"
  LOOP
    EXECUTE format(
      'SELECT 1 FROM %s WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id COLLATE "C" FOR %s',
      tidemark.relation(v_table.name), CASE WHEN v_table.deletes THEN 'UPDATE' ELSE 'NO KEY UPDATE' END
    ) USING p_tenant, v_table.ids;
  END LOOP;
END
$$;
