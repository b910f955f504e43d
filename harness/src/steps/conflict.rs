//! Conflicts: foretold by a preflight, kept by a restore.

use std::collections::BTreeSet;

use cucumber::{gherkin::Step, then};
use serde_json::Value;

use super::{
    artifact,
    preflight::{analysed, answered, sum},
};
use crate::world::{Failure, Outcome, RestoreWorld};

/// A conflict that must be told.
#[derive(Debug)]
struct Wanted {
    domain: String,
    kind: String,
    name: String,
    severity: String,
    /// What its diff must show, in any case; nothing when it must have none.
    shows: String,
}

/// A conflict as an answer tells it.
#[derive(Debug, Clone)]
struct Told {
    domain: String,
    conflict: Value,
}

#[then("the preflight tells exactly these conflicts:")]
async fn foretold(world: &mut RestoreWorld, step: &Step) -> Outcome {
    let answer = answered(world)?;
    let wanted = wanted(step)?;
    let mut told = Vec::new();
    for domain in analysed(&answer)? {
        consistent(world, &domain)?;
        let key = domain["domain_key"].as_str().unwrap_or_default();
        told.extend(list(&domain, "conflicts").map(|conflict| Told { domain: key.into(), conflict: conflict.clone() }));
    }
    let all: Vec<String> = told.iter().map(Told::to_string).collect();
    for one in &wanted {
        let found = told.iter().position(|it| one.names(it));
        let Some(found) = found.map(|position| told.swap_remove(position)) else {
            return Err(Failure::Violation(format!(
                "the preflight does not tell {one}; it tells:\n{}",
                all.join("\n")
            )));
        };
        let severity = &found.conflict["severity"];
        world.check(*severity == *one.severity, || format!("{one}: its severity is {severity}"))?;
        let advice = found.conflict["recommendation"].as_str().unwrap_or_default();
        world.check(!advice.is_empty(), || format!("{one}: it has no `recommendation`"))?;
        shows(world, one, &found.conflict["diff"], ("artifact", "destination"))?;
    }
    let others: Vec<String> = told.iter().map(Told::to_string).collect();
    world
        .check(others.is_empty(), || format!("the preflight tells conflicts that are none:\n{}", others.join("\n")))?;
    for severity in ["low", "medium", "high", "critical"] {
        let counted = &answer.body["summary"]["conflict_counts"][severity];
        let wanted = wanted.iter().filter(|one| one.severity == severity).count();
        world.check(*counted == wanted, || format!("`conflict_counts.{severity}` is {counted}, not {wanted}"))?;
    }
    Ok(())
}

#[then("the restore is partial and keeps exactly the conflicts of the preflight")]
async fn kept(world: &mut RestoreWorld) -> Outcome {
    let (foreseen, answer) = (answered(world)?, world.answer()?.clone());
    answer.expect_status(&[200])?;
    // The members of a JSON object have no order: two that are equal must be told in the same words.
    let mut report = answer.body;
    report.sort_all_objects();
    world.check(report["result_status"] == "partial", || format!("`result_status` is {}", report["result_status"]))?;
    let mut before = BTreeSet::new();
    for mut domain in analysed(&foreseen)? {
        domain.sort_all_objects();
        for it in list(&domain, "conflicts") {
            before.insert(line(&domain["domain_key"], it, ("artifact", "destination")));
        }
    }
    let mut after = BTreeSet::new();
    for domain in list(&report, "domain_results") {
        let mut kept = 0_u64;
        for it in list(domain, "resource_results").filter(|it| it["action"] == "conflict") {
            kept += 1;
            after.insert(line(&domain["domain_key"], it, ("desired", "existing")));
        }
        let key = &domain["domain_key"];
        world.check(domain["counts"]["conflicts"] == kept, || format!("{key}: `counts.conflicts` is not {kept}"))?;
        let status = &domain["status"];
        let wanted = kept > 0;
        world.check((*status == "conflict") == wanted, || {
            format!("{key}: `status` is {status} with {kept} conflicts")
        })?;
    }
    world.check(!after.is_empty() && before == after, || {
        let lines = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("\n  ");
        format!("the preflight told\n  {}\nand the restore kept\n  {}", lines(&before), lines(&after))
    })
}

#[then("the report says that all else is there: what was lacking created, the rest skipped")]
async fn rest(world: &mut RestoreWorld) -> Outcome {
    let (planted, report) = (world.planted()?.clone(), world.answer()?.body.clone());
    let items = artifact::counts(world.artifact()?)?;
    for domain in list(&report, "domain_results").cloned().collect::<Vec<_>>() {
        let key = domain["domain_key"].as_str().unwrap_or_default().to_owned();
        let counts = &domain["counts"];
        let settled = sum(counts, &["created", "skipped", "conflicts"]);
        world.check(settled.is_some() && settled == items.get(&key).copied() && counts["errors"] == 0, || {
            format!("{key}: the artifact has {:?} resources, the report counts {counts}", items.get(&key))
        })?;
        world.is_verified(&key, &domain)?;
        if key != planted.difference.domain.key() {
            world.check(counts["created"].as_u64() > Some(0), || {
                format!("{key}: nothing was created where nothing was")
            })?;
            continue;
        }
        let created = list(&domain, "resource_results").filter(|it| it["action"] == "created");
        let created: Vec<String> =
            created.map(|it| it["resource_name"].as_str().unwrap_or_default().to_owned()).collect();
        let words = planted.gap.words;
        let stranger = created.iter().find(|name| !words.iter().any(|word| name.contains(word)));
        world.check(stranger.is_none(), || format!("{key}: {stranger:?} was there and is reported as created"))?;
        let missing = words.iter().find(|word| !created.iter().any(|name| name.contains(**word)));
        world.check(missing.is_none(), || format!("{key}: {missing:?} was lacking and is not reported as created"))?;
        world.check(counts["skipped"].as_u64() > Some(0), || format!("{key}: nothing is reported as skipped"))?;
    }
    Ok(())
}

fn wanted(step: &Step) -> Result<Vec<Wanted>, Failure> {
    let table = step.table.as_ref().ok_or_else(|| Failure::suite("the step has no table"))?;
    let rows = table.rows.iter().skip(1).map(|row| match row.as_slice() {
        [domain, kind, name, severity, shows] => Ok(Wanted {
            domain: domain.clone(),
            kind: kind.clone(),
            name: name.clone(),
            severity: severity.clone(),
            shows: shows.clone(),
        }),
        other => Err(Failure::Suite(format!("a row must be domain, type, name, severity, shows, and is {other:?}"))),
    });
    rows.collect()
}

impl Wanted {
    /// Names may be qualified.
    fn names(&self, told: &Told) -> bool {
        let name = told.conflict["resource_name"].as_str().unwrap_or_default();
        told.domain == self.domain && told.conflict["resource_type"] == *self.kind && name.contains(&self.name)
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { domain, kind, name, severity, .. } = self;
        write!(f, "{domain} {kind} `{name}` as {severity}")
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let it = &self.conflict;
        write!(
            f,
            "  {} {} {} as {}: {}",
            self.domain, it["resource_type"], it["resource_name"], it["severity"], it["diff"]
        )
    }
}

/// The counts of a domain are those of its lists, and add up to what was analysed.
fn consistent(world: &mut RestoreWorld, domain: &Value) -> Outcome {
    let key = &domain["domain_key"];
    let conflicts = list(domain, "conflicts").count() as u64;
    let compatible = sum(domain, &["compatible_count", "compatible_with_redacted_count"]);
    let analysed = domain["resources_analyzed"].as_u64();
    world.check(analysed.is_some() && compatible.map(|count| count + conflicts) == analysed, || {
        format!("{key}: {analysed:?} resources were analysed, {compatible:?} are compatible and {conflicts} conflicts")
    })?;
    let status = if conflicts == 0 { "no_conflicts" } else { "analyzed" };
    world.check(domain["status"] == status, || format!("{key}: `status` is {}, not {status}", domain["status"]))
}

/// The diff has both sides of every member, different ones, and shows what differs.
fn shows(world: &mut RestoreWorld, wanted: &Wanted, diff: &Value, sides: (&str, &str)) -> Outcome {
    if wanted.shows.is_empty() {
        return world.check(diff.is_null(), || format!("{wanted}: it is missing, and its diff is {diff}"));
    }
    let members = diff.as_object().cloned().unwrap_or_default();
    let contrast = |it: &Value| it.get(sides.0).is_some() && it.get(sides.1).is_some() && it[sides.0] != it[sides.1];
    world.check(!members.is_empty() && members.values().all(contrast), || {
        format!("{wanted}: each member of its diff needs a different `{}` and `{}`, and it is {diff}", sides.0, sides.1)
    })?;
    let told = diff.to_string().to_lowercase().contains(&wanted.shows.to_lowercase());
    world.check(told, || format!("{wanted}: its diff does not show `{}`: {diff}", wanted.shows))
}

/// A conflict in one line, the same for a preflight and for a report: reports put some types in the plural.
fn line(domain: &Value, it: &Value, (artifact, target): (&str, &str)) -> String {
    let kind = it["resource_type"].as_str().unwrap_or_default();
    let kind = if kind.ends_with("ss") { kind } else { kind.strip_suffix('s').unwrap_or(kind) };
    let sides = it["diff"].as_object().map(|diff| {
        let sides = diff
            .iter()
            .map(|(member, it)| format!("{member}: {} in the artifact, {} in the target", it[artifact], it[target]));
        sides.collect::<Vec<_>>().join("; ")
    });
    format!("{domain} {kind} {}: {}", it["resource_name"], sides.as_deref().unwrap_or("missing"))
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value[member].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_preflight_and_a_report_tell_a_conflict_alike() {
        let foretold = json!({"resource_type": "role", "resource_name": "chief",
            "diff": {"composites": {"artifact": ["a"], "destination": []}}});
        let kept = json!({"resource_type": "roles", "resource_name": "chief",
            "diff": {"composites": {"desired": ["a"], "existing": []}}});
        let other = json!({"resource_type": "roles", "resource_name": "chief",
            "diff": {"composites": {"desired": [], "existing": ["a"]}}});
        let domain = json!("iam");
        let before = line(&domain, &foretold, ("artifact", "destination"));
        assert_eq!(before, line(&domain, &kept, ("desired", "existing")));
        assert_ne!(before, line(&domain, &other, ("desired", "existing")), "the sides are told apart");
        assert_eq!(line(&domain, &json!({"resource_name": "i", "diff": null}), ("a", "b")), "\"iam\"  \"i\": missing");
    }
}
