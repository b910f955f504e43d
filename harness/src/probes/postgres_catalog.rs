//! The catalog queries. `$1` is the schema; names come without it.

/// Kind, and a query of name and value.
pub(super) const BY_NAME: &[(&str, &str)] = &[
    ("schema", "select '', jsonb_build_object('owner', nspowner::regrole::text) from pg_namespace where nspname = $1"),
    // Each step by an index: any other order reads all that depends on any member of any extension.
    ("extension", "
with owned (class, object) as (
  select 'pg_class'::regclass, c.oid from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = $1
  union all
  select 'pg_type'::regclass, t.oid from pg_type t join pg_namespace n on n.oid = typnamespace where nspname = $1
  union all
  select 'pg_proc'::regclass, p.oid from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = $1
), used (extension) as materialized (
  select distinct m.refobjid from owned,
         lateral (select refclassid, refobjid from pg_depend where classid = class and objid = object offset 0) d,
         lateral (select refobjid from pg_depend where classid = d.refclassid and objid = d.refobjid
                     and deptype = 'e' and refclassid = 'pg_extension'::regclass offset 0) m)
select extname::text, jsonb_build_object('schema', extnamespace::regnamespace::text)
  from pg_extension join used on extension = oid where extname <> 'plpgsql'"),
    ("type", "
select typname::text, jsonb_build_object('owner', pg_get_userbyid(typowner), 'kind', typtype,
       'labels', (select jsonb_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid),
       'base', case typtype when 'd' then format_type(typbasetype, typtypmod) end,
       'not_null', typnotnull, 'default', typdefault,
       'checks', (select jsonb_object_agg(conname, pg_get_constraintdef(oid)) from pg_constraint
                   where contypid = t.oid and contype = 'c'),
       'members', (select jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod)) order by attnum)
                     from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped))
  from pg_type t join pg_namespace n on n.oid = typnamespace
 where nspname = $1 and (typtype in ('e', 'd', 'r')
       or typtype = 'c' and exists (select from pg_class where oid = typrelid and relkind = 'c'))"),
    ("sequence", "
select relname::text, jsonb_build_object('owner', pg_get_userbyid(relowner), 'type', format_type(seqtypid, null),
       'start', seqstart, 'increment', seqincrement, 'min', seqmin, 'max', seqmax, 'cache', seqcache, 'cycle', seqcycle,
       'last_value', pg_sequence_last_value(c.oid),
       'owned_by', (select jsonb_build_array(o.relname, attname, deptype) from pg_depend
                      join pg_class o on o.oid = refobjid join pg_attribute on attrelid = refobjid and attnum = refobjsubid
                     where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('a', 'i')
                       and refclassid = 'pg_class'::regclass))
  from pg_class c join pg_sequence on seqrelid = c.oid join pg_namespace n on n.oid = relnamespace where nspname = $1"),
    ("function", "
select proname || '(' || oidvectortypes(proargtypes) || ')', jsonb_build_object('owner', pg_get_userbyid(proowner),
       'kind', prokind, 'language', lanname, 'arguments', pg_get_function_arguments(p.oid),
       'result', pg_get_function_result(p.oid), 'body', coalesce(pg_get_function_sqlbody(p.oid), prosrc),
       'volatility', provolatile, 'strict', proisstrict, 'security_definer', prosecdef, 'leakproof', proleakproof,
       'parallel', proparallel, 'cost', procost, 'rows', prorows, 'settings', to_jsonb(proconfig))
  from pg_proc p join pg_language l on l.oid = prolang join pg_namespace n on n.oid = pronamespace where nspname = $1"),
    ("table", "
select relname::text, jsonb_build_object('owner', pg_get_userbyid(relowner), 'kind', relkind,
       'persistence', relpersistence, 'options', to_jsonb(reloptions), 'row_level_security', relrowsecurity,
       'force_row_level_security', relforcerowsecurity, 'replica_identity', relreplident,
       'partition_key', pg_get_partkeydef(c.oid), 'partition_bound', pg_get_expr(relpartbound, c.oid),
       'inherits', (select jsonb_agg(p.relname order by inhseqno) from pg_inherits join pg_class p on p.oid = inhparent
                     where inhrelid = c.oid),
       'columns', (select jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod),
            'not_null', attnotnull, 'default', pg_get_expr(adbin, adrelid), 'has_default', atthasdef,
            'identity', case attidentity when 'a' then 'always' when 'd' then 'by default' end,
            'generated', attgenerated <> '', 'compression', nullif(attcompression, ''), 'storage', attstorage,
            'statistics', nullif(attstattarget, -1), 'options', to_jsonb(attoptions),
            'collation', (select collname from pg_collation where oid = attcollation and oid <> 100)) order by attnum)
          from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
         where attrelid = c.oid and attnum > 0 and not attisdropped))
  from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = $1 and relkind in ('r', 'p', 'f')"),
    ("index", "
select i.relname::text, jsonb_build_object('table', t.relname, 'unique', indisunique, 'valid', indisvalid,
       'clustered', indisclustered, 'replica_identity', indisreplident, 'method', amname,
       'definition', pg_get_indexdef(i.oid, 0, true), 'partial', indpred is not null,
       'options', to_jsonb(i.reloptions),
       'include', (select coalesce(jsonb_agg(attname order by place), '[]')
                     from unnest(indkey::int2[]) with ordinality key (number, place)
                     join pg_attribute on attrelid = indrelid and attnum = number where place > indnkeyatts))
  from pg_index join pg_class i on i.oid = indexrelid join pg_class t on t.oid = indrelid
  join pg_am a on a.oid = i.relam join pg_namespace n on n.oid = i.relnamespace
 where nspname = $1 and not exists (select from pg_constraint where conindid = i.oid and contype in ('p', 'u', 'x'))"),
    ("constraint", "
select relname || '.' || conname, jsonb_build_object('definition', pg_get_constraintdef(c.oid), 'valid', convalidated,
       'type', case contype when 'p' then 'primary key' when 'u' then 'unique' when 'c' then 'check'
                            when 'x' then 'exclude' else contype::text end,
       'columns', (select jsonb_agg(attname order by place) from unnest(conkey) with ordinality key (number, place)
                     join pg_attribute on attrelid = conrelid and attnum = number))
  from pg_constraint c join pg_class t on t.oid = conrelid join pg_namespace n on n.oid = connamespace
 where nspname = $1 and contype in ('p', 'u', 'c', 'x')"),
    ("foreign_key", "
select t.relname || '.' || conname, jsonb_build_object('definition', pg_get_constraintdef(c.oid), 'valid', convalidated,
       'deferred', condeferred, 'on_delete', case confdeltype when 'a' then 'no action' when 'r' then 'restrict'
         when 'c' then 'cascade' when 'n' then 'set null' else 'set default' end,
       'columns', (select jsonb_agg(attname order by place) from unnest(conkey) with ordinality key (number, place)
                     join pg_attribute on attrelid = conrelid and attnum = number),
       'references', (select jsonb_agg(attname order by place) from unnest(confkey) with ordinality key (number, place)
                     join pg_attribute on attrelid = confrelid and attnum = number))
  from pg_constraint c join pg_class t on t.oid = conrelid join pg_namespace n on n.oid = connamespace
 where nspname = $1 and contype = 'f'"),
    ("view", "
select relname::text, jsonb_build_object('owner', pg_get_userbyid(relowner), 'kind', relkind,
       'options', to_jsonb(reloptions), 'definition', pg_get_viewdef(c.oid),
       'columns', (select jsonb_agg(attname order by attnum) from pg_attribute
                    where attrelid = c.oid and attnum > 0 and not attisdropped))
  from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = $1 and relkind in ('v', 'm')"),
    ("trigger", "
select relname || '.' || tgname, jsonb_build_object('definition', pg_get_triggerdef(t.oid, true), 'enabled', tgenabled)
  from pg_trigger t join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace
 where nspname = $1 and not tgisinternal"),
    ("policy", "
select relname || '.' || polname, jsonb_build_object('command', polcmd, 'permissive', polpermissive,
       'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid),
       'roles', (select jsonb_agg(coalesce(rolname, 'PUBLIC') order by rolname) from unnest(polroles) role
                   left join pg_roles r on r.oid = role))
  from pg_policy join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace where nspname = $1"),
    ("rule", "
select relname || '.' || rulename, jsonb_build_object('definition', pg_get_ruledef(r.oid, true), 'enabled', ev_enabled)
  from pg_rewrite r join pg_class c on c.oid = ev_class join pg_namespace n on n.oid = relnamespace
 where nspname = $1 and rulename <> '_RETURN'"),
    ("statistics", "
select stxname::text, jsonb_build_object('owner', pg_get_userbyid(stxowner), 'target', nullif(stxstattarget, -1),
       'table', case when relnamespace = stxnamespace then relname::text else stxrelid::regclass::text end,
       'kinds', (select jsonb_agg(name order by name collate \"C\") from unnest(stxkind) kind,
                 lateral (select case kind when 'd' then 'ndistinct' when 'f' then 'dependencies' when 'm' then 'mcv'
                                           when 'e' then 'expressions' else kind::text end) named (name)),
       'on', pg_get_statisticsobjdef_columns(s.oid))
  from pg_statistic_ext s join pg_class c on c.oid = stxrelid join pg_namespace n on n.oid = stxnamespace
 where nspname = $1"),
    // Whatever else lives in the schema is seen, too: collations, operators, text search…
    ("other", "
select a.type || ' ' || coalesce(a.name, objid::text), '{}'::jsonb
  from pg_depend d join pg_namespace n on n.oid = refobjid, pg_identify_object(classid, objid, objsubid) a
 where refclassid = 'pg_namespace'::regclass and nspname = $1 and deptype = 'n'
   and classid not in ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_constraint'::regclass,
                       'pg_statistic_ext'::regclass, 'pg_default_acl'::regclass)"),
    ("default_privilege", "
select defaclobjtype::text || ' by ' || row_number() over (order by d.oid), jsonb_build_object('owner', pg_get_userbyid(defaclrole),
       'privileges', to_jsonb(defaclacl::text[]))
  from pg_default_acl d join pg_namespace n on n.oid = defaclnamespace where nspname = $1"),
];

/// Kind, and a query of object type, address in parts, role and value.
pub(super) const ADDRESSED: &[(&str, &str)] = &[
    ("comment", "
with owned (class, object) as (
  select 'pg_namespace'::regclass, oid from pg_namespace where nspname = $1
  union all select 'pg_class'::regclass, c.oid from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = $1
  union all select 'pg_type'::regclass, t.oid from pg_type t join pg_namespace n on n.oid = typnamespace where nspname = $1
  union all select 'pg_proc'::regclass, p.oid from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = $1
  union all select 'pg_constraint'::regclass, c.oid from pg_constraint c join pg_namespace n on n.oid = connamespace where nspname = $1
  union all select 'pg_trigger'::regclass, t.oid from pg_trigger t join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace where nspname = $1
  union all select 'pg_statistic_ext'::regclass, s.oid from pg_statistic_ext s join pg_namespace n on n.oid = stxnamespace where nspname = $1
  union all select 'pg_policy'::regclass, p.oid from pg_policy p join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace where nspname = $1
)
select a.type, a.object_names, a.object_args, null::text, jsonb_build_object('text', description)
  from owned join pg_description on classoid = class and objoid = object,
       pg_identify_object_as_address(classoid, objoid, objsubid) a"),
    ("grant", "
with held (class, object, part, owner, acl) as (
  select 'schema', array[nspname::text], '{}'::text[], nspowner, nspacl from pg_namespace where nspname = $1
  union all
  select case relkind when 'S' then 'sequence' else 'table' end, array[nspname, relname]::text[], '{}', relowner, relacl
    from pg_class join pg_namespace n on n.oid = relnamespace where nspname = $1
  union all
  select 'column', array[nspname, relname, attname]::text[], '{}', relowner, attacl
    from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
   where nspname = $1 and not attisdropped
  union all
  select 'function', array[nspname, proname]::text[], (select coalesce(array_agg(format_type(type, null) order by place), '{}') from unnest(proargtypes) with ordinality a (type, place)),
         proowner, coalesce(proacl, acldefault('f', proowner))
    from pg_proc join pg_namespace n on n.oid = pronamespace where nspname = $1
  union all
  select 'type', array[nspname, typname]::text[], '{}', typowner, typacl
    from pg_type join pg_namespace n on n.oid = typnamespace where nspname = $1
)
select class, object, part, coalesce(rolname, 'PUBLIC'), jsonb_object_agg(privilege_type, is_grantable)
  from held, aclexplode(acl) x left join pg_roles r on r.oid = x.grantee
 where x.grantee <> owner and not (class = 'type' and x.grantee = 0)
 group by class, object, part, coalesce(rolname, 'PUBLIC')"),
];

/// Roles whose name starts with `$1`.
pub(super) const ROLES: &str = "
select rolname::text, jsonb_build_object('login', rolcanlogin, 'inherit', rolinherit, 'superuser', rolsuper,
       'create_database', rolcreatedb, 'create_role', rolcreaterole, 'replication', rolreplication,
       'bypass_row_level_security', rolbypassrls, 'connection_limit', rolconnlimit, 'settings', to_jsonb(rolconfig),
       'member_of', (select coalesce(jsonb_agg(g.rolname order by g.rolname), '[]') from pg_auth_members m
                       join pg_roles g on g.oid = m.roleid where m.member = r.oid))
  from pg_roles r where starts_with(rolname, $1)";
