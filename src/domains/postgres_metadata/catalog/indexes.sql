SELECT json_build_object('oid', i.indexrelid::int8, 'table', i.indrelid::int8, 'name', c.relname,
  'definition', pg_get_indexdef(i.indexrelid, 0, true), 'valid', i.indisvalid,
  'clustered', i.indisclustered OR i.indisreplident,
  'constraint', EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
)::text
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'i'
