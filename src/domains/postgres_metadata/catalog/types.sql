SELECT json_build_object('oid', t.oid::int8, 'name', t.typname,
  'labels', CASE WHEN t.typtype = 'e' THEN
      array(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) END,
  'domain', CASE WHEN t.typtype = 'd' THEN json_strip_nulls(json_build_object(
      'base', format_type(t.typbasetype, t.typtypmod),
      'collation', CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END,
      'default', pg_get_expr(t.typdefaultbin, 0),
      'not_null', t.typnotnull,
      'checks', coalesce((SELECT json_agg(json_build_object('name', conname, 'definition', pg_get_constraintdef(k.oid, true)) ORDER BY conname)
                          FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '[]'))) END,
  'attributes', CASE WHEN t.typtype = 'c' THEN
      (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'collation', CASE WHEN a.attcollation <> at.typcollation THEN a.attcollation::regcollation::text END)) ORDER BY a.attnum), '[]')
       FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
       WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END
)::text
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE n.nspname = $1 AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
