-- Columns of a table with their types, for a column definition list. One that the table lacks is left for the statement
-- to name. The table is looked up in the caller's search path.
CREATE OR REPLACE FUNCTION tidemark.typed_columns(p_table text, p_columns text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT string_agg(format('%I %s', name, coalesce(format_type(atttypid, atttypmod), 'text')), ', ')
    FROM unnest(p_columns) AS name
    LEFT JOIN pg_attribute ON attrelid = tidemark.relation(p_table)::regclass AND attname = name
$$;
