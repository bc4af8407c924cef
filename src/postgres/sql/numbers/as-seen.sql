-- A value as JavaScript has it, with all that is in it. Numbers that are too large for it stay.
CREATE OR REPLACE FUNCTION tidemark.as_seen(p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  CASE jsonb_typeof(p_value)
    WHEN 'number' THEN
      -- By way of the text, which is as short as JavaScript's; the cast rounds to 15 digits.
      RETURN coalesce(to_jsonb(tidemark.as_double(p_value::numeric)::text::numeric), p_value);
    WHEN 'object' THEN
      RETURN (SELECT coalesce(jsonb_object_agg(key, tidemark.as_seen(value)), '{}') FROM jsonb_each(p_value));
    WHEN 'array' THEN
      RETURN (
        SELECT coalesce(jsonb_agg(tidemark.as_seen(value) ORDER BY place), '[]')
          FROM jsonb_array_elements(p_value) WITH ORDINALITY AS items(value, place)
      );
    ELSE RETURN p_value;
  END CASE;
END
$$;
