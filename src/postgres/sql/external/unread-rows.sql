-- The rows that others changed after the cursor, with the transaction of each. A proposal names its rows in its
-- changes.
CREATE OR REPLACE FUNCTION tidemark.unread_rows(p_tenant text, p_cursor tidemark.cursor)
RETURNS TABLE (table_name text, row_id text, xid xid8)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT table_name, row_id, xid FROM tidemark.unread(p_tenant, p_cursor) WHERE op <> 'proposal'
  UNION ALL
  SELECT change ->> 'table', change ->> 'id', proposal.xid
    FROM tidemark.unread(p_tenant, p_cursor) AS proposal
    CROSS JOIN LATERAL jsonb_array_elements(proposal.after -> 'changes') AS change
    WHERE proposal.op = 'proposal';
END;
