-- Columns of a table with their types, for a column definition list. One that the table lacks is left for the statement
-- to name. The table is looked up as `relation` names it.
CREATE OR REPLACE FUNCTION tidemark.typed_columns(p_table text, p_columns text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT string_agg(format('%I %s', name, coalesce(format_type(atttypid, atttypmod), 'text')), ', ')
    FROM unnest(p_columns) AS name
    LEFT JOIN pg_attribute ON attrelid = tidemark.relation(p_table)::regclass AND attname = name
$$;
