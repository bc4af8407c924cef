-- The last part of a cursor: those of the ids that it has still to name, because by its other parts it would read them
-- again.
-- Returns '' where there are none.
CREATE OR REPLACE FUNCTION tidemark.still_ahead(
  p_tenant text, p_since pg_snapshot, p_until pg_snapshot, p_place bigint, p_ahead bigint[]
) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF p_ahead IS NULL THEN RETURN ''; END IF;
  RETURN (
    SELECT coalesce('|' || string_agg(id::text, ',' ORDER BY id), '')
      FROM tidemark.unread(p_tenant, ROW(p_since, p_until, p_place, NULL, NULL, NULL)::tidemark.cursor)
      WHERE id = ANY (p_ahead)
  );
END
$$;
