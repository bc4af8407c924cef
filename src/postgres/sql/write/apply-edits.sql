-- Applies edits one by one, up to the first that is refused (which has passed, with its verdict), or that fails while
-- the object is behind (which has not).
--   see `apply_batch` for the arguments
-- Returns how far it got, the refusal if there was one, and whether the object is behind: then nothing was done that
-- others' changes could be missing from. It takes 500 edits at the most and answers without a refusal where more
-- follow: each is a savepoint of its own and moves the same row of the ledger once more, so thousands in one
-- transaction take a second for every thousand and then longer, up to where the call is given up, again and again.
-- An insert waits for an open transaction that holds its key. If the row was made and deleted again there, the insert
-- goes through, and what happened before it would be taken into the log as happening after it. So what the edits came
-- upon is looked for once more when they are done: nobody else can change their rows by then.
-- Locks the rows that it changes (`lock_rows`). The ledger's row is locked by its caller.
CREATE OR REPLACE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_edits json, p_changes text, p_steps json, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_edit record;
  v_passed integer := 0;
BEGIN
  applied := p_after;
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  behind := tidemark.is_behind(p_tenant, p_changes, p_cursor);
  IF behind THEN RETURN; END IF;
  BEGIN
    FOR v_edit IN
      SELECT seq, changes FROM tidemark.edits_of(p_edits, p_changes) ORDER BY seq
    LOOP
      refusal := tidemark.apply_edit(p_tenant, p_after, v_edit.seq, v_edit.changes::jsonb);
      -- An earlier edit may have set off what this one failed on.
      behind := refusal IS NOT NULL AND tidemark.is_behind(p_tenant, p_changes, p_cursor);
      EXIT WHEN behind;
      applied := v_edit.seq;
      v_passed := v_passed + 1;
      EXIT WHEN refusal IS NOT NULL OR v_passed = 500;
    END LOOP;
    PERFORM tidemark.assert_not_behind(p_tenant, p_changes, p_cursor);
  EXCEPTION
    WHEN SQLSTATE 'TM004' THEN
      applied := p_after;
      behind := true;
  END;
  IF behind THEN
    refusal := NULL;
    RETURN;
  END IF;
  PERFORM tidemark.move_ledger(
    p_tenant, p_after, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END
  );
END
$$;
