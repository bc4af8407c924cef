-- Which manifests tenants' objects serve, so that what a deploy would take away can be told before it.
CREATE TABLE tidemark.manifest (
	hash text PRIMARY KEY,
	manifest jsonb NOT NULL,
	-- When an object last began to serve it: the newest is the deployed one.
	served_at timestamptz NOT NULL DEFAULT clock_timestamp()
);--> statement-breakpoint

CREATE FUNCTION tidemark.serve_manifest(p_hash text, p_manifest jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO tidemark.manifest (hash, manifest) VALUES (p_hash, p_manifest)
    ON CONFLICT (hash) DO UPDATE SET served_at = excluded.served_at
$$;
