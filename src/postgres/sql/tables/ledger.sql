-- How far each tenant's log is in Postgres, the answer to its last batch, and where its history ends.
CREATE TABLE tidemark.ledger (
  tenant_id text PRIMARY KEY,
  epoch text NOT NULL,
  applied_seq bigint NOT NULL DEFAULT 0,
  -- Where the last batch began, and what was refused of it.
  last_after bigint,
  last_refusals jsonb,
  -- The number and the hash of the history's last line (`hash_line`). Other epochs continue it.
  last_line bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  -- For people who look.
  updated_at timestamptz NOT NULL DEFAULT now()
);
