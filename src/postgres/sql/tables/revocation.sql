-- Tokens of a tenant that do not count any more, for an object that has lost its storage: those of kind and name that
-- were issued before a time. A row is of no use once its last token has ended.
CREATE TABLE tidemark.revocation (
  tenant_id text NOT NULL,
  -- sub, sid, jti, or all
  kind text NOT NULL,
  name text NOT NULL,
  -- Seconds since 1970.
  before bigint NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (tenant_id, kind, name)
);
