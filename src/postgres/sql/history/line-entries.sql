-- The edits of a line of the history that changed one record, or one edit of it.
--   p_line         the line; of the edits in it those that passed
--   p_table, p_id  the record; NULL for all records
--   p_seq          the edit; NULL for all edits
-- Returns the edits of clients and external changes, each as {seq, actor, n, subject, at, changes, outside, told,
-- refused}: `changes` as they were sent to Postgres; `outside` as somebody made it there; `told`, where the log says
-- otherwise, what it came to for everybody. What was Postgres first is told at its place in the log, with its own
-- `client` and `n`; the object's own reverts are not told.
CREATE OR REPLACE FUNCTION tidemark.line_entries(
  p_line tidemark.history_batch, p_table text, p_id text, p_seq bigint
) RETURNS TABLE (seq bigint, entry json)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  WITH told AS MATERIALIZED (
    SELECT * FROM tidemark.told_changes(p_line.edits, p_table, p_id, p_seq - (p_line.edits ->> 'first')::bigint + 1)
  ), sent AS MATERIALIZED (
    SELECT *
      FROM tidemark.changes_of(p_line.changes, p_table, p_id, p_seq - (p_line.edits ->> 'first')::bigint + 1)
  )
  SELECT edit.seq, json_build_object(
      'seq', edit.seq, 'actor', coalesce(told.client, edit.actor), 'n', coalesce(told.n, edit.n),
      'subject', edit.subject, 'at', edit.at, 'changes', coalesce(sent.changes, '[]'), 'told', told.changes,
      'outside', CASE
        WHEN p_id IS NULL OR (edit.outside ->> 'id' = p_id AND edit.outside ->> 'table' = p_table) THEN edit.outside
      END,
      'refused', CASE
        WHEN edit.seq = (p_line.refusal -> 'seq')::bigint THEN p_line.refusal ELSE edit.refused::jsonb
      END
    )
    FROM tidemark.edits_of(p_line.edits, NULL) AS edit
    LEFT JOIN told ON told.place = edit.seq - (p_line.edits ->> 'first')::bigint + 1
    LEFT JOIN sent ON sent.place = edit.seq - (p_line.edits ->> 'first')::bigint + 1
    WHERE edit.seq > 0 AND edit.seq <= p_line.last_seq AND edit.actor <> 'object'
      AND (p_seq IS NULL OR edit.seq = p_seq)
      AND (
        sent.changes IS NOT NULL OR json_array_length(told.changes) > 0
          OR (edit.outside ->> 'id' = p_id AND edit.outside ->> 'table' = p_table) OR p_id IS NULL
      )
$$;
