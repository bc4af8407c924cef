-- A change of a row that is too large for any record is kept without its values: an answer with them would never
-- arrive, and no change after it. It is kept with the columns' names, and its size under a name that no column has.
CREATE FUNCTION tidemark.trim_change() RETURNS trigger
LANGUAGE plpgsql AS $$
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
$$;--> statement-breakpoint

-- A proposal is never so large, because an edit is not.
CREATE TRIGGER trim_change BEFORE INSERT ON tidemark.sync_change
  FOR EACH ROW WHEN (pg_column_size(NEW.before) + pg_column_size(NEW.after) > 8000000)
  EXECUTE FUNCTION tidemark.trim_change();
