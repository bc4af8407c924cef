-- How far a person has come with a notification, one row for each of the two.
CREATE TABLE tidemark.notification_state (
  tenant_id text NOT NULL,
  id text COLLATE "C" NOT NULL,
  subject text NOT NULL,
  notification text NOT NULL,
  -- rank % 4: 0 unseen, 1 seen, 2 read, 3 archived; rank / 4: how often it was marked unread. The greatest stays.
  rank integer NOT NULL,
  -- The notification is for nobody else, and goes earlier once it is read.
  alone boolean NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON tidemark.notification_state FOR EACH ROW
  WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM 'tidemark.notification_state' OR pg_trigger_depth() > 0)
  EXECUTE FUNCTION tidemark.capture_change();

CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON tidemark.notification_state
  FOR EACH STATEMENT EXECUTE FUNCTION tidemark.capture_truncate();
