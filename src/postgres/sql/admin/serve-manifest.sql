-- Notes that an object begins to serve a manifest, so that what a deploy would take away can be told before it.
--   p_hash  of the manifest; one that was served before is the newest again
CREATE OR REPLACE FUNCTION tidemark.serve_manifest(p_hash text, p_manifest jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO tidemark.manifest (hash, manifest) VALUES (p_hash, p_manifest)
    ON CONFLICT (hash) DO UPDATE SET served_at = excluded.served_at
$$;
