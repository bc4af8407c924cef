-- The second wall: of each of the engine's tables with rows of tenants, the application role meets those of the tenant
-- that its transaction names in `tidemark.tenant`, and none where it names none. Functions run with their caller's
-- rights, so it holds in them as well; those that are about all tenants run with their owner's, and are few
-- (`access/grants.sql`). The one policy lets the role at rows at all; the other, which is restrictive, at no others than
-- these, also where somebody adds a policy that lets everybody at all. An application's own tables have the same
-- (`npm run db:triggers`). The owner of a table is not bound by its policies.
ALTER TABLE tidemark.ledger ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.ledger TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.ledger AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.client_mark ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.client_mark TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.client_mark AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.epoch ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.epoch TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.epoch AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.history_batch ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.history_batch TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.history_batch AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.history_record ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.history_record TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.history_record AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.sync_change ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.sync_change TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.sync_change AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.pruned ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.pruned TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.pruned AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.reading ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.reading TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.reading AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.conflict ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.conflict TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.conflict AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.notification ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.notification TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.notification AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.notification_state ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.notification_state TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.notification_state AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.notification_preference ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.notification_preference TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.notification_preference AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));

ALTER TABLE tidemark.revocation ENABLE ROW LEVEL SECURITY;

CREATE POLICY tidemark_app ON tidemark.revocation TO tidemark_app USING (true);

CREATE POLICY tidemark_tenant ON tidemark.revocation AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));
