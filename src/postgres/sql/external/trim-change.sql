-- Trigger of `sync_change`: a change of a row that is too large for any record is kept without its values. An answer
-- with them would never arrive, and no change after it. It is kept with the columns' names, and its size under a name
-- that no column has.
CREATE OR REPLACE FUNCTION tidemark.trim_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_bytes bigint := pg_column_size(NEW.before) + pg_column_size(NEW.after);
BEGIN
  IF NEW.op <> 'delete' THEN
    NEW.after := (SELECT jsonb_object_agg(name, NULL) FROM jsonb_object_keys(NEW.after) AS name)
      || jsonb_build_object('', v_bytes);
  END IF;
  NEW.before := '{}';
  RETURN NEW;
END
$$;
