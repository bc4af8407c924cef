-- Edit by edit a batch takes 500 edits at the most, and what follows them comes with the next: each is a savepoint of
-- its own and moves the same row of the ledger once more, so thousands in one transaction take a second for every
-- thousand and then longer, up to where the call is given up, again and again. Replaces a function of migration
-- 0024; what is said there holds.
--
-- Returns `applied` below p_up_to and no refusal where more edits follow.
CREATE OR REPLACE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_up_to bigint, p_edits json, p_changes text, p_steps json, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
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
      refusal := tidemark.apply_edit(p_tenant, p_after, p_up_to, v_edit.seq, v_edit.changes::jsonb);
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
    p_tenant, p_after, p_up_to, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END
  );
END
$$;
