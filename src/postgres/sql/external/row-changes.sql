-- What the steps of a row in a transaction come to.
--   p_one  any of the steps
-- Returns [{op, before, after}]: none, one, or a delete and an insert.
-- The order in which triggers record changes is not the order in which they were made: when a trigger changes other
-- rows of a statement, what it does is recorded before what the statement did to them, and so is what a BEFORE trigger
-- or a function does. So each step says from which version of the row to which it led, and the steps make a chain,
-- whatever order they were recorded in. Nobody else can have seen anything between. A step without its values (see
-- `trim_change`) leaves the whole change without them.
CREATE OR REPLACE FUNCTION tidemark.row_changes(p_one tidemark.sync_change) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_ops text[];
  v_froms text[];
  v_tos text[];
  v_befores jsonb[];
  v_afters jsonb[];
  -- The place of the step that leads from a version, and of the one that led there.
  v_leading jsonb;
  v_led jsonb;
  v_last integer;
  v_next integer;
  v_before jsonb;
  v_after jsonb;
  v_change jsonb;
  -- A row that there was goes first, and one that there is then comes last.
  v_gone jsonb := '[]';
  v_changed jsonb := '[]';
  v_made jsonb := '[]';
BEGIN
  SELECT
      array_agg(op ORDER BY id), array_agg(from_version ORDER BY id), array_agg(to_version ORDER BY id),
      array_agg(before ORDER BY id), array_agg(after ORDER BY id),
      coalesce(jsonb_object_agg(from_version, place) FILTER (WHERE from_version IS NOT NULL), '{}'),
      coalesce(jsonb_object_agg(to_version, place) FILTER (WHERE to_version IS NOT NULL), '{}')
    INTO v_ops, v_froms, v_tos, v_befores, v_afters, v_leading, v_led
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM tidemark.row_steps(p_one)) AS steps;
  FOR v_first IN 1 .. cardinality(v_ops) LOOP
    CONTINUE WHEN v_led ? v_froms[v_first];
    v_last := v_first;
    v_before := v_befores[v_first];
    v_after := v_afters[v_first];
    LOOP
      v_next := v_leading -> v_tos[v_last];
      EXIT WHEN v_next IS NULL;
      v_last := v_next;
      v_before := v_befores[v_last] || v_before;
      v_after := v_after || v_afters[v_last];
    END LOOP;
    IF v_ops[v_last] = 'delete' THEN
      CONTINUE WHEN v_ops[v_first] = 'insert';
      v_gone := v_gone || jsonb_build_object('op', 'delete', 'before', v_before, 'after', '{}'::jsonb);
    ELSIF v_ops[v_first] = 'insert' THEN
      v_made := v_made || jsonb_build_object('op', 'insert', 'before', '{}'::jsonb, 'after', v_after);
    ELSIF v_after ? '' THEN
      v_changed := v_changed || jsonb_build_object('op', 'update', 'before', '{}'::jsonb, 'after', v_after);
    ELSE
      SELECT
          jsonb_build_object(
            'op', 'update', 'before', jsonb_object_agg(key, value), 'after', jsonb_object_agg(key, v_after -> key)
          )
        INTO v_change
        FROM jsonb_each(v_before) WHERE value <> v_after -> key HAVING count(*) > 0;
      CONTINUE WHEN v_change IS NULL;
      v_changed := v_changed || v_change;
    END IF;
  END LOOP;
  RETURN v_gone || v_changed || v_made;
END
$$;
