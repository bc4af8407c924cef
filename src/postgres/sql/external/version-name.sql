-- Names a version of a row by its place in the table's file, which no other one gets before the transaction has ended.
-- A table gets another file when it is truncated or rewritten, so the file is named, too.
CREATE OR REPLACE FUNCTION tidemark.version_name(p_table oid, p_place tid) RETURNS text
LANGUAGE sql STABLE
RETURN pg_relation_filenode(p_table) || p_place::text;
