-- The kinds of notifications that a person does not want to be told of, one row for each of the two.
CREATE TABLE tidemark.notification_preference (
  tenant_id text NOT NULL,
  id text COLLATE "C" NOT NULL,
  subject text NOT NULL,
  kind text NOT NULL,
  muted boolean NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.notification_preference FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.notification_preference' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.notification_preference
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();
