-- A number as JavaScript has it; NULL for one that is too large for it.
CREATE OR REPLACE FUNCTION tidemark.as_double(p_number numeric) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE
    WHEN abs(p_number) > 1.7976931348623157e308::numeric THEN NULL
    -- What is too small for a double is an error to Postgres, and nothing to JavaScript.
    WHEN abs(p_number) < 4.94e-324::numeric THEN 0
    ELSE p_number::float8
  END;
