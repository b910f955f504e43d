//! One change of a realm, told by what it changes and not by how a backend stores it.

use serde_json::Value;

use super::{Key, Record};

/// A change of one thing, named by its kind and its name.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    /// A member of it gets this value, in JSON.
    Set(&'static str, &'static str, &'static str, &'static str),
    /// A member of it, which is a map or a list, loses what is called so: a key, a text, or something with this `name`.
    Take(&'static str, &'static str, &'static str, &'static str),
    /// It is deleted.
    Drop(&'static str, &'static str),
}

impl Edit {
    /// What to put and what to delete, given what is there. An error where nothing would change.
    pub(super) fn of(&self, records: Vec<Record>) -> Result<(Option<Record>, Option<Key>), String> {
        let (kind, name) = match *self {
            Self::Set(kind, name, ..) | Self::Take(kind, name, ..) | Self::Drop(kind, name) => (kind, name),
        };
        let key = Key { kind: kind.to_owned(), name: name.to_owned() };
        let found = records.into_iter().find(|it| it.key() == key).ok_or_else(|| format!("there is no {key}"))?;
        if matches!(self, Self::Drop(..)) {
            return Ok((None, Some(key)));
        }
        let mut whole = serde_json::to_value(&found).map_err(|error| error.to_string())?;
        let value = &mut whole["value"];
        match *self {
            Self::Set(_, _, member, json) => {
                value[member] = serde_json::from_str(json).map_err(|error| format!("{json}: {error}"))?;
            }
            Self::Take(_, _, member, what) => match &mut value[member] {
                Value::Object(members) => drop(members.remove(what)),
                Value::Array(items) => items.retain(|it| it != what && it["name"] != what),
                _ => return Err(format!("`{member}` of {key} is neither map nor list")),
            },
            Self::Drop(..) => {}
        }
        let changed: Record = serde_json::from_value(whole).map_err(|error| format!("{key}: {error}"))?;
        if changed == found { Err(format!("{key} is so already")) } else { Ok((Some(changed), None)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chief() -> Vec<Record> {
        let role = json!({ "kind": "role", "name": "chief", "value": { "composites": ["a", "b"], "attributes": { "x": [] } } });
        vec![serde_json::from_value(role).unwrap()]
    }

    #[test]
    fn an_edit_changes_what_it_names_and_nothing_else() {
        let after = |edit: Edit| edit.of(chief()).unwrap().0.unwrap().told();
        let taken = after(Edit::Take("role", "chief", "composites", "a"));
        assert_eq!(taken, json!({ "description": null, "attributes": { "x": [] }, "composites": ["b"] }));
        assert_eq!(after(Edit::Take("role", "chief", "attributes", "x"))["attributes"], json!({}));
        assert_eq!(after(Edit::Set("role", "chief", "description", "\"d\""))["description"], "d");
        let (put, delete) = Edit::Drop("role", "chief").of(chief()).unwrap();
        assert!(put.is_none());
        assert_eq!(delete.unwrap().to_string(), "role `chief`");
    }

    #[test]
    fn an_edit_that_changes_nothing_is_an_error() {
        let wrong = |edit: Edit| edit.of(chief()).unwrap_err();
        insta::assert_snapshot!(
            [
                wrong(Edit::Drop("role", "clerk")),
                wrong(Edit::Take("role", "chief", "composites", "c")),
                wrong(Edit::Take("role", "chief", "description", "c")),
                wrong(Edit::Set("role", "chief", "composites", "1")),
            ]
            .join("\n"),
        );
    }
}
