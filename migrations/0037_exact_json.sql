-- Numbers in JSON that a client cannot hold stay as they are. To JavaScript a number is a double, so an edit that
-- changes one key sends all others back as what they look like there: 9007199254740993 as 9007199254740992, and
-- 10.00 as 10. Where what is sent looks like what is held, what is held is meant; where it could be either of two,
-- the edit is refused. Replaces a function of migration 0029; what is said there holds.

-- A number as JavaScript has it; null for one that is too large for it.
CREATE FUNCTION tidemark.as_double(p_number numeric) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE
      WHEN abs(p_number) > 1.7976931348623157e308::numeric THEN NULL
      -- What is too small for a double is an error to Postgres, and nothing to JavaScript.
      WHEN abs(p_number) < 4.94e-324::numeric THEN 0
      ELSE p_number::float8
    END
$$;--> statement-breakpoint

-- A value as JavaScript has it. Numbers that are too large for it stay.
CREATE FUNCTION tidemark.as_seen(p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  CASE jsonb_typeof(p_value)
    WHEN 'number' THEN
      -- By way of the text, which is as short as JavaScript's; the cast rounds to 15 digits.
      RETURN coalesce(to_jsonb(tidemark.as_double(p_value::numeric)::text::numeric), p_value);
    WHEN 'object' THEN
      RETURN (SELECT coalesce(jsonb_object_agg(key, tidemark.as_seen(value)), '{}') FROM jsonb_each(p_value));
    WHEN 'array' THEN
      RETURN (
        SELECT coalesce(jsonb_agg(tidemark.as_seen(value) ORDER BY place), '[]')
          FROM jsonb_array_elements(p_value) WITH ORDINALITY AS items(value, place)
      );
    ELSE RETURN p_value;
  END CASE;
END
$$;--> statement-breakpoint

-- Refuses an edit that means one of several numbers which look the same.
CREATE FUNCTION tidemark.refuse_ambiguous(p_sent jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Several numbers in the database look like % here, and it cannot be told which is meant.',
    left(p_sent::text, 60) USING ERRCODE = 'TM005';
END
$$;--> statement-breakpoint

-- A number that was sent, as it is held anywhere in the value that it is sent for.
--   p_unlike  the numbers in what is held that are not what they look like
CREATE FUNCTION tidemark.held_number(p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_meant numeric[] := ARRAY(
    SELECT number FROM unnest(p_unlike) AS number
      WHERE tidemark.as_double(number) = tidemark.as_double(p_sent::numeric)
  );
BEGIN
  IF cardinality(v_meant) > 1 THEN PERFORM tidemark.refuse_ambiguous(p_sent); END IF;
  RETURN coalesce(to_jsonb(v_meant[1]), p_sent);
END
$$;--> statement-breakpoint

-- A list that was sent, each item as it is held: at its place, where that looks the same; else where an item that
-- looks the same is; else by its parts.
CREATE FUNCTION tidemark.keep_items(p_held jsonb, p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_doubtful jsonb;
  v_items jsonb;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT value, place, tidemark.as_seen(value) AS seen
      FROM jsonb_array_elements(p_held) WITH ORDINALITY AS items(value, place)
  ), sent AS MATERIALIZED (
    SELECT value, place, tidemark.as_seen(value) AS seen
      FROM jsonb_array_elements(p_sent) WITH ORDINALITY AS items(value, place)
  ), alike AS (
    SELECT seen, (array_agg(value ORDER BY place))[1] AS value, count(DISTINCT value) AS forms, array_agg(place ORDER BY place) AS places
      FROM held GROUP BY seen
  ), moved AS (
    SELECT seen, array_agg(place ORDER BY place) AS places FROM sent GROUP BY seen
  )
  SELECT
      (SELECT seen FROM alike JOIN moved USING (seen) WHERE forms > 1 AND alike.places <> moved.places LIMIT 1),
      (
        SELECT coalesce(
            jsonb_agg(
              CASE
                WHEN same.seen = sent.seen THEN same.value
                WHEN alike.seen IS NOT NULL THEN alike.value
                ELSE tidemark.keep_numbers(same.value, sent.value, p_unlike)
              END
              ORDER BY sent.place
            ),
            '[]'
          )
          FROM sent LEFT JOIN held AS same USING (place) LEFT JOIN alike ON alike.seen = sent.seen
      )
    INTO v_doubtful, v_items;
  IF v_doubtful IS NOT NULL THEN PERFORM tidemark.refuse_ambiguous(v_doubtful); END IF;
  RETURN v_items;
END
$$;--> statement-breakpoint

-- What is sent, with its numbers as they are held: by their place, else by what they look like.
CREATE FUNCTION tidemark.keep_numbers(p_held jsonb, p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  IF tidemark.as_seen(p_held) = tidemark.as_seen(p_sent) THEN RETURN p_held; END IF;
  CASE jsonb_typeof(p_sent)
    WHEN 'number' THEN RETURN tidemark.held_number(p_sent, p_unlike);
    WHEN 'object' THEN
      RETURN (
        SELECT coalesce(jsonb_object_agg(key, tidemark.keep_numbers(p_held -> key, value, p_unlike)), '{}')
          FROM jsonb_each(p_sent)
      );
    WHEN 'array' THEN
      RETURN tidemark.keep_items(CASE jsonb_typeof(p_held) WHEN 'array' THEN p_held ELSE '[]' END, p_sent, p_unlike);
    ELSE RETURN p_sent;
  END CASE;
END
$$;--> statement-breakpoint

-- The same for the value of a column.
CREATE FUNCTION tidemark.keep_numbers(p_held jsonb, p_sent jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_unlike numeric[];
  v_is_written_otherwise boolean;
BEGIN
  IF p_held IS NULL OR p_sent IS NULL THEN RETURN p_sent; END IF;
  SELECT coalesce(array_agg(DISTINCT held) FILTER (WHERE held IS DISTINCT FROM seen), '{}'), coalesce(bool_or(held::text IS DISTINCT FROM seen::text), false)
    INTO v_unlike, v_is_written_otherwise
    FROM jsonb_path_query(p_held, 'strict $.**') AS item
    CROSS JOIN LATERAL (
      SELECT item::numeric AS held, tidemark.as_double(item::numeric)::text::numeric AS seen
        WHERE jsonb_typeof(item) = 'number'
    ) AS number;
  -- Almost always every number is what it looks like.
  IF NOT v_is_written_otherwise THEN RETURN p_sent; END IF;
  RETURN tidemark.keep_numbers(p_held, p_sent, v_unlike);
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.update_rows(
  p_tenant text, p_table text, p_columns text[], p_deltas text[], p_ids text[], p_rows json
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text[] := array_remove(p_columns, 'id');
  v_from text;
  v_update text;
  v_values text;
  v_done bigint;
BEGIN
  IF cardinality(v_columns || p_deltas) = 0 THEN RETURN; END IF;
  v_from := format('json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, ARRAY['id'] || v_columns || p_deltas));
  SELECT
      format(
        'UPDATE %I AS target SET %s FROM %s
           WHERE target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id',
        p_table, string_agg(format('%I = %s', name, value), ', '), v_from
      ),
      string_agg(format('%s AS %I', value, name), ', ')
    INTO v_update, v_values
    FROM (
      SELECT
          name,
          CASE WHEN type = 'jsonb'::regtype THEN format('tidemark.keep_numbers(target.%1$I, sent.%1$I)', name)
            ELSE format('sent.%I', name)
          END AS value
        FROM unnest(v_columns) AS name
        LEFT JOIN LATERAL (
          SELECT atttypid::regtype AS type
            FROM pg_attribute WHERE attrelid = format('%I', p_table)::regclass AND attname = name
        ) AS held ON true
      UNION ALL
      SELECT name, format('coalesce(target.%1$I, 0) + sent.%1$I', name) FROM unnest(p_deltas) AS name
    ) AS touched;
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, v_columns);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH own AS MATERIALIZED (
         SELECT target.id, to_jsonb(target) || to_jsonb(changed) AS row
           FROM %3$s
           JOIN %1$I AS target ON target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id
           CROSS JOIN LATERAL (SELECT %4$s) AS changed
       ), stored AS (%5$s RETURNING target.id, target.ctid AS place, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, stored.place, own.row, stored.row) FROM own JOIN stored USING (id)
         ) AS recorded',
      p_table, p_table, v_from, v_values, v_update
    ) INTO v_done USING p_tenant, p_rows, p_ids;
  ELSE
    EXECUTE v_update USING p_tenant, p_rows, p_ids;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;
