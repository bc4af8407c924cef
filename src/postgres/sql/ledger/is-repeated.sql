-- Tells whether the edits that were applied here are those of the log that sends them again.
--   p_edits  the batch, as `edits_of` takes it
-- Returns false where an edit with the same seq has another author, number or time. Edits that are not here differ from
-- nothing, and of what was kept only what the batch covers is compared.
-- Locks nothing.
CREATE OR REPLACE FUNCTION tidemark.is_repeated(p_tenant text, p_epoch text, p_edits json) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT NOT EXISTS (
    SELECT
      FROM tidemark.history_batch AS batch
      CROSS JOIN LATERAL tidemark.edits_of(batch.edits, NULL) AS kept
      JOIN tidemark.edits_of(p_edits, NULL) AS sent USING (seq)
      WHERE batch.tenant_id = p_tenant AND batch.epoch = p_epoch
        AND batch.last_seq >= (p_edits ->> 'first')::bigint AND seq <= batch.last_seq
        AND (kept.actor, kept.n, kept.at) IS DISTINCT FROM (sent.actor, sent.n, sent.at)
  )
$$;
