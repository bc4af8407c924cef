-- Which lines of the history say something of a record: one row for each record of a line, so that what happened to one
-- record is found without reading what happened to all. It can be made anew from the lines, and is no part of the chain.
CREATE TABLE tidemark.history_record (
  tenant_id text NOT NULL,
  -- The record, as `record_hash` names it. Two may have one name: whoever reads a line looks for the record itself.
  record bigint NOT NULL,
  line bigint NOT NULL,
  PRIMARY KEY (tenant_id, record, line)
);

CREATE TRIGGER history_record_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidemark.history_record
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.refuse_change();
