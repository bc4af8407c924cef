-- Whether a log and the ledger are of one history. They are not when either was lost or restored from
-- a backup: then the object starts a new epoch, and nothing is applied by an old one.

-- Every epoch that has ever claimed a tenant here. A log that is not among them began after a backup
-- from which this database was restored.
CREATE TABLE "tidemark"."epoch" (
	"tenant_id" text NOT NULL,
	"epoch" text NOT NULL,
	"began" timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY ("tenant_id", "epoch")
);--> statement-breakpoint
INSERT INTO "tidemark"."epoch" (tenant_id, epoch) SELECT tenant_id, epoch FROM "tidemark"."ledger";--> statement-breakpoint

-- Why a log that ends at p_head (NULL when not said), and whose edits up to p_after are known to be
-- here, has no business with this ledger, or NULL if it has: {is: 'fenced', epoch} when another epoch
-- took the tenant over, {is: 'diverged', message} when one of the two was lost or put back.
CREATE FUNCTION tidemark.misfit(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_ledger tidemark.ledger
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_ledger.epoch = p_epoch
    AND p_after BETWEEN coalesce(p_ledger.last_after, 0) AND p_ledger.applied_seq
    AND p_ledger.applied_seq <= coalesce(p_head, p_ledger.applied_seq)
  THEN
    RETURN NULL;
  END IF;
  IF p_ledger.epoch <> p_epoch AND EXISTS (SELECT FROM tidemark.epoch WHERE tenant_id = p_tenant AND epoch = p_epoch) THEN
    RETURN jsonb_build_object('is', 'fenced', 'epoch', p_ledger.epoch);
  END IF;
  RETURN jsonb_build_object('is', 'diverged', 'message', format(
    'of the log %s are %s confirmed, the ledger stands at %s of %s',
    p_epoch, concat_ws(' of ', p_after, p_head), coalesce(p_ledger.applied_seq::text, 'nothing'), coalesce(p_ledger.epoch, 'no log')
  ));
END
$$;--> statement-breakpoint

-- Reads outside changes for a log that ends at p_head and whose edits up to p_after are known to be
-- here. Returns {is: 'current', outside} with the answer of `read_changes`, or what `misfit` says.
CREATE FUNCTION tidemark.look(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, p_head, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  RETURN jsonb_build_object('is', 'current', 'outside', tidemark.read_changes(p_tenant, p_cursor));
END
$$;--> statement-breakpoint

-- Whether the edits that were applied here are those of the log that sends them again.
CREATE FUNCTION tidemark.is_repeated(p_tenant text, p_epoch text, p_edits jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT FROM tidemark.history AS kept
      JOIN jsonb_to_recordset(p_edits) AS sent(seq bigint, actor text, n bigint, at double precision) USING (seq)
      WHERE kept.tenant_id = p_tenant AND kept.epoch = p_epoch
        AND (kept.actor, kept.n, kept.at) IS DISTINCT FROM (sent.actor, sent.n, to_timestamp(sent.at / 1000))
  )
$$;--> statement-breakpoint

-- Claims a tenant for an epoch, which fences every other, and returns {applied, marks, cursor}: how far
-- this epoch's log is here, what is settled of each client and how, and where outside changes begin.
-- Repeating it changes nothing.
CREATE OR REPLACE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  -- The row is locked even when it stays as it is, so a batch under way ends before the marks are read.
  INSERT INTO tidemark.ledger AS ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch)
    ON CONFLICT (tenant_id) DO UPDATE SET
      epoch = excluded.epoch, applied_seq = 0,
      last_after = NULL, last_up_to = NULL, last_refusals = NULL, updated_at = now()
      WHERE ledger.epoch <> excluded.epoch;
  INSERT INTO tidemark.epoch (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
  RETURN jsonb_build_object(
    'applied', (SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = p_tenant),
    'marks', (
      SELECT
          coalesce(
            jsonb_agg(
              jsonb_build_object('client', client_id, 'subject', subject, 'n', n, 'refusals', refusals)
              ORDER BY client_id
            ),
            '[]'
          )
        FROM tidemark.client_mark WHERE tenant_id = p_tenant
    ),
    'cursor', (SELECT pg_current_snapshot()::text)
  );
END
$$;--> statement-breakpoint

-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once.
--   p_edits   [{seq, actor, n, subject, at, changes: [{op, table, id, ...}], outside?}] in order
--   p_net     [{table, inserts, updates, deletes}], the same interval set-wise, tables in the order
--             of declaration: one comes after those it refers to
--   p_cursor  which outside changes the object has seen
-- Returns {is: 'applied', applied, refusals, outside}, where `applied` is below p_up_to after a refusal;
-- {is: 'behind', ...} when rows of the batch were changed outside in a way the object has not seen, so
-- that nothing beyond `applied` was done; or what `misfit` says. `outside` is the answer of `read_changes`.
CREATE OR REPLACE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint, p_edits jsonb, p_net jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_applied bigint := p_up_to;
  v_refusal jsonb;
  v_refusals jsonb := '[]';
  v_behind boolean := false;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, NULL, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  IF p_after < v_ledger.applied_seq THEN
    IF NOT tidemark.is_repeated(p_tenant, p_epoch, p_edits) THEN
      RETURN jsonb_build_object('is', 'diverged', 'message', format('after %s the log %s has other edits', p_after, p_epoch));
    END IF;
    -- A repetition may cover less than the first time: it hears of no more than it named.
    v_applied := least(v_ledger.applied_seq, p_up_to);
    SELECT coalesce(jsonb_agg(refusal), '[]') INTO v_refusals
      FROM jsonb_array_elements(v_ledger.last_refusals) AS refusal WHERE (refusal -> 'seq')::bigint <= v_applied;
  ELSE
    PERFORM tidemark.lock_rows(p_tenant, p_net);
    -- Only now: whoever held these rows has committed, and this statement sees it.
    IF tidemark.is_behind(p_tenant, p_edits, p_cursor) THEN
      v_behind := true;
      v_applied := p_after;
    ELSIF NOT tidemark.apply_net(p_tenant, p_after, p_up_to, p_net) THEN
      SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
        FROM tidemark.apply_edits(p_tenant, p_after, p_up_to, p_edits, p_cursor);
      IF v_refusal IS NOT NULL THEN v_refusals := jsonb_build_array(v_refusal); END IF;
    END IF;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, v_refusal);
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_applied,
    'refusals', v_refusals,
    'outside', tidemark.read_changes(p_tenant, p_cursor)
  );
END
$$;
