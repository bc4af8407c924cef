-- The audit history by batch: a row for each edit was a quarter of what Postgres did for one. Who reads it sees it
-- edit by edit, as before. Replaces functions of migrations 0018, 0022, 0023 and 0027; what is said there holds.

-- The edits of a batch, in their order, one line of changes for each. What all of them share is sent once, because
-- an object that is busy takes long to send a large text: seqs count up from the first, authors are named by their
-- place in two lists, and times are ms after that of the first.
CREATE OR REPLACE FUNCTION tidemark.edits_of(p_edits json, p_changes text) RETURNS TABLE (
  seq bigint, actor text, n bigint, subject text, at double precision, outside json, refused json, changes text
)
LANGUAGE sql STABLE AS $$
  SELECT
      lists.first + edit.place - 1, lists.actors[edit.author], edit.n, lists.subjects[edit.author],
      lists.since + edit.at, edit.outside, edit.refused, edit.changes
    FROM json_to_record(p_edits)
      AS lists(
        first bigint, actors text[], subjects text[], authors integer[], n bigint[], since double precision,
        at double precision[], outside json[], refused json[]
      )
    CROSS JOIN LATERAL ROWS FROM (
      unnest(lists.authors), unnest(lists.n), unnest(lists.at), unnest(lists.outside), unnest(lists.refused),
      string_to_table(p_changes, E'\n')
    ) WITH ORDINALITY AS edit(author, n, at, outside, refused, changes, place)
$$;--> statement-breakpoint

-- One edit in that form.
CREATE FUNCTION tidemark.single_edit(
  p_seq bigint, p_actor text, p_n bigint, p_subject text, p_at double precision, p_outside json DEFAULT NULL
) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
  SELECT json_build_object(
    'first', p_seq, 'actors', json_build_array(p_actor), 'subjects', json_build_array(p_subject),
    'authors', json_build_array(1), 'n', json_build_array(p_n), 'since', p_at, 'at', json_build_array(0),
    'outside', json_build_array(p_outside)
  )
$$;--> statement-breakpoint

-- What passed of one batch, as it was sent: edits beyond last_seq, which a refusal kept from passing, came
-- again with the next. `refusal` is of the last edit that passed.
CREATE TABLE "tidemark"."history_batch" (
	"tenant_id" text NOT NULL,
	"epoch" text NOT NULL,
	"last_seq" bigint NOT NULL,
	"edits" json NOT NULL,
	"changes" text NOT NULL,
	"refusal" jsonb,
	PRIMARY KEY ("tenant_id", "epoch", "last_seq")
);--> statement-breakpoint

INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, refusal)
  SELECT
      tenant_id, epoch, seq,
      tidemark.single_edit(seq, actor, n, subject, extract(epoch FROM at) * 1000, outside),
      -- A line break in JSON is never within a value.
      replace(changes::text, E'\n', ' '),
      refused || jsonb_build_object('seq', seq)
    FROM tidemark.history;--> statement-breakpoint

DROP TABLE tidemark.history;--> statement-breakpoint

CREATE TRIGGER "history_batch_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "tidemark"."history_batch"
  FOR EACH STATEMENT EXECUTE FUNCTION "tidemark"."refuse_change"();--> statement-breakpoint

-- Every edit as it was applied or refused, for audits.
CREATE VIEW "tidemark"."history" AS
  SELECT
      batch.tenant_id, batch.epoch, edit.seq, edit.actor, edit.n, edit.subject, to_timestamp(edit.at / 1000) AS at,
      edit.changes::json AS changes, edit.outside,
      CASE WHEN edit.seq = (batch.refusal -> 'seq')::bigint THEN batch.refusal ELSE edit.refused::jsonb END AS refused
    FROM tidemark.history_batch AS batch
    CROSS JOIN LATERAL tidemark.edits_of(batch.edits, batch.changes) AS edit
    WHERE edit.seq <= batch.last_seq;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, those refused included: why they
-- were is kept for the newest hundred of each client.
DROP FUNCTION tidemark.remember_refusals(text, text, bigint, json, text);--> statement-breakpoint
CREATE OR REPLACE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- A batch may be empty.
  IF coalesce((p_edits ->> 'first')::bigint > p_applied, true) THEN RETURN; END IF;
  INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, refusal)
    VALUES (p_tenant, p_epoch, p_applied, p_edits, p_changes, p_refusal);
  -- Outside writes and the object's own reverts are not a client's edits and have no mark. All edits of
  -- a client have one subject.
  INSERT INTO tidemark.client_mark AS mark (tenant_id, client_id, subject, n)
    SELECT p_tenant, actor, max(subject), max(n)
      FROM tidemark.edits_of(p_edits, NULL)
      WHERE seq <= p_applied AND actor NOT IN ('sql', 'object') GROUP BY actor
    ON CONFLICT (tenant_id, client_id)
      DO UPDATE SET subject = excluded.subject, n = greatest(mark.n, excluded.n);
  IF p_refusal IS NULL AND p_edits -> 'refused' IS NULL THEN RETURN; END IF;
  UPDATE tidemark.client_mark AS mark
    SET refusals = (
      SELECT jsonb_agg(item ORDER BY place)
        FROM (
          SELECT item, place
            FROM jsonb_array_elements(mark.refusals || added.refusals) WITH ORDINALITY AS kept(item, place)
            ORDER BY place DESC LIMIT 100
        ) AS newest
    )
    FROM (
      SELECT actor, jsonb_agg(refused || jsonb_build_object('n', n) ORDER BY seq) AS refusals
        FROM (
          SELECT
              seq, actor, n,
              CASE WHEN seq = (p_refusal -> 'seq')::bigint THEN p_refusal ELSE edit.refused::jsonb END AS refused
            FROM tidemark.edits_of(p_edits, NULL) AS edit
            WHERE seq <= p_applied
        ) AS passed
        WHERE refused IS NOT NULL
        GROUP BY actor
    ) AS added
    WHERE mark.tenant_id = p_tenant AND mark.client_id = added.actor;
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.is_repeated(p_tenant text, p_epoch text, p_edits json, p_changes text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT
      FROM tidemark.history_batch AS batch
      CROSS JOIN LATERAL tidemark.edits_of(batch.edits, NULL) AS kept
      JOIN tidemark.edits_of(p_edits, NULL) AS sent USING (seq)
      WHERE batch.tenant_id = p_tenant AND batch.epoch = p_epoch
        AND batch.last_seq >= (p_edits ->> 'first')::bigint AND seq <= batch.last_seq
        AND (kept.actor, kept.n, kept.at) IS DISTINCT FROM (sent.actor, sent.n, sent.at)
  )
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.settle_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
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
    SELECT item INTO v_refusal FROM jsonb_array_elements(v_mark.refusals) AS item WHERE (item -> 'n')::bigint = v_n;
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
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.erase_tenant(p_tenant text, p_tables jsonb, p_limit bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_table text;
  v_done bigint;
BEGIN
  -- A batch under way ends first, and none can follow: the ledger is nobody's.
  UPDATE tidemark.ledger SET epoch = '' WHERE tenant_id = p_tenant;
  PERFORM set_config('tidemark.erasing', 'yes', true);
  FOR v_table IN
    SELECT name FROM jsonb_array_elements_text(p_tables) WITH ORDINALITY AS tables(name, place) ORDER BY place DESC
  LOOP
    -- Nobody is left to be told.
    PERFORM set_config('tidemark.origin', v_table, true);
    EXECUTE format(
      'DELETE FROM %1$I WHERE ctid IN (SELECT ctid FROM %1$I WHERE tenant_id = $1 LIMIT $2)', v_table
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    -- What refers to these rows has to be gone before those it refers to.
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  PERFORM set_config('tidemark.origin', '', true);
  FOREACH v_table IN ARRAY
    ARRAY['history_batch', 'sync_change', 'client_mark', 'epoch', 'pruned', 'reading', 'ledger']
  LOOP
    EXECUTE format(
      'DELETE FROM tidemark.%1$I WHERE ctid IN (SELECT ctid FROM tidemark.%1$I WHERE tenant_id = $1 LIMIT $2)', v_table
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END
$$;
