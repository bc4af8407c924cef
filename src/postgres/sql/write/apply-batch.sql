-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once. This is the call by which edits enter
-- Postgres.
--   p_edits    the edits, as `edits_of` takes them
--   p_changes  what each of them changes, as `lines_of` takes it
--   p_steps    [{op, table, columns, deltas, ids}], the same interval set-wise, as statements in their order, each on
--              rows that touch the same columns
--   p_rows     a line for each step: [{id, column: value}], empty for a delete; NULL where a table has to see each edit
--   p_cursor   which external changes the object has seen
-- Rows that touch the same columns go in one plain statement. And Postgres passes over a JSON text many times as fast
-- as it takes one apart: so the large values travel as lines of JSON beside a small list that says what they are, and
-- each is taken apart at most once, where it is used.
-- Returns {is: 'applied', applied, refusals, outside}, where `applied` is below p_up_to after a refusal or where more
-- edits follow than `apply_edits` takes; {is: 'behind', ...} where rows of the batch were changed by others in a way
-- the object has not seen, so that nothing beyond `applied` was done; or what `misfit` says. `outside` is the answer of
-- `read_changes`, and for a batch that is behind it has the unseen changes of its rows.
-- Locks the ledger's row first, then the rows that it changes (`lock_rows`), until the transaction ends.
-- Repeated: a batch that was applied answers as it did, and hears of no more than it names this time. One that has
-- other edits at the same places has diverged.
-- Late: a batch of an epoch that lost the tenant is fenced.
-- Absent: a tenant that nobody opened has diverged.
CREATE OR REPLACE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_applied bigint := p_after;
  v_refusal jsonb;
  v_refusals jsonb := '[]';
  v_behind boolean := false;
BEGIN
  PERFORM tidemark.check_tenant(p_tenant);
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, NULL, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  IF p_after < v_ledger.applied_seq THEN
    IF NOT tidemark.is_repeated(p_tenant, p_epoch, p_edits) THEN
      RETURN jsonb_build_object(
        'is', 'diverged', 'message', format('after %s the log %s has other edits', p_after, p_epoch)
      );
    END IF;
    -- A repetition may cover less than the first time: it hears of no more than it named.
    v_applied := least(v_ledger.applied_seq, p_up_to);
    SELECT coalesce(jsonb_agg(refusal), '[]') INTO v_refusals
      FROM jsonb_array_elements(v_ledger.last_refusals) AS refusal WHERE (refusal -> 'seq')::bigint <= v_applied;
  ELSE
    CASE tidemark.apply_steps(p_tenant, p_after, p_up_to, p_changes, p_steps, p_rows, p_cursor)
      WHEN 'applied' THEN v_applied := p_up_to;
      WHEN 'behind' THEN v_behind := true;
      WHEN 'refused' THEN
        SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
          FROM tidemark.apply_edits(p_tenant, p_after, p_edits, p_changes, p_steps, p_cursor);
        IF v_refusal IS NOT NULL THEN v_refusals := jsonb_build_array(v_refusal); END IF;
    END CASE;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, p_changes, v_refusal);
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_applied,
    'refusals', v_refusals,
    'outside', CASE
      WHEN v_behind THEN tidemark.read_ahead(p_tenant, tidemark.read_changes(p_tenant, p_cursor), p_changes)
      ELSE tidemark.read_changes(p_tenant, p_cursor)
    END
  );
END
$$;
