SELECT json_build_object('oid', p.oid::int8,
  'more', p.prosupport <> 0 OR p.protrftypes IS NOT NULL,
  'config', coalesce(to_json(p.proconfig), '[]'),
  'spec', json_strip_nulls(json_build_object(
    'name', p.proname,
    'signature', coalesce((SELECT string_agg(format_type(u.t, NULL), ', ' ORDER BY u.i)
                           FROM unnest(p.proargtypes) WITH ORDINALITY u(t, i)), ''),
    'procedure', p.prokind = 'p', 'window', p.prokind = 'w',
    'arguments', pg_get_function_arguments(p.oid),
    'returns', CASE WHEN p.prokind <> 'p' THEN pg_get_function_result(p.oid) END,
    'language', l.lanname,
    'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    'strict', p.proisstrict, 'security_definer', p.prosecdef, 'leakproof', p.proleakproof,
    'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
    'cost', p.procost::text, 'rows', CASE WHEN p.proretset THEN p.prorows::text END,
    'source', CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END,
    'sql_body', pg_get_function_sqlbody(p.oid)))
)::text
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname = $1 AND p.prokind IN ('f', 'p', 'w')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
