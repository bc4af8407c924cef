-- The audit history by batch: what passed of one, as it was sent. A row for each edit was a quarter of what Postgres
-- did for one. Edits beyond last_seq, which a refusal kept from passing, came again with the next. `refusal` is of the
-- last edit that passed. A tenant's lines are a chain over all its epochs: `npm run audit` finds what was changed in it.
CREATE TABLE tidemark.history_batch (
  tenant_id text NOT NULL,
  epoch text NOT NULL,
  last_seq bigint NOT NULL,
  edits json NOT NULL,
  changes text NOT NULL,
  refusal jsonb,
  -- Its place among the tenant's lines, counted from 1.
  line bigint NOT NULL,
  -- The hash of the line before, and of this one with it (`hash_line`).
  previous bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, epoch, last_seq)
);

-- Not unique: whoever puts a ledger back must be found, and must not keep edits out of Postgres.
CREATE INDEX history_batch_line ON tidemark.history_batch (tenant_id, line);

CREATE TRIGGER history_batch_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidemark.history_batch
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change();
