-- How a bulk statement is read while people edit. A page of outside changes holds more of them; a batch that
-- waits for some is given those of its own rows at once, however many others come before; and the audit history
-- names the columns of outside changes once for all of one form. Replaces functions of migrations 0004, 0018,
-- 0022, 0027 and 0030; what is said there holds.

-- Written as cluster@since|until|place|mark|ahead. `ahead` are the ids of changes that were read before their turn, with
-- commas between: they are not read again. Most cursors end with the mark.
ALTER TYPE tidemark.cursor ADD ATTRIBUTE ahead bigint[];--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.parse_cursor(p_cursor text) RETURNS tidemark.cursor
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(
    split_part(split_part(p_cursor, '@', -1), '|', 1)::pg_snapshot,
    nullif(split_part(p_cursor, '|', 2), '')::pg_snapshot,
    nullif(split_part(p_cursor, '|', 3), '')::bigint,
    nullif(split_part(p_cursor, '|', 4), '')::uuid,
    nullif(split_part(p_cursor, '@', -2), '')::bigint,
    string_to_array(nullif(split_part(p_cursor, '|', 5), ''), ',')::bigint[]
  )::tidemark.cursor
$$;--> statement-breakpoint

DROP FUNCTION tidemark.cursor_text(pg_snapshot, pg_snapshot, bigint, uuid);--> statement-breakpoint
--   p_ahead  the last part, with the bar before it, as `still_ahead` gives it
CREATE FUNCTION tidemark.cursor_text(
  p_since pg_snapshot, p_until pg_snapshot DEFAULT NULL, p_place bigint DEFAULT NULL, p_mark uuid DEFAULT NULL,
  p_ahead text DEFAULT ''
) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT format('%s@%s|%s|%s|%s%s', tidemark.cluster_name(), p_since, p_until, p_place, p_mark, p_ahead)
$$;--> statement-breakpoint

-- As before, without what was read ahead.
CREATE OR REPLACE FUNCTION tidemark.unread(p_tenant text, p_cursor tidemark.cursor) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE AS $$
  SELECT change.*
    FROM tidemark.sync_change AS change
    WHERE change.tenant_id = p_tenant
      AND change.xid >= pg_snapshot_xmin((p_cursor).since)
      AND NOT pg_visible_in_snapshot(change.xid, (p_cursor).since)
      AND (
        (p_cursor).until IS NULL
        OR change.id > (p_cursor).place
        OR NOT pg_visible_in_snapshot(change.xid, (p_cursor).until)
      )
      AND change.cluster = (SELECT tidemark.cluster_name())
      -- A list that is looked up by its hash.
      AND change.id NOT IN (SELECT unnest((p_cursor).ahead))
$$;--> statement-breakpoint

-- The last part of a cursor: those of the ids that it has still to name, because by its other parts it would read
-- them again. Nothing where there are none.
CREATE FUNCTION tidemark.still_ahead(
  p_tenant text, p_since pg_snapshot, p_until pg_snapshot, p_place bigint, p_ahead bigint[]
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF p_ahead IS NULL THEN RETURN ''; END IF;
  RETURN (
    SELECT coalesce('|' || string_agg(id::text, ',' ORDER BY id), '')
      FROM tidemark.unread(p_tenant, ROW(p_since, p_until, p_place, NULL, NULL, NULL)::tidemark.cursor)
      WHERE id = ANY (p_ahead)
  );
END
$$;--> statement-breakpoint

-- As before, in larger pages: at most 3000 steps, and no more after 4 MiB.
CREATE OR REPLACE FUNCTION tidemark.read_changes(p_tenant text, p_cursor text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  c_steps CONSTANT integer := 3000;
  c_bytes CONSTANT integer := 4 * 1024 * 1024;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
  v_until pg_snapshot := coalesce(v_cursor.until, tidemark.own_snapshot());
  v_next text := p_cursor;
  v_changes jsonb;
  v_last bigint;
  v_more boolean;
BEGIN
  WITH page AS MATERIALIZED (
    SELECT unread
      FROM tidemark.unread(p_tenant, v_cursor) AS unread
      WHERE pg_visible_in_snapshot((unread).xid, v_until)
      ORDER BY (unread).id LIMIT c_steps
  ), told AS (
    SELECT
        (unread).id,
        jsonb_build_object(
          'table', (unread).table_name, 'id', (unread).row_id,
          'epoch', (unread).epoch, 'seen', (unread).seen, 'by', (unread).by_whom
        ) AS change,
        CASE
          WHEN EXISTS (SELECT FROM tidemark.row_steps(unread) AS later WHERE later.id > (unread).id)
            THEN tidemark.row_changes(unread)
          WHEN (unread).op = 'update' AND (unread).before = '{}' AND (unread).after = '{}' THEN '[]'
          ELSE jsonb_build_array(
            jsonb_build_object('op', (unread).op, 'before', (unread).before, 'after', (unread).after)
          )
        END AS parts
      FROM page
      WHERE NOT EXISTS (SELECT FROM tidemark.row_steps(unread) AS earlier WHERE earlier.id < (unread).id)
  ), measured AS (
    SELECT
        *,
        coalesce(
          sum(octet_length(parts::text)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
        ) < c_bytes AS fits
      FROM told
  ), cut AS (
    SELECT coalesce(bool_and(fits), true) AS fits, max(id) FILTER (WHERE fits) AS last FROM measured
  )
  SELECT
      coalesce(
        (
          SELECT jsonb_agg(change || part ORDER BY id, place)
            FROM measured CROSS JOIN LATERAL jsonb_array_elements(parts) WITH ORDINALITY AS parts(part, place)
            WHERE fits
        ),
        '[]'
      ),
      CASE WHEN cut.fits THEN (SELECT max((unread).id) FROM page) ELSE cut.last END,
      NOT cut.fits OR (SELECT count(*) FROM page) = c_steps
    INTO v_changes, v_last, v_more
    FROM cut;
  -- Looked at after the changes were read, so that what is deleted in between is noticed.
  PERFORM tidemark.check_kept(p_tenant, v_cursor);
  PERFORM tidemark.check_reading(p_tenant, v_cursor);
  -- A cursor that has not moved costs no write.
  IF v_last IS NOT NULL OR v_cursor.until IS NOT NULL THEN
    v_next := tidemark.cursor_text(
      CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
      CASE WHEN v_more THEN v_until END,
      CASE WHEN v_more THEN v_last END,
      tidemark.leave_mark(p_tenant, v_cursor.mark),
      tidemark.still_ahead(
        p_tenant,
        CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
        CASE WHEN v_more THEN v_until END,
        CASE WHEN v_more THEN v_last END,
        v_cursor.ahead
      )
    );
  END IF;
  RETURN jsonb_build_object('cursor', v_next, 'more', v_more, 'changes', v_changes);
END
$$;--> statement-breakpoint

-- Adds to a page what else is unread of the rows of these edits, in its order, so that who waits for just that
-- need not read everything before it. Rows that a proposal changed have to wait: it is one change of several
-- rows, whose earlier changes come first. At most 500 steps, and no more after 1 MiB. All steps count as read, the
-- later ones of a transaction too, which are told with its first: a batch would wait for them.
--   p_read  what `read_changes` answered
CREATE FUNCTION tidemark.read_ahead(p_tenant text, p_read jsonb, p_changes text) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  c_steps CONSTANT integer := 500;
  c_bytes CONSTANT integer := 1024 * 1024;
  c_ahead CONSTANT integer := 5000;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_read ->> 'cursor');
  v_changes jsonb;
  v_ids bigint[];
BEGIN
  IF NOT (p_read -> 'more')::boolean OR cardinality(v_cursor.ahead) >= c_ahead THEN RETURN p_read; END IF;
  WITH touched AS MATERIALIZED (
    SELECT DISTINCT rows.table_name, rows.row_id FROM tidemark.rows_of(p_changes) AS rows
  ), waiting AS MATERIALIZED (
    SELECT unread FROM tidemark.unread(p_tenant, v_cursor) AS unread
  ), proposed AS MATERIALIZED (
    SELECT change ->> 'table' AS table_name, change ->> 'id' AS row_id
      FROM waiting CROSS JOIN LATERAL jsonb_array_elements((unread).after -> 'changes') AS change
      WHERE (unread).op = 'proposal'
  ), page AS MATERIALIZED (
    SELECT unread
      FROM waiting JOIN touched ON touched.table_name = (unread).table_name AND touched.row_id = (unread).row_id
      WHERE (unread).op <> 'proposal'
        AND ((unread).table_name, (unread).row_id) NOT IN (SELECT table_name, row_id FROM proposed)
      ORDER BY (unread).id LIMIT c_steps
  ), told AS (
    SELECT
        (unread).id,
        jsonb_build_object(
          'table', (unread).table_name, 'id', (unread).row_id,
          'epoch', (unread).epoch, 'seen', (unread).seen, 'by', (unread).by_whom
        ) AS change,
        CASE
          WHEN EXISTS (SELECT FROM tidemark.row_steps(unread) AS later WHERE later.id > (unread).id)
            THEN tidemark.row_changes(unread)
          WHEN (unread).op = 'update' AND (unread).before = '{}' AND (unread).after = '{}' THEN '[]'
          ELSE jsonb_build_array(
            jsonb_build_object('op', (unread).op, 'before', (unread).before, 'after', (unread).after)
          )
        END AS parts
      FROM page
      WHERE NOT EXISTS (SELECT FROM tidemark.row_steps(unread) AS earlier WHERE earlier.id < (unread).id)
  ), measured AS (
    SELECT
        *,
        coalesce(
          sum(octet_length(parts::text)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
        ) < c_bytes AS fits
      FROM told
  ), cut AS (
    SELECT coalesce(bool_and(fits), true) AS fits, max(id) FILTER (WHERE fits) AS last FROM measured
  )
  SELECT
      coalesce(
        (
          SELECT jsonb_agg(change || part ORDER BY id, place)
            FROM measured CROSS JOIN LATERAL jsonb_array_elements(parts) WITH ORDINALITY AS parts(part, place)
            WHERE fits
        ),
        '[]'
      ),
      (SELECT array_agg((unread).id ORDER BY (unread).id) FROM page WHERE cut.fits OR (unread).id <= cut.last)
    INTO v_changes, v_ids
    FROM cut;
  IF v_ids IS NULL THEN RETURN p_read; END IF;
  RETURN p_read || jsonb_build_object(
    'cursor', tidemark.cursor_text(
      v_cursor.since, v_cursor.until, v_cursor.place, v_cursor.mark,
      '|' || array_to_string(v_cursor.ahead || v_ids, ',')
    ),
    'changes', p_read -> 'changes' || v_changes
  );
END
$$;--> statement-breakpoint

-- As before. Where there are shapes for them, outside changes are {by: [shape, id, values, ...]}, in the form of the
-- lines of changes.
CREATE OR REPLACE FUNCTION tidemark.edits_of(p_edits json, p_changes text) RETURNS TABLE (
  seq bigint, actor text, n bigint, subject text, at double precision, outside json, refused json, changes text
)
LANGUAGE sql STABLE AS $$
  SELECT
      lists.first + edit.place - 1, lists.actors[edit.author], edit.n, lists.subjects[edit.author],
      lists.since + edit.at,
      CASE
        WHEN edit.outside IS NULL OR lists.shapes IS NULL THEN edit.outside
        ELSE tidemark.named_change(lists.shapes -> (edit.outside #>> '{by,0}')::integer, edit.outside -> 'by')
      END,
      edit.refused, edit.changes
    FROM json_to_record(p_edits)
      AS lists(
        first bigint, actors text[], subjects text[], authors integer[], n bigint[], since double precision,
        at double precision[], outside json[], shapes json, refused json[]
      )
    CROSS JOIN LATERAL ROWS FROM (
      unnest(lists.authors), unnest(lists.n), unnest(lists.at), unnest(lists.outside), unnest(lists.refused),
      tidemark.lines_of(p_changes)
    ) WITH ORDINALITY AS edit(author, n, at, outside, refused, changes, place)
$$;--> statement-breakpoint

-- As before. A batch that is behind gets the unseen changes of its rows with the answer.
CREATE OR REPLACE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_applied bigint := p_after;
  v_refusal jsonb;
  v_refusals jsonb := '[]';
  v_behind boolean := false;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, NULL, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  IF p_after < v_ledger.applied_seq THEN
    IF NOT tidemark.is_repeated(p_tenant, p_epoch, p_edits, p_changes) THEN
      RETURN jsonb_build_object('is', 'diverged', 'message', format('after %s the log %s has other edits', p_after, p_epoch));
    END IF;
    -- A repetition may cover less than the first time: it hears of no more than it named.
    v_applied := least(v_ledger.applied_seq, p_up_to);
    SELECT coalesce(jsonb_agg(refusal), '[]') INTO v_refusals
      FROM jsonb_array_elements(v_ledger.last_refusals) AS refusal WHERE (refusal -> 'seq')::bigint <= v_applied;
  ELSE
    CASE tidemark.apply_steps(p_tenant, p_after, p_up_to, p_changes, p_steps, p_rows, p_cursor)
      WHEN 'applied' THEN v_applied := p_up_to;
      WHEN 'behind' THEN v_behind := true;
      WHEN 'refused' THEN
        SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
          FROM tidemark.apply_edits(p_tenant, p_after, p_up_to, p_edits, p_changes, p_steps, p_cursor);
        IF v_refusal IS NOT NULL THEN v_refusals := jsonb_build_array(v_refusal); END IF;
    END CASE;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, p_changes, v_refusal);
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_applied,
    'refusals', v_refusals,
    'outside', CASE
      WHEN v_behind THEN tidemark.read_ahead(p_tenant, tidemark.read_changes(p_tenant, p_cursor), p_changes)
      ELSE tidemark.read_changes(p_tenant, p_cursor)
    END
  );
END
$$;--> statement-breakpoint

-- As before. So does a proposal.
CREATE OR REPLACE FUNCTION tidemark.propose(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text, p_proposal jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_answer jsonb := tidemark.apply_batch(
    p_tenant, p_epoch, p_after, p_up_to, p_edits, p_changes, p_steps, p_rows, p_cursor
  );
  v_verdict jsonb;
BEGIN
  -- A draft that was overtaken on its way is of no use: the ledger has moved on then.
  IF v_answer ->> 'is' <> 'applied' OR v_answer -> 'refusals' <> '[]' OR NOT EXISTS (
    SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant AND applied_seq = p_up_to
  ) THEN
    RETURN v_answer;
  END IF;
  v_verdict := tidemark.settle_proposal(p_tenant, p_epoch, p_after, p_up_to, p_proposal, p_cursor);
  v_answer := v_answer || jsonb_build_object('outside', tidemark.read_changes(p_tenant, p_cursor));
  IF v_verdict IS NULL THEN
    RETURN v_answer || jsonb_build_object(
      'outside', tidemark.read_ahead(p_tenant, v_answer -> 'outside', p_proposal ->> 'changes')
    );
  END IF;
  RETURN v_answer || jsonb_build_object('verdict', v_verdict);
END
$$;
