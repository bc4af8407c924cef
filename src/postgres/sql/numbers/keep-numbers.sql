-- What is sent for a column of JSON, with its numbers as they are held. To JavaScript a number is a double, so an edit
-- that changes one key sends all others back as what they look like there: 9007199254740993 as 9007199254740992, and
-- 10.00 as 10. Where what is sent looks like what is held, what is held is meant; where it could be either of two, the
-- edit is refused (TM005).
-- Returns p_sent where either is NULL, or where every number that is held is what it looks like, as almost always.
CREATE OR REPLACE FUNCTION tidemark.keep_numbers(p_held jsonb, p_sent jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_unlike numeric[];
  v_is_written_otherwise boolean;
BEGIN
  IF p_held IS NULL OR p_sent IS NULL THEN RETURN p_sent; END IF;
  SELECT
      coalesce(array_agg(DISTINCT held) FILTER (WHERE held IS DISTINCT FROM seen), '{}'),
      coalesce(bool_or(held::text IS DISTINCT FROM seen::text), false)
    INTO v_unlike, v_is_written_otherwise
    FROM jsonb_path_query(p_held, 'strict $.**') AS item
    CROSS JOIN LATERAL (
      SELECT item::numeric AS held, tidemark.as_double(item::numeric)::text::numeric AS seen
        WHERE jsonb_typeof(item) = 'number'
    ) AS number;
  -- Almost always every number is what it looks like.
  IF NOT v_is_written_otherwise THEN RETURN p_sent; END IF;
  RETURN tidemark.keep_value(p_held, p_sent, v_unlike);
END
$$;
