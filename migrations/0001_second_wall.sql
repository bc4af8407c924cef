-- The second wall in Postgres: the application role, and the policies that bind it. Nothing changes for who connects as
-- the owner. Each table is locked for a moment, and `sync_change` for as long as one index of it is made. The next
-- migration has what else changes in functions, and what the role may do.

-- A role is the whole cluster's: another database in it may have made it, at this moment too.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_app') THEN
    CREATE ROLE tidemark_app NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;--> statement-breakpoint

-- All locks at once or none: batches come by the ledger to the list of external changes, other writers the other way.
DO $$
BEGIN
  FOR v_try IN 1 .. 600 LOOP
    BEGIN
      LOCK TABLE
        tidemark.ledger, tidemark.sync_change, tidemark.client_mark, tidemark.epoch, tidemark.history_batch,
        tidemark.history_record, tidemark.pruned, tidemark.reading, tidemark.conflict, tidemark.notification,
        tidemark.notification_state, tidemark.notification_preference, tidemark.revocation
        IN ACCESS EXCLUSIVE MODE NOWAIT;
      RETURN;
    EXCEPTION
      WHEN lock_not_available THEN PERFORM pg_sleep(0.05);
    END;
  END LOOP;
  RAISE EXCEPTION 'The engine''s tables were in use for half a minute without a pause. Nothing was changed: migrate again.';
END
$$;--> statement-breakpoint

DROP INDEX tidemark.sync_change_row;--> statement-breakpoint

-- For all steps of a row in a transaction (`row_steps`). Ids may be longer than an index takes.
CREATE INDEX sync_change_row ON tidemark.sync_change (tenant_id, xid, (row_id::name), id);--> statement-breakpoint

-- The second wall: of each of the engine's tables with rows of tenants, the application role meets those of the tenant
-- that its transaction names in `tidemark.tenant`, and none where it names none. Functions run with their caller's
-- rights, so it holds in them as well; those that are about all tenants run with their owner's, and are few
-- (`access/grants.sql`). The one policy lets the role at rows at all; the other, which is restrictive, at no others than
-- these, also where somebody adds a policy that lets everybody at all. An application's own tables have the same
-- (`npm run db:triggers`). The owner of a table is not bound by its policies.
ALTER TABLE tidemark.ledger ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.ledger TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.ledger AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.client_mark ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.client_mark TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.client_mark AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.epoch ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.epoch TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.epoch AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.history_batch ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.history_batch TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.history_batch AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.history_record ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.history_record TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.history_record AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.sync_change ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.sync_change TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.sync_change AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.pruned ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.pruned TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.pruned AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.reading ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.reading TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.reading AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.conflict ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.conflict TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.conflict AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.notification ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.notification TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.notification AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.notification_state ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.notification_state TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.notification_state AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.notification_preference ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.notification_preference TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.notification_preference AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

ALTER TABLE tidemark.revocation ENABLE ROW LEVEL SECURITY;--> statement-breakpoint

CREATE POLICY tidemark_app ON tidemark.revocation TO tidemark_app USING (true);--> statement-breakpoint

CREATE POLICY tidemark_tenant ON tidemark.revocation AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''));--> statement-breakpoint

-- A function finds nothing by the search path of its caller.
ALTER FUNCTION tidemark.refuse_change SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.named_row SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.named_change SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.lines_of SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.trim_change SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.was_read SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.changed_tenants SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.erase_tenant SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.prune_changes SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.serve_manifest SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.rows_of SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.single_edit SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.check_reading SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.cursor_text SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.leave_mark SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.own_snapshot SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.page_state SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.still_ahead SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.check_kept SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.look SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.read_ahead SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.read_changes SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.record_change SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.row_changes SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.changes_of SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.told_changes SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.line_entries SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.edit_history SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.hash_line SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.passed_lines SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.record_history SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.remember SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.told_rows SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.is_repeated SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.misfit SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.move_ledger SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.open_tenant SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.revoke SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.as_seen SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.held_number SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.keep_items SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.keep_numbers SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.keep_value SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.refuse_ambiguous SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.apply_proposal SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.apply_batch SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.propose SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.settle_proposal SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.apply_change SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.apply_edit SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.apply_edits SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.apply_steps SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.assert_not_behind SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.begin_own SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.delete_rows SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.insert_rows SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.is_behind SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.is_key SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.is_refusal SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.is_rewritten SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.lock_rows SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.record_rewrite SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.typed_columns SET search_path = pg_catalog, public, pg_temp;--> statement-breakpoint
ALTER FUNCTION tidemark.update_rows SET search_path = pg_catalog, public, pg_temp;
