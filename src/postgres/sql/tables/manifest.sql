-- Which manifests tenants' objects serve, so that what a deploy would take away can be told before it.
CREATE TABLE tidemark.manifest (
  hash text PRIMARY KEY,
  manifest jsonb NOT NULL,
  -- When an object last began to serve it: the newest is the deployed one.
  served_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
