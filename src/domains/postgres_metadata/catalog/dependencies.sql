WITH ns AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
relations AS (
  SELECT c.oid, c.relkind, c.reltype, k.oid AS constraint_oid, i.refobjid AS identity_of
  FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
  LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_depend i ON c.relkind = 'S' AND i.classid = 'pg_class'::regclass AND i.objid = c.oid
       AND i.refclassid = 'pg_class'::regclass AND i.deptype = 'i'
),
-- every object of the schema, and the one that it is a part of
own AS (
  SELECT 'pg_class'::regclass::oid AS class, oid,
         CASE WHEN relkind = 'c' THEN 'pg_type' WHEN constraint_oid IS NOT NULL THEN 'pg_constraint' ELSE 'pg_class' END AS whole_class,
         CASE WHEN relkind = 'c' THEN reltype ELSE coalesce(constraint_oid, identity_of, oid) END AS whole
  FROM relations
  UNION ALL
  SELECT 'pg_type'::regclass, t.oid,
         CASE WHEN coalesce(e.typrelid, t.typrelid) <> 0 AND r.relkind <> 'c' THEN 'pg_class' ELSE 'pg_type' END,
         CASE WHEN coalesce(e.typrelid, t.typrelid) <> 0 AND r.relkind <> 'c' THEN r.oid ELSE coalesce(e.oid, t.oid) END
  FROM pg_type t JOIN ns ON ns.oid = t.typnamespace
  LEFT JOIN pg_type e ON e.typarray = t.oid
  LEFT JOIN pg_class r ON r.oid = coalesce(e.typrelid, t.typrelid)
  UNION ALL SELECT 'pg_proc'::regclass, p.oid, 'pg_proc', p.oid FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace
  UNION ALL
  SELECT 'pg_constraint'::regclass, k.oid, CASE WHEN k.contypid <> 0 THEN 'pg_type' ELSE 'pg_constraint' END,
         CASE WHEN k.contypid <> 0 THEN k.contypid ELSE k.oid END
  FROM pg_constraint k JOIN ns ON ns.oid = k.connamespace
  UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 'pg_class', d.adrelid FROM pg_attrdef d JOIN relations r ON r.oid = d.adrelid
  UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, 'pg_class', w.ev_class FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class
  UNION ALL SELECT 'pg_trigger'::regclass, t.oid, 'pg_trigger', t.oid FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
  UNION ALL SELECT 'pg_policy'::regclass, p.oid, 'pg_policy', p.oid FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
  UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, 'pg_statistic_ext', s.oid FROM pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace
)
SELECT DISTINCT json_build_object('class', o.whole_class, 'oid', o.whole::int8, 'on_class', r.whole_class, 'on_oid', r.whole::int8,
  'outside', CASE WHEN r.oid IS NULL AND e.objid IS NULL THEN pg_describe_object(d.refclassid, d.refobjid, 0) END)::text
FROM own o
JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.deptype IN ('n', 'a')
LEFT JOIN own r ON r.class = d.refclassid AND r.oid = d.refobjid
LEFT JOIN (pg_depend e JOIN pg_extension x ON x.oid = e.refobjid AND x.extname = ANY ($2))
       ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e' AND e.refclassid = 'pg_extension'::regclass
WHERE d.refobjid >= 16384 AND d.refclassid NOT IN ('pg_namespace'::regclass, 'pg_language'::regclass, 'pg_extension'::regclass)
  AND e.objid IS NULL AND (r.oid IS NULL OR (o.whole_class, o.whole) <> (r.whole_class, r.whole))
