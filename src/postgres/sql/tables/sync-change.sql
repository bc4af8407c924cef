-- What anybody but us changed in a synced table: one row per changed row, written in the transaction of the change
-- itself. The triggers that write it belong to the application's tables and come with its own migrations.
CREATE TABLE tidemark.sync_change (
  -- Drawn while the row is locked: per row it is the order of the changes.
  id bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text NOT NULL,
  table_name text NOT NULL,
  row_id text NOT NULL,
  -- insert, update, delete, or proposal: an edit that was in Postgres first, whose rows are in `after`.
  op text NOT NULL,
  -- The changed columns of an update; the whole row of an insert (after) or a delete (before).
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  -- The tenant's ledger at that moment: the log that the change's author could see.
  epoch text NOT NULL,
  seen bigint NOT NULL,
  by_whom text NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- In which xid was given out.
  cluster bigint NOT NULL DEFAULT tidemark.cluster_name(),
  -- Which version of the row became which, as `version_name` names them. NULL where there was no row or will be none,
  -- and where what we wrote ourselves led there.
  from_version text,
  to_version text,
  -- Counts our own statements in a transaction: what came before one and what came after are not one change.
  step integer NOT NULL DEFAULT 0,
  -- A dump that is restored while triggers are on brings ids that its own rows have been given already.
  PRIMARY KEY (id, cluster)
);

CREATE INDEX sync_change_prune ON tidemark.sync_change USING brin (at);

-- For all steps of a row in a transaction (`row_steps`). Ids may be longer than an index takes.
CREATE INDEX sync_change_row ON tidemark.sync_change (tenant_id, xid, (row_id::name), id);

-- A proposal is never so large, because an edit is not.
CREATE TRIGGER trim_change BEFORE INSERT ON tidemark.sync_change
  FOR EACH ROW WHEN (pg_column_size(NEW.before) + pg_column_size(NEW.after) > 8000000)
  EXECUTE FUNCTION tidemark.trim_change();
