-- TRUNCATE trigger of every synced table: records the delete of each row, before they are gone. Nobody else can write
-- meanwhile, TRUNCATE holds the strongest lock; but in a transaction that keeps its snapshot, rows that it cannot see
-- would go unrecorded, so there it fails.
CREATE OR REPLACE FUNCTION tidemark.capture_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'TRUNCATE of the synced table % needs a READ COMMITTED transaction', TG_TABLE_NAME
      USING HINT = 'DELETE works in every transaction.';
  END IF;
  EXECUTE format(
    'SELECT tidemark.record_change(
         tenant_id, $1, id, ''delete'', to_jsonb(gone.*), ''{}'', tidemark.version_name($2, gone.ctid), NULL
       ) FROM %I.%I AS gone',
    TG_TABLE_SCHEMA, TG_TABLE_NAME
  ) USING tidemark.synced_name(TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_RELID;
  RETURN NULL;
END
$$;
