-- Makes the changes of a proposal while the ledger is locked and stands at p_seq.
--   p_seq       where the log and the ledger stand
--   p_proposal  as `propose` takes it
-- Returns `refusal`: NULL, or why Postgres refused it, and then nothing of it is left; or `behind`, with nothing done,
-- where its rows were changed by others in a way the object has not seen.
-- Locks the rows that it changes (`lock_rows`).
CREATE OR REPLACE FUNCTION tidemark.apply_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text,
  OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_changes jsonb := p_proposal -> 'changes';
  v_id bigint;
BEGIN
  PERFORM tidemark.lock_rows(p_tenant, (
    SELECT coalesce(json_agg(json_build_object(
        'op', change -> 'op', 'table', change -> 'table', 'ids', json_build_array(change -> 'id')
      )), '[]')
      FROM jsonb_array_elements(v_changes) AS change
  ));
  behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
  IF behind THEN RETURN; END IF;
  -- Before the changes themselves, so that what cascades and triggers do for them comes after it.
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
    VALUES (p_tenant, '', '', 'proposal', '{}', p_proposal, p_epoch, p_seq, p_proposal ->> 'subject')
    RETURNING id INTO v_id;
  refusal := tidemark.apply_edit(p_tenant, p_after, p_seq, v_changes);
  IF refusal IS NOT NULL THEN
    DELETE FROM tidemark.sync_change WHERE id = v_id;
    behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
    RETURN;
  END IF;
  PERFORM tidemark.assert_not_behind(p_tenant, v_changes::text, p_cursor);
EXCEPTION
  WHEN SQLSTATE 'TM004' THEN behind := true;
END
$$;
