-- Notes that an object begins to serve a manifest, so that what a deploy would take away can be told before it.
--   p_hash  of the manifest; one that was served before is the newest again
-- With its owner's rights: manifests are of no tenant, and nobody reads them by way of this.
CREATE OR REPLACE FUNCTION tidemark.serve_manifest(p_hash text, p_manifest jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO tidemark.manifest (hash, manifest) VALUES (p_hash, p_manifest)
    ON CONFLICT (hash) DO UPDATE SET served_at = excluded.served_at
$$;
