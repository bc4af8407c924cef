-- Row trigger of every synced table: records what anybody but us changes, in the transaction of the change itself. Runs
-- with its owner's rights, because a writer has none in this schema. Numbers are written in full whatever the writer's
-- session says. A row that gets another key is a delete and an insert.
CREATE OR REPLACE FUNCTION tidemark.capture_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
DECLARE
  v_table text := tidemark.synced_name(TG_TABLE_SCHEMA, TG_TABLE_NAME);
  v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  v_file text := pg_relation_filenode(TG_RELID);
  v_from text := CASE WHEN TG_OP <> 'INSERT' THEN v_file || OLD.ctid::text END;
  v_to text := CASE WHEN TG_OP <> 'DELETE' THEN v_file || NEW.ctid::text END;
  v_before jsonb;
  v_after jsonb;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.tenant_id = NEW.tenant_id AND OLD.id = NEW.id THEN
    SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, v_new -> key) INTO v_before, v_after
      FROM jsonb_each(v_old) WHERE value <> v_new -> key;
    -- One that changes nothing is a link of the chain all the same, unless the row is as old as the transaction.
    IF v_before IS NOT NULL OR age(OLD.xmin) <= 0 THEN
      PERFORM tidemark.record_change(
        NEW.tenant_id, v_table, NEW.id, 'update', coalesce(v_before, '{}'), coalesce(v_after, '{}'), v_from, v_to
      );
    END IF;
    RETURN NULL;
  END IF;
  -- A row with another key is another row.
  IF TG_OP <> 'INSERT' THEN
    PERFORM tidemark.record_change(OLD.tenant_id, v_table, OLD.id, 'delete', v_old, '{}', v_from, NULL);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM tidemark.record_change(NEW.tenant_id, v_table, NEW.id, 'insert', '{}', v_new, NULL, v_to);
  END IF;
  RETURN NULL;
END
$$;
