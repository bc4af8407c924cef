-- Records where a row was stored otherwise than it was sent, as an external change.
--   p_place   of the stored version in the table's file. It is known when the statement has ended, and triggers of
--             other rows may have changed the row by then, so the version that was stored is named.
--   p_sent    {column: value}
--   p_stored  likewise
-- Records nothing where they are equal.
CREATE OR REPLACE FUNCTION tidemark.record_rewrite(
  p_tenant text, p_table text, p_id text, p_place tid, p_sent jsonb, p_stored jsonb
) RETURNS void LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT tidemark.record_change(
      p_tenant, p_table, p_id, 'update', before, after,
      NULL, tidemark.version_name(tidemark.relation(p_table)::regclass, p_place)
    )
    FROM (
      SELECT jsonb_object_agg(key, value) AS before, jsonb_object_agg(key, p_stored -> key) AS after
        FROM jsonb_each(p_sent) WHERE value <> p_stored -> key
    ) AS rewritten
    WHERE before IS NOT NULL
$$;
