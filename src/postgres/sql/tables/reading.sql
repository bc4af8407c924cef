-- The marks that readers leave in what they read (`leave_mark`). A database that was put back behind a reading does not
-- have its mark.
CREATE TABLE tidemark.reading (
  -- Empty for who reads for all tenants.
  tenant_id text NOT NULL,
  mark uuid NOT NULL DEFAULT gen_random_uuid(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- In which xid was given out.
  cluster bigint NOT NULL DEFAULT tidemark.cluster_name(),
  PRIMARY KEY (tenant_id, mark)
);
