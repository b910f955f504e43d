WITH objects AS (
  SELECT 'pg_class' AS class, c.oid, NULL::name AS part, c.relowner AS owner, c.relacl AS acl,
         acldefault(CASE WHEN c.relkind = 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner) AS standard
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm', 'S')
  UNION ALL
  SELECT 'pg_class', c.oid, a.attname, c.relowner, a.attacl, acldefault('c', c.relowner)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT 'pg_proc', p.oid, NULL, p.proowner, p.proacl, acldefault('f', p.proowner)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1
  UNION ALL
  SELECT 'pg_type', t.oid, NULL, t.typowner, t.typacl, acldefault('T', t.typowner)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = $1
  UNION ALL
  SELECT 'pg_namespace', n.oid, NULL, n.nspowner, n.nspacl, acldefault('n', n.nspowner)
  FROM pg_namespace n WHERE n.nspname = $1
)
SELECT json_build_object('class', o.class, 'oid', o.oid::int8, 'column', o.part,
  'public_by_default', EXISTS (SELECT FROM aclexplode(o.standard) s WHERE s.grantee = 0),
  'owner_differs', o.part IS NULL AND array(SELECT x.privilege_type FROM aclexplode(o.acl) x WHERE x.grantee = o.owner ORDER BY 1)
                   <> array(SELECT s.privilege_type FROM aclexplode(o.standard) s WHERE s.grantee = o.owner ORDER BY 1),
  'grants', (SELECT coalesce(json_agg(json_build_object('public', x.grantee = 0, 'role', r.rolname,
                 'privilege', x.privilege_type, 'grantable', x.is_grantable)), '[]')
             FROM aclexplode(o.acl) x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE x.grantee <> o.owner)
)::text
FROM objects o
WHERE o.acl IS NOT NULL
