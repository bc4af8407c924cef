-- Every edit as it was applied or refused, for audits. Its actor is a client, `sql` or `object`. `outside` is an
-- external change as it was made: {op, table, id, before, after}; its `changes` are what the engine wrote in answer.
CREATE VIEW tidemark.history AS
  SELECT
      batch.tenant_id, batch.epoch, edit.seq, edit.actor, edit.n, edit.subject, to_timestamp(edit.at / 1000) AS at,
      edit.changes::json AS changes, edit.outside,
      CASE WHEN edit.seq = (batch.refusal -> 'seq')::bigint THEN batch.refusal ELSE edit.refused::jsonb END AS refused
    FROM tidemark.history_batch AS batch
    CROSS JOIN LATERAL tidemark.edits_of(batch.edits, batch.changes) AS edit
    WHERE edit.seq <= batch.last_seq;
