-- The name under which a synced table is known: one of the engine's own with its schema, which `relation` reads.
CREATE OR REPLACE FUNCTION tidemark.synced_name(p_schema text, p_table text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE p_schema WHEN 'tidemark' THEN 'tidemark.' || p_table ELSE p_table END;
