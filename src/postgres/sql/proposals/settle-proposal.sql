-- Settles a proposal while the ledger is locked and stands at p_seq.
--   p_seq       where the log and the ledger stand
--   p_proposal  as `propose` takes it
-- Returns {is: 'taken'} or {is: 'refused', refusal}, the same whenever it is asked again; or NULL, with nothing done,
-- where the object has to see external changes first.
-- Locks what `apply_proposal` locks.
CREATE OR REPLACE FUNCTION tidemark.settle_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_n bigint := (p_proposal -> 'n')::bigint;
  v_mark tidemark.client_mark;
  v_refusal jsonb := p_proposal -> 'withdrawn';
  v_behind boolean := false;
  v_place bigint;
BEGIN
  SELECT * INTO v_mark FROM tidemark.client_mark
    WHERE tenant_id = p_tenant AND client_id = p_proposal ->> 'actor';
  IF v_mark.n >= v_n THEN
    -- None, if it was taken.
    SELECT item INTO v_refusal
      FROM jsonb_array_elements(v_mark.refusals) AS item WHERE (item -> 'n')::bigint = v_n;
  ELSE
    IF v_refusal IS NULL THEN
      SELECT refusal, behind INTO v_refusal, v_behind
        FROM tidemark.apply_proposal(p_tenant, p_epoch, p_after, p_seq, p_proposal, p_cursor);
      IF v_behind THEN RETURN NULL; END IF;
    END IF;
    -- The audit history has it at once, by a place of its own, counted downwards from -1: its place in the
    -- log comes later, and a refused one never has any.
    SELECT least(min(last_seq), 0) - 1 INTO v_place
      FROM tidemark.history_batch WHERE tenant_id = p_tenant AND epoch = p_epoch;
    v_refusal := v_refusal || jsonb_build_object('seq', v_place);
    PERFORM tidemark.remember(
      p_tenant, p_epoch, v_place,
      tidemark.single_edit(
        v_place, p_proposal ->> 'actor', v_n, p_proposal ->> 'subject', (p_proposal -> 'at')::double precision
      ),
      p_proposal ->> 'changes', v_refusal
    );
  END IF;
  IF v_refusal IS NULL THEN RETURN '{"is": "taken"}'; END IF;
  RETURN jsonb_build_object('is', 'refused', 'refusal', v_refusal);
END
$$;
