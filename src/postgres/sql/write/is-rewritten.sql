-- Tells whether a table has triggers that may store another row than was sent.
--   p_op  'insert' or 'update'
CREATE OR REPLACE FUNCTION tidemark.is_rewritten(p_table text, p_op text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  -- Bits of pg_trigger.tgtype: 1 for each row, 2 before, 4 insert, 16 update.
  SELECT EXISTS (
    SELECT FROM pg_trigger
      WHERE tgrelid = tidemark.relation(p_table)::regclass AND tgenabled <> 'D'
        AND tgtype & 3 = 3 AND tgtype & CASE p_op WHEN 'insert' THEN 4 ELSE 16 END <> 0
  )
$$;
