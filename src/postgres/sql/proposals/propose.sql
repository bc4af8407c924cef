-- Applies a batch, which may be empty, and settles a proposal behind it: an edit that is to be in Postgres first gets
-- there, exactly once, and from there into the log. To the reader of external changes it is one change of several rows,
-- in its place among the others.
--   p_proposal  {actor, n, subject, at, changes, conflicts}, drafted from what the log is at p_up_to; or with
--               {withdrawn: {sqlState, message}}: it is to be refused, unless it was taken before
--   see `apply_batch` for the other arguments
-- Returns the answer of `apply_batch`, with the `verdict` on the proposal where the batch has passed whole and nothing
-- unseen stands in the way.
-- Locks what `apply_batch` locks, then the rows of the proposal.
-- Repeated: the verdict is the same.
-- Late: a draft that was overtaken on its way has no verdict, and is drafted anew.
CREATE OR REPLACE FUNCTION tidemark.propose(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text, p_proposal jsonb
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_answer jsonb := tidemark.apply_batch(
    p_tenant, p_epoch, p_after, p_up_to, p_edits, p_changes, p_steps, p_rows, p_cursor
  );
  v_verdict jsonb;
BEGIN
  -- A draft that was overtaken on its way is of no use: the ledger has moved on then.
  IF v_answer ->> 'is' <> 'applied' OR v_answer -> 'refusals' <> '[]' OR NOT EXISTS (
    SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant AND applied_seq = p_up_to
  ) THEN
    RETURN v_answer;
  END IF;
  v_verdict := tidemark.settle_proposal(p_tenant, p_epoch, p_after, p_up_to, p_proposal, p_cursor);
  v_answer := v_answer || jsonb_build_object('outside', tidemark.read_changes(p_tenant, p_cursor));
  IF v_verdict IS NULL THEN
    RETURN v_answer || jsonb_build_object(
      'outside', tidemark.read_ahead(p_tenant, v_answer -> 'outside', p_proposal ->> 'changes')
    );
  END IF;
  RETURN v_answer || jsonb_build_object('verdict', v_verdict);
END
$$;
