SELECT json_build_object('name', extname)::text FROM pg_extension WHERE extname = ANY ($2) AND extname <> 'plpgsql' AND $1 IS NOT NULL
