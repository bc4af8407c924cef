-- Names a record in `history_record`: ids may be longer than an index takes.
CREATE OR REPLACE FUNCTION tidemark.record_hash(p_table text, p_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN hashtextextended(p_table || E'\n' || p_id, 0);
