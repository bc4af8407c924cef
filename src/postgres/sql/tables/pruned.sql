-- The latest transaction of which external changes are deleted, for each tenant. A cursor that may not have seen it is
-- too old.
CREATE TABLE tidemark.pruned (
  tenant_id text PRIMARY KEY,
  xid xid8 NOT NULL,
  -- In which xid was given out.
  cluster bigint NOT NULL DEFAULT tidemark.cluster_name(),
  -- The transaction that deleted them: whoever sees it had seen all of them.
  pruner xid8
);
