WITH ns AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
found AS (
  SELECT 'pg_type'::regclass::oid AS class, t.oid FROM pg_type t JOIN ns ON ns.oid = t.typnamespace
    WHERE t.typtype IN ('r', 'b') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  UNION ALL SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace WHERE p.prokind = 'a'
  UNION ALL SELECT 'pg_collation'::regclass, c.oid FROM pg_collation c JOIN ns ON ns.oid = c.collnamespace
  UNION ALL SELECT 'pg_conversion'::regclass, c.oid FROM pg_conversion c JOIN ns ON ns.oid = c.connamespace
  UNION ALL SELECT 'pg_operator'::regclass, o.oid FROM pg_operator o JOIN ns ON ns.oid = o.oprnamespace
  UNION ALL SELECT 'pg_opclass'::regclass, o.oid FROM pg_opclass o JOIN ns ON ns.oid = o.opcnamespace
  UNION ALL SELECT 'pg_opfamily'::regclass, o.oid FROM pg_opfamily o JOIN ns ON ns.oid = o.opfnamespace
  UNION ALL SELECT 'pg_ts_config'::regclass, t.oid FROM pg_ts_config t JOIN ns ON ns.oid = t.cfgnamespace
  UNION ALL SELECT 'pg_ts_dict'::regclass, t.oid FROM pg_ts_dict t JOIN ns ON ns.oid = t.dictnamespace
  UNION ALL SELECT 'pg_ts_parser'::regclass, t.oid FROM pg_ts_parser t JOIN ns ON ns.oid = t.prsnamespace
  UNION ALL SELECT 'pg_ts_template'::regclass, t.oid FROM pg_ts_template t JOIN ns ON ns.oid = t.tmplnamespace
  UNION ALL SELECT 'pg_default_acl'::regclass, a.oid FROM pg_default_acl a JOIN ns ON ns.oid = a.defaclnamespace
  UNION ALL SELECT 'pg_rewrite'::regclass, w.oid FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN ns ON ns.oid = c.relnamespace
    WHERE w.rulename <> '_RETURN'
)
SELECT to_json(pg_describe_object(f.class, f.oid, 0))::text FROM found f
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = f.class AND d.objid = f.oid AND d.deptype = 'e')
ORDER BY 1
