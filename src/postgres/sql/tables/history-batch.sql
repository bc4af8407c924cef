-- The audit history by batch: what passed of one, as it was sent. A row for each edit was a quarter of what Postgres
-- did for one. Edits beyond last_seq, which a refusal kept from passing, came again with the next. `refusal` is of the
-- last edit that passed.
CREATE TABLE tidemark.history_batch (
  tenant_id text NOT NULL,
  epoch text NOT NULL,
  last_seq bigint NOT NULL,
  edits json NOT NULL,
  changes text NOT NULL,
  refusal jsonb,
  PRIMARY KEY (tenant_id, epoch, last_seq)
);

CREATE TRIGGER history_batch_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidemark.history_batch
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change();
