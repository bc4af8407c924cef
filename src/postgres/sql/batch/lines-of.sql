-- The lines of a batch, one for each edit: its changes in JSON, with the names of their tables and columns.
--   p_changes  one line for each edit. Where the first line is {shapes}, the changes of the others are by position, as
--              `named_change` takes them; else they have their names already, as those of a proposal.
-- Returns nothing for NULL. A batch names a table and its columns once for all changes of one form, because most of its
-- text would be names.
CREATE OR REPLACE FUNCTION tidemark.lines_of(p_changes text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_shapes json;
BEGIN
  IF NOT starts_with(p_changes, '{') THEN
    RETURN QUERY SELECT string_to_table(p_changes, E'\n');
    RETURN;
  END IF;
  v_shapes := split_part(p_changes, E'\n', 1)::json -> 'shapes';
  RETURN QUERY
    SELECT (
        SELECT coalesce(
            json_agg(tidemark.named_change(v_shapes -> (change ->> 0)::integer, change) ORDER BY change_place), '[]'
          )::text
          FROM json_array_elements(line::json) WITH ORDINALITY AS changes(change, change_place)
      )
      FROM string_to_table(p_changes, E'\n') WITH ORDINALITY AS lines(line, place)
      WHERE place > 1
      ORDER BY place;
END
$$;
