//! All differences between what should be there and what is.

use std::fmt;

use serde_json::Value;

use super::Resources;

/// One resource that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `kind:name` of the resource.
    pub resource: String,
    /// What is wrong with it.
    pub difference: Difference,
}

/// What is wrong with a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// It should be there.
    Missing,
    /// It should not be there.
    Extra,
    /// It is there and differs.
    Differs(Vec<PathDifference>),
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct PathDifference {
    /// Where in the resource, as a JSON Pointer.
    pub path: String,
    /// What should be there.
    pub expected: Option<Value>,
    /// What is there.
    pub existing: Option<Value>,
}

impl Finding {
    /// The finding without values: `missing kind:name`.
    #[must_use]
    pub fn headline(&self) -> String {
        let what = match self.difference {
            Difference::Missing => "missing",
            Difference::Extra => "extra",
            Difference::Differs(_) => "differs",
        };
        format!("{what} {}", self.resource)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if let Difference::Differs(paths) = &self.difference {
            for path in paths {
                let show = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
                write!(f, "\n  at {}: expected {}, is {}", path.path, show(&path.expected), show(&path.existing))?;
            }
        }
        Ok(())
    }
}

/// All differences at once.
#[must_use]
pub fn compare(expected: &Resources, probed: &Resources) -> Vec<Finding> {
    compare_with(expected, probed, false)
}

/// As [`compare`], but members that the expectation leaves out may have any value.
pub(super) fn compare_with(expected: &Resources, probed: &Resources, partial: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (resource, wanted) in expected {
        let difference = match probed.get(resource) {
            None => Difference::Missing,
            Some(found) => {
                let mut paths = Vec::new();
                differences(Some(wanted), Some(found), partial, &mut String::new(), &mut paths);
                if paths.is_empty() {
                    continue;
                }
                Difference::Differs(paths)
            }
        };
        findings.push(Finding { resource: resource.clone(), difference });
    }
    let extra = probed.keys().filter(|resource| !expected.contains_key(*resource));
    findings.extend(extra.map(|resource| Finding { resource: resource.clone(), difference: Difference::Extra }));
    findings.sort_by(|a, b| a.resource.cmp(&b.resource));
    findings
}

fn differences(
    expected: Option<&Value>,
    existing: Option<&Value>,
    partial: bool,
    path: &mut String,
    out: &mut Vec<PathDifference>,
) {
    let length = path.len();
    match (expected, existing) {
        (Some(Value::Object(wanted)), Some(Value::Object(found))) => {
            let extra = found.keys().filter(|name| !partial && !wanted.contains_key(*name));
            for name in wanted.keys().chain(extra) {
                path.push('/');
                path.push_str(name);
                differences(wanted.get(name), found.get(name), partial, path, out);
                path.truncate(length);
            }
        }
        (Some(Value::Array(wanted)), Some(Value::Array(found))) => {
            for index in 0..wanted.len().max(found.len()) {
                path.push_str(&format!("/{index}"));
                differences(wanted.get(index), found.get(index), partial, path, out);
                path.truncate(length);
            }
        }
        _ => {
            let present = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
            let (expected, existing) = (present(expected), present(existing));
            if expected != existing {
                out.push(PathDifference { path: path.clone(), expected, existing });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_differences_are_told_at_once() {
        let expected = Resources::from([
            ("topic:a.gone".to_owned(), json!({})),
            ("topic:a.kept".to_owned(), json!({"partitions": 3, "settings": {"retention.ms": "1", "x": null}})),
            ("topic:a.same".to_owned(), json!({"partitions": 1})),
        ]);
        let probed = Resources::from([
            ("topic:a.kept".to_owned(), json!({"partitions": 2, "settings": {"y": "2"}})),
            ("topic:a.new".to_owned(), json!({})),
            ("topic:a.same".to_owned(), json!({"partitions": 1})),
        ]);
        let told = compare(&expected, &probed).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @r#"
        missing topic:a.gone
        differs topic:a.kept
          at /partitions: expected 3, is 2
          at /settings/retention.ms: expected "1", is nothing
          at /settings/y: expected nothing, is "2"
        extra topic:a.new
        "#);
    }

    #[test]
    fn a_partial_expectation_leaves_the_rest_open_but_not_in_lists() {
        let expected = Resources::from([("a".to_owned(), json!({"b": [{"c": 1}]}))]);
        let more = Resources::from([("a".to_owned(), json!({"b": [{"c": 1, "d": 2}], "e": 3}))]);
        let longer = Resources::from([("a".to_owned(), json!({"b": [{"c": 1}, {"c": 2}]}))]);
        assert_eq!(compare_with(&expected, &more, true), []);
        assert_eq!(compare_with(&expected, &longer, true).len(), 1);
    }
}
