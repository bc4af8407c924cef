-- A number that was sent, as it is held anywhere in the value that it is sent for.
--   p_unlike  the numbers in what is held that are not what they look like
-- Returns p_sent where none of them looks like it. TM005 where several do.
CREATE OR REPLACE FUNCTION tidemark.held_number(p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_meant numeric[] := ARRAY(
    SELECT number FROM unnest(p_unlike) AS number
      WHERE tidemark.as_double(number) = tidemark.as_double(p_sent::numeric)
  );
BEGIN
  IF cardinality(v_meant) > 1 THEN PERFORM tidemark.refuse_ambiguous(p_sent); END IF;
  RETURN coalesce(to_jsonb(v_meant[1]), p_sent);
END
$$;
