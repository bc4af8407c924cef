-- Writes a cursor of this cluster as cluster@since|until|place|mark, and what was read ahead after it.
--   p_ahead  the last part, with the bar before it, as `still_ahead` gives it
CREATE OR REPLACE FUNCTION tidemark.cursor_text(
  p_since pg_snapshot, p_until pg_snapshot DEFAULT NULL, p_place bigint DEFAULT NULL, p_mark uuid DEFAULT NULL,
  p_ahead text DEFAULT ''
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT format('%s@%s|%s|%s|%s%s', tidemark.cluster_name(), p_since, p_until, p_place, p_mark, p_ahead)
$$;
