-- The hash of a line of the history, by which a tenant's lines are a chain: each is hashed with the hash of the line
-- before it.
--   p_previous  the hash of the tenant's line before; 32 zero bytes for its first
--   p_last_seq, p_edits, p_changes, p_refusal  the line, as `history_batch` keeps it
-- Returns the SHA-256 of 200 bytes: the previous hash, the SHA-256 of tenant and epoch, last_seq, the SHA-256 of edits,
-- changes and refusal (of '' where there is none). Every part has one length, so no two lines have the same bytes.
-- Texts are hashed in UTF-8, as they are stored, and jsonb has one text: no setting of a session, no encoding of a
-- database and no order of columns makes a difference. The command that checks the chain does not call this function:
-- it computes the same by itself (dev/audit/line-hash.ts).
CREATE OR REPLACE FUNCTION tidemark.hash_line(
  p_previous bytea, p_tenant text, p_epoch text, p_last_seq bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT sha256(
    p_previous || sha256(convert_to(p_tenant, 'UTF8')) || sha256(convert_to(p_epoch, 'UTF8')) || int8send(p_last_seq)
      || sha256(convert_to(p_edits::text, 'UTF8')) || sha256(convert_to(p_changes, 'UTF8'))
      || sha256(convert_to(coalesce(p_refusal::text, ''), 'UTF8'))
  )
$$;
