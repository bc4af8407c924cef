-- All steps of a row in a transaction, between two statements of ours.
--   p_one  any of the steps
-- One that names no versions, as a proposal, is alone. The short form of the id serves the index: ids may be longer than
-- one takes. It is a `name`, because behind a policy Postgres takes no condition to an index that might give away what it
-- is asked about, and a hash function counts as such.
CREATE OR REPLACE FUNCTION tidemark.row_steps(p_one tidemark.sync_change) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT step.*
    FROM tidemark.sync_change AS step
    WHERE step.tenant_id = (p_one).tenant_id AND step.xid = (p_one).xid
      AND step.row_id::name = (p_one).row_id::name AND step.row_id = (p_one).row_id
      AND step.table_name = (p_one).table_name AND step.step = (p_one).step AND step.cluster = (p_one).cluster
      AND (
        step.id = (p_one).id
        OR coalesce(step.from_version, step.to_version) IS NOT NULL
          AND coalesce((p_one).from_version, (p_one).to_version) IS NOT NULL
      );
END;
