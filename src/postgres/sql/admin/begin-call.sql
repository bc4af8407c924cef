-- Begins a call of a Worker, in the transaction of which it is the first statement: sets its settings.
--   p_settings  by name
--   p_version   of the schema that the Worker is made for
-- Fails with TM012, before anything is done, where this schema is older, or newer and no longer serves such a Worker.
-- The message says what to do.
CREATE OR REPLACE FUNCTION tidemark.begin_call(p_settings json, p_version integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_version integer;
  v_floor integer;
BEGIN
  SELECT version, floor INTO v_version, v_floor FROM tidemark.version;
  IF p_version > v_version THEN
    RAISE EXCEPTION 'the database has version % of the engine''s schema, and this Worker needs %: run `tidemark migrate`',
      v_version, p_version USING ERRCODE = 'TM012';
  ELSIF p_version < v_floor THEN
    RAISE EXCEPTION 'the database has version % of the engine''s schema, which serves no Worker that was made for %: deploy with the `tidemark` that migrated it',
      v_version, p_version USING ERRCODE = 'TM012';
  END IF;
  PERFORM set_config(name, value, true) FROM json_each_text(p_settings) AS setting (name, value);
END
$$;
