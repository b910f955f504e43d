SELECT json_build_object('oid', t.oid::int8, 'table', t.tgrelid::int8, 'name', t.tgname,
  'definition', pg_get_triggerdef(t.oid, true),
  'enabled', CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
)::text
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND NOT t.tgisinternal
