-- The lines of the edits up to p_applied, with the line of shapes where there is one.
--   p_applied  the seq of the last edit that passed
-- Returns p_changes as it is where all passed. The others come again with the
-- next batch, and thousands of them would be kept as often as an edit among them is refused.
CREATE OR REPLACE FUNCTION tidemark.passed_lines(p_applied bigint, p_edits json, p_changes text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_passed bigint := p_applied - (p_edits ->> 'first')::bigint + 1;
BEGIN
  IF v_passed >= json_array_length(p_edits -> 'authors') THEN RETURN p_changes; END IF;
  RETURN array_to_string(
    (string_to_array(p_changes, E'\n'))[:v_passed + starts_with(p_changes, '{')::integer], E'\n'
  );
END
$$;
