-- Refuses an edit (TM005) that means one of several numbers which look the same.
CREATE OR REPLACE FUNCTION tidemark.refuse_ambiguous(p_sent jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'Several numbers in the database look like % here, and it cannot be told which is meant.',
    left(p_sent::text, 60) USING ERRCODE = 'TM005';
END
$$;
