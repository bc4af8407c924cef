-- Writes the audit history and the clients' marks of edits that passed, those refused included. The history's line is
-- the next of the tenant's chain (`hash_line`), and found by the records that it is about (`history_record`).
--   p_applied  the seq of the last that passed; nothing is written where none did
--   p_refusal  of that one, or NULL
-- Why edits were refused is kept for the newest hundred of each client. External changes and the object's own reverts
-- are not a client's edits and have no mark.
-- Locks the marks. The ledger's row is locked by its caller, so there is one chain.
CREATE OR REPLACE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_line bigint;
  v_previous bytea;
  v_changes text;
  v_hash bytea;
BEGIN
  -- A batch may be empty.
  IF coalesce((p_edits ->> 'first')::bigint > p_applied, true) THEN RETURN; END IF;
  SELECT last_line + 1, last_hash INTO v_line, v_previous FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_changes := tidemark.passed_lines(p_applied, p_edits, p_changes);
  v_hash := tidemark.hash_line(v_previous, p_tenant, p_epoch, p_applied, p_edits, v_changes, p_refusal);
  INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, refusal, line, previous, hash)
    VALUES (p_tenant, p_epoch, p_applied, p_edits, v_changes, p_refusal, v_line, v_previous, v_hash);
  UPDATE tidemark.ledger SET last_line = v_line, last_hash = v_hash WHERE tenant_id = p_tenant;
  -- A proposal is told at its place in the log.
  IF p_applied > 0 THEN
    INSERT INTO tidemark.history_record (tenant_id, record, line)
      SELECT p_tenant, record, v_line
        FROM (
          SELECT tidemark.record_hash(table_name, row_id) FROM tidemark.rows_of(v_changes)
          UNION
          SELECT tidemark.record_hash(table_name, row_id) FROM tidemark.told_rows(p_edits)
        ) AS records(record);
  END IF;
  -- External changes and the object's own reverts are not a client's edits and have no mark. All edits of
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
$$;
