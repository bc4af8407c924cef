-- Trigger of tables that are only ever added to. Deletes pass while a tenant is erased (`erase_tenant`).
CREATE OR REPLACE FUNCTION tidemark.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('tidemark.erasing', true) = 'yes' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'tidemark.% is only ever added to', TG_TABLE_NAME;
END
$$;
