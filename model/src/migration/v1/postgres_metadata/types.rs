//! Column types: from the names of format 1.0.0 to those that Postgres prints.

/// A type as Postgres prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) name: String,
    /// It may have had a length or precision, which exports of 1.0.0 do not state.
    pub(super) vague: bool,
    /// `serial` and the like: a sequence comes with it.
    pub(super) serial: bool,
}

/// Reads a type. Aliases become the names that Postgres prints; types that are not its own stay as they are.
///
/// # Errors
/// When format 1.0.0 does not say which type it is.
pub(super) fn canonical(stated: &str) -> Result<ColumnType, String> {
    let stated = stated.trim();
    if ["ARRAY", "USER-DEFINED", ""].contains(&stated) {
        return Err(format!("the type `{stated}` does not say which one it is"));
    }
    let array = stated.ends_with("[]");
    let element = stated.trim_end_matches("[]").trim_end();
    let (base, modifiers) = split(element);
    let (name, vague) = named(&base, &modifiers).unwrap_or_else(|| (element.to_owned(), false));
    let serial = ["smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"].contains(&base.as_str());
    Ok(ColumnType { name: if array { format!("{name}[]") } else { name }, vague, serial })
}

/// `timestamp(3) with time zone` as `timestamp with time zone` and `(3)`; the base in lower case.
fn split(element: &str) -> (String, String) {
    let (before, rest) = element.split_once('(').unwrap_or((element, ""));
    let (modifiers, after) = rest.split_once(')').unwrap_or((rest, ""));
    let words: Vec<&str> = before.split_whitespace().chain(after.split_whitespace()).collect();
    let modifiers: String = modifiers.chars().filter(|c| !c.is_whitespace()).collect();
    let modifiers = if modifiers.is_empty() { modifiers } else { format!("({modifiers})") };
    (words.join(" ").to_lowercase(), modifiers)
}

fn named(base: &str, modifiers: &str) -> Option<(String, bool)> {
    let plain = |name: &str| Some((format!("{name}{modifiers}"), false));
    let vague = |name: &str| Some((format!("{name}{modifiers}"), modifiers.is_empty()));
    match base {
        "int" | "int4" | "integer" | "serial" | "serial4" => plain("integer"),
        "int8" | "bigint" | "bigserial" | "serial8" => plain("bigint"),
        "int2" | "smallint" | "smallserial" | "serial2" => plain("smallint"),
        "bool" | "boolean" => plain("boolean"),
        "float8" | "double precision" => plain("double precision"),
        "float4" | "real" => plain("real"),
        "float" => {
            let bits = modifiers.trim_matches(['(', ')']).parse::<u32>().unwrap_or(53);
            Some((if bits <= 24 { "real" } else { "double precision" }.to_owned(), false))
        }
        "numeric" | "decimal" if !modifiers.is_empty() && !modifiers.contains(',') => {
            Some((format!("numeric{},0)", modifiers.trim_end_matches(')')), false))
        }
        "numeric" | "decimal" => vague("numeric"),
        "varchar" | "character varying" => vague("character varying"),
        // Without a length Postgres takes one character.
        "char" | "character" if modifiers.is_empty() => Some(("character(1)".to_owned(), true)),
        "char" | "character" => plain("character"),
        "bit" if modifiers.is_empty() => Some(("bit(1)".to_owned(), true)),
        "bit" => plain("bit"),
        "varbit" | "bit varying" => vague("bit varying"),
        "timestamptz" | "timestamp with time zone" => zoned("timestamp", modifiers, "with"),
        "timestamp" | "timestamp without time zone" => zoned("timestamp", modifiers, "without"),
        "timetz" | "time with time zone" => zoned("time", modifiers, "with"),
        "time" | "time without time zone" => zoned("time", modifiers, "without"),
        "interval" => vague("interval"),
        "text" | "bytea" | "date" | "uuid" | "json" | "jsonb" | "inet" | "cidr" | "macaddr" | "money" => plain(base),
        _ => None,
    }
}

fn zoned(name: &str, modifiers: &str, zone: &str) -> Option<(String, bool)> {
    Some((format!("{name}{modifiers} {zone} time zone"), modifiers.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_become_what_postgres_prints() {
        let cases = [
            ("INT", "integer"),
            ("int4", "integer"),
            ("Integer", "integer"),
            ("serial", "integer"),
            ("serial4", "integer"),
            ("int8[]", "bigint[]"),
            ("bigint", "bigint"),
            ("bigserial", "bigint"),
            ("serial8", "bigint"),
            ("INT2", "smallint"),
            ("SMALLINT", "smallint"),
            ("smallserial", "smallint"),
            ("serial2", "smallint"),
            ("bool", "boolean"),
            ("BOOLEAN", "boolean"),
            ("float8", "double precision"),
            ("Double  Precision", "double precision"),
            ("float4", "real"),
            ("REAL", "real"),
            ("float", "double precision"),
            ("float(1)", "real"),
            ("float(24)", "real"),
            ("float(25)", "double precision"),
            ("varchar (80)", "character varying(80)"),
            ("CHARACTER VARYING", "character varying"),
            ("varchar[][]", "character varying[]"),
            ("decimal(12, 2)", "numeric(12,2)"),
            ("decimal", "numeric"),
            ("numeric(5)", "numeric(5,0)"),
            ("numeric(5) []", "numeric(5,0)[]"),
            ("timestamptz", "timestamp with time zone"),
            ("TIMESTAMP(3) with time zone", "timestamp(3) with time zone"),
            ("timestamp", "timestamp without time zone"),
            ("timestamp(6) without time zone", "timestamp(6) without time zone"),
            ("timetz(3)", "time(3) with time zone"),
            ("Time with time zone", "time with time zone"),
            ("time(0)", "time(0) without time zone"),
            ("TIME WITHOUT TIME ZONE", "time without time zone"),
            ("INTERVAL", "interval"),
            ("char", "character(1)"),
            ("Character(3)", "character(3)"),
            ("BIT", "bit(1)"),
            ("Bit(3)", "bit(3)"),
            ("varbit", "bit varying"),
            ("BIT VARYING(3)", "bit varying(3)"),
            ("TEXT", "text"),
            ("JSONB[]", "jsonb[]"),
            ("citext", "citext"),
            ("Vector(3)", "Vector(3)"),
            ("\"My type\"", "\"My type\""),
        ];
        for (stated, printed) in cases {
            assert_eq!(canonical(stated).unwrap().name, printed, "{stated}");
        }
    }

    #[test]
    fn what_a_name_leaves_open_is_told() {
        let vague = |stated: &str| canonical(stated).unwrap().vague;
        for stated in ["numeric", "decimal", "varchar", "char", "bit", "varbit", "interval"] {
            assert!(vague(stated), "{stated}");
            assert!(!vague(&format!("{stated}(3)")), "{stated}(3)");
        }
        for base in ["timestamp", "time"] {
            for zone in ["", " with time zone", " without time zone"] {
                assert!(vague(&format!("{base}{zone}")) && !vague(&format!("{base}(3){zone}")), "{base}{zone}");
            }
            assert!(vague(&format!("{base}tz")) && !vague(&format!("{base}tz(3)")), "{base}tz");
        }
        for stated in ["integer", "float", "float(3)", "text", "citext", "mood"] {
            assert!(!vague(stated), "{stated}");
        }
        assert!(canonical("character varying").unwrap().vague && !canonical("character varying(3)").unwrap().vague);
        assert!(canonical("numeric").unwrap().vague && !canonical("uuid").unwrap().vague);
        assert!(canonical("serial").unwrap().serial && !canonical("integer").unwrap().serial);
        assert!(canonical("USER-DEFINED").is_err() && canonical("ARRAY").is_err());
    }
}
