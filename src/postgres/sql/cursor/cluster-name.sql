-- The name of the cluster and of the database in it. Two clusters that were filled by the same script have another
-- system identifier, unless its owner may not read that. With the owner's rights, so that all get the same name.
-- Numbers of transactions mean nothing in another cluster. A logical dump brings them along: changes that were read
-- long ago look unread where transactions have lower numbers, and those that are new look read where they have higher
-- ones. So the name goes with each number: what is of another cluster counts for nothing here, and a cursor from there
-- has expired.
CREATE OR REPLACE FUNCTION tidemark.cluster_name() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_system bigint;
BEGIN
  IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
    SELECT system_identifier INTO v_system FROM pg_control_system();
  END IF;
  RETURN (
    SELECT hashtextextended(
        concat_ws(
          '/', v_system, (SELECT oid FROM pg_database WHERE datname = current_database()),
          'tidemark.sync_change'::regclass::oid, string_agg(xmin::text, ',' ORDER BY xmin::text)
        ),
        0
      )
      FROM tidemark.cluster
  );
END
$$;
