SELECT json_build_object(
  'identity', (SELECT system_identifier::text FROM pg_control_system()) || '/' || current_database(),
  'version', current_setting('server_version_num')::int,
  'engine', current_user,
  'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'schema_exists', EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
  'schema_usable', coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1), false),
  'owner_exists', EXISTS (SELECT FROM pg_roles WHERE rolname = $2),
  'owner_may_create', coalesce((SELECT has_schema_privilege(r.oid, n.oid, 'CREATE') AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                                FROM pg_roles r, pg_namespace n WHERE r.rolname = $2 AND n.nspname = $1), false),
  'engine_is_owner', coalesce((SELECT pg_has_role(r.oid, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) FROM pg_roles r WHERE r.rolname = $2), false),
  'extension_schemas', array(SELECT DISTINCT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                             WHERE e.extname = ANY ($3) AND n.nspname NOT IN ($1, 'pg_catalog') ORDER BY 1)
)::text
