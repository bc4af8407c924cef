-- Takes the text of a cursor apart (see the type `tidemark.cursor`). NULL is a reader that has read nothing yet.
CREATE OR REPLACE FUNCTION tidemark.parse_cursor(p_cursor text) RETURNS tidemark.cursor
LANGUAGE sql IMMUTABLE
RETURN ROW(
  split_part(split_part(p_cursor, '@', -1), '|', 1)::pg_snapshot,
  nullif(split_part(p_cursor, '|', 2), '')::pg_snapshot,
  nullif(split_part(p_cursor, '|', 3), '')::bigint,
  nullif(split_part(p_cursor, '|', 4), '')::uuid,
  nullif(split_part(p_cursor, '@', -2), '')::bigint,
  string_to_array(nullif(split_part(p_cursor, '|', 5), ''), ',')::bigint[]
)::tidemark.cursor;
