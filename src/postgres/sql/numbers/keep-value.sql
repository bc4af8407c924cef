-- The part of `keep_numbers` for a value within: its numbers as they are held, by their place, else by what they look
-- like.
--   p_held    what is held at the place of p_sent; NULL where there is nothing
--   p_unlike  the numbers in the whole held value that are not what they look like
CREATE OR REPLACE FUNCTION tidemark.keep_value(p_held jsonb, p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF tidemark.as_seen(p_held) = tidemark.as_seen(p_sent) THEN RETURN p_held; END IF;
  CASE jsonb_typeof(p_sent)
    WHEN 'number' THEN RETURN tidemark.held_number(p_sent, p_unlike);
    WHEN 'object' THEN
      RETURN (
        SELECT coalesce(jsonb_object_agg(key, tidemark.keep_value(p_held -> key, value, p_unlike)), '{}')
          FROM jsonb_each(p_sent)
      );
    WHEN 'array' THEN
      RETURN tidemark.keep_items(CASE jsonb_typeof(p_held) WHEN 'array' THEN p_held ELSE '[]' END, p_sent, p_unlike);
    ELSE RETURN p_sent;
  END CASE;
END
$$;
