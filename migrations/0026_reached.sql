-- Rows that an object loads are read page by page, each in a state of its own. A database that is put back
-- before one of them shows nothing of it in the ledger and in a cursor from before the pages, so the latest
-- of the pages is held against the present state as well.

-- As `look`, for a reader that has rows as of the snapshot p_reached, which may be null.
CREATE FUNCTION tidemark.look(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_cursor text, p_reached text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  IF pg_snapshot_xmax(p_reached::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) THEN
    RAISE EXCEPTION 'rows of tenant % were read in a later state than this database is in', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
  RETURN tidemark.look(p_tenant, p_epoch, p_after, p_head, p_cursor);
END
$$;
