-- The highest edit number of each client that is settled. Survives epochs.
CREATE TABLE tidemark.client_mark (
  tenant_id text NOT NULL,
  client_id text NOT NULL,
  subject text NOT NULL,
  n bigint NOT NULL,
  -- The newest refused edits, oldest first: [{n, seq, sqlState, message, ...}].
  refusals jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (tenant_id, client_id)
);
