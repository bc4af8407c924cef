-- The name of a synced table in SQL. One of the application's is looked up in the schema `public`; of the engine's
-- own there are those that are collections as well, and no others can be named.
CREATE OR REPLACE FUNCTION tidemark.relation(p_table text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN p_table = ANY (ARRAY[
    'tidemark.conflict', 'tidemark.notification', 'tidemark.notification_state', 'tidemark.notification_preference'
  ]) THEN p_table
  ELSE quote_ident(p_table)
END;
