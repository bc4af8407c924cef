-- Tells whether a constraint is the table's primary key.
CREATE OR REPLACE FUNCTION tidemark.is_key(p_table text, p_constraint text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM pg_constraint
      WHERE conrelid = tidemark.relation(p_table)::regclass AND contype = 'p' AND conname = p_constraint
  )
$$;
