SELECT json_build_object(
  'name', r.rolname, 'login', r.rolcanlogin, 'inherit', r.rolinherit,
  'more', r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
  'member_of', array(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid)
)::text
FROM pg_roles r
WHERE starts_with(r.rolname, $2) AND length(r.rolname) > length($2)
  -- a longer schema name owns the roles that begin with it
  AND NOT EXISTS (SELECT FROM pg_namespace n
                  WHERE length(n.nspname) > length($1) AND starts_with(n.nspname, $1)
                    AND starts_with($2, $1) AND starts_with(r.rolname, n.nspname || substr($2, length($1) + 1)))
