-- All that the application role may do in this schema: what is not listed, it may not. It can be run again, and a
-- migration that makes a function runs it again, because Postgres lets everybody call a new one (`npm run db:functions`).
-- The functions of triggers are for nobody to call.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA tidemark FROM PUBLIC, tidemark_app;

REVOKE ALL ON ALL TABLES IN SCHEMA tidemark FROM tidemark_app;

GRANT USAGE ON SCHEMA tidemark TO tidemark_app;

-- Within the tenant that the transaction names (`access/policies.sql`).
GRANT SELECT, INSERT, UPDATE, DELETE ON
  tidemark.ledger, tidemark.client_mark, tidemark.sync_change, tidemark.conflict, tidemark.notification,
  tidemark.notification_state, tidemark.notification_preference, tidemark.revocation
  TO tidemark_app;

GRANT SELECT, INSERT, DELETE ON
  tidemark.epoch, tidemark.history_batch, tidemark.history_record, tidemark.reading
  TO tidemark_app;

GRANT SELECT, DELETE ON tidemark.pruned TO tidemark_app;

-- What every call of the Worker begins with.
GRANT SELECT ON tidemark.version TO tidemark_app;

GRANT EXECUTE ON FUNCTION tidemark.begin_call TO tidemark_app;

-- What the Worker calls for one tenant.
GRANT EXECUTE ON FUNCTION
  tidemark.open_tenant, tidemark.apply_batch, tidemark.propose, tidemark.look, tidemark.page_state,
  tidemark.record_history, tidemark.edit_history, tidemark.erase_tenant, tidemark.revoke
  TO tidemark_app;

-- What it calls for all: these run with the owner's rights.
GRANT EXECUTE ON FUNCTION tidemark.changed_tenants, tidemark.prune_changes, tidemark.serve_manifest TO tidemark_app;

-- What those call in turn, with the rights of the application role.
GRANT EXECUTE ON FUNCTION
  tidemark.apply_change, tidemark.apply_edit, tidemark.apply_edits, tidemark.apply_proposal, tidemark.apply_steps,
  tidemark.as_double, tidemark.as_seen, tidemark.assert_not_behind, tidemark.begin_own, tidemark.changes_of,
  tidemark.check_kept, tidemark.check_reading, tidemark.check_tenant, tidemark.cluster_name, tidemark.cursor_text,
  tidemark.delete_rows, tidemark.edits_of, tidemark.hash_line, tidemark.held_number, tidemark.insert_rows,
  tidemark.is_behind, tidemark.is_key, tidemark.is_refusal, tidemark.is_repeated, tidemark.is_rewritten,
  tidemark.keep_items, tidemark.keep_numbers, tidemark.keep_value, tidemark.leave_mark, tidemark.line_entries,
  tidemark.lines_of, tidemark.lock_rows, tidemark.misfit, tidemark.move_ledger, tidemark.named_change,
  tidemark.named_row, tidemark.own_snapshot, tidemark.parse_cursor, tidemark.passed_lines, tidemark.read_ahead,
  tidemark.read_changes, tidemark.record_change, tidemark.record_hash, tidemark.record_rewrite,
  tidemark.refuse_ambiguous, tidemark.relation, tidemark.remember, tidemark.row_changes, tidemark.row_steps,
  tidemark.rows_of, tidemark.settle_proposal, tidemark.single_edit, tidemark.still_ahead, tidemark.synced_name,
  tidemark.told_changes, tidemark.told_rows, tidemark.typed_columns, tidemark.unread, tidemark.unread_rows,
  tidemark.update_rows, tidemark.version_name, tidemark.was_read
  TO tidemark_app;
