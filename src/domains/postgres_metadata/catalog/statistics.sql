SELECT json_build_object('oid', s.oid::int8, 'table', s.stxrelid::int8, 'name', s.stxname,
  'kinds', array(SELECT CASE k WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' WHEN 'm' THEN 'mcv' ELSE k::text END
                 FROM unnest(s.stxkind) k WHERE k <> 'e' ORDER BY 1),
  'columns', array(SELECT a.attname FROM unnest(s.stxkeys::int2[]) WITH ORDINALITY u(attnum, i)
                   JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = u.attnum ORDER BY u.i),
  'expressions', coalesce(to_json(pg_get_statisticsobjdef_expressions(s.oid)), '[]'),
  'target', nullif(s.stxstattarget, -1)
)::text
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname = $1
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid AND d.deptype = 'e')
