SELECT json_build_object('oid', k.oid::int8, 'table', k.conrelid::int8, 'name', k.conname, 'foreign', k.contype = 'f',
  'definition', pg_get_constraintdef(k.oid, true)
)::text
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND k.contype IN ('p', 'u', 'c', 'x', 'f')
