SELECT json_build_object('oid', c.oid::int8, 'kind', c.relkind, 'name', c.relname, 'unlogged', c.relpersistence = 'u',
  'options', coalesce(to_json(c.reloptions), '[]'), 'toast_options', tc.reloptions IS NOT NULL,
  'row_security', c.relrowsecurity, 'force_row_security', c.relforcerowsecurity,
  'replica_identity', c.relreplident,
  'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END,
  'unsupported', CASE
      WHEN c.relkind = 'p' THEN 'a partitioned table'
      WHEN c.relkind = 'f' THEN 'a foreign table'
      WHEN c.relispartition THEN 'a partition'
      WHEN EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) THEN 'a table that inherits'
      WHEN c.reloftype <> 0 THEN 'a table of a type'
      WHEN c.relkind = 'r' AND am.amname <> 'heap' THEN 'a table with the access method ' || am.amname
      WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated = 'v') THEN 'a table with virtual columns'
      WHEN c.relkind = 'v' AND EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = c.oid) THEN 'a view with defaults' END
)::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam
WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
