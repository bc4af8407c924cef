-- Every epoch that has ever claimed a tenant here. A log that is not among them began after a backup from which this
-- database was restored.
CREATE TABLE tidemark.epoch (
  tenant_id text NOT NULL,
  epoch text NOT NULL,
  -- For people who look.
  began timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, epoch)
);
