-- How far each tenant's log is in Postgres, and the answer to its last batch.
CREATE TABLE tidemark.ledger (
  tenant_id text PRIMARY KEY,
  epoch text NOT NULL,
  applied_seq bigint NOT NULL DEFAULT 0,
  -- Where the last batch began, and what was refused of it.
  last_after bigint,
  last_refusals jsonb,
  -- For people who look.
  updated_at timestamptz NOT NULL DEFAULT now()
);
