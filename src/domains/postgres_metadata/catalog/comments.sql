SELECT json_build_object('class', o.class, 'oid', o.oid::int8, 'column', a.attname, 'text', d.description)::text
FROM pg_description d
JOIN (
  SELECT 'pg_class' AS class, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_type', t.oid FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_proc', p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_constraint', k.oid FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_trigger', t.oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_policy', p.oid FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_statistic_ext', s.oid FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE n.nspname = $1
  UNION ALL SELECT 'pg_namespace', n.oid FROM pg_namespace n WHERE n.nspname = $1
) o ON d.objoid = o.oid AND d.classoid = to_regclass('pg_catalog.' || o.class)
LEFT JOIN pg_attribute a ON o.class = 'pg_class' AND d.objsubid > 0 AND a.attrelid = d.objoid AND a.attnum = d.objsubid
