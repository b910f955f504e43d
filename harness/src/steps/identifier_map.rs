//! Identifier maps, as they are proposed and as they should not be.

use cucumber::{then, when};
use serde_json::{Value, json};

use super::restore::{proposal, restore};
use crate::{
    fixtures::Place,
    world::{Failure, Outcome, RestoreWorld},
};

#[when("the export is restored into the target with the map of that answer")]
async fn confirmed(world: &mut RestoreWorld) -> Outcome {
    let map = world.answer()?.body["proposal"].clone();
    restore(world, json!({ "identifier_map": map })).await
}

#[when(regex = "^the export is restored into the target with a map with (.+)$")]
async fn flawed(world: &mut RestoreWorld, flaw: String) -> Outcome {
    let map = spoiled(world, &flaw).await?;
    restore(world, json!({ "identifier_map": map })).await
}

#[then("the refusal tells its findings")]
async fn findings(world: &mut RestoreWorld) -> Outcome {
    let answer = world.answer()?.clone();
    let told = answer.body["details"].as_array().is_some_and(|details| {
        !details.is_empty() && details.iter().all(|detail| detail.as_str().is_some_and(|text| !text.is_empty()))
    });
    world.check(told, || format!("{answer}\n  `details` tells no finding: {}", answer.body["details"]))
}

#[then("nothing in the target names the source")]
async fn unnamed(world: &mut RestoreWorld) -> Outcome {
    let source = world.source().await?.tenant.space.clone();
    let target = world.target()?.space.clone();
    let names = source.names();
    let mut found = Vec::new();
    let mut looked = 0;
    for (domain, probed) in world.session()?.state(&target).await? {
        for (key, value) in &probed.resources {
            looked += 1;
            let text = format!("{key} {value}");
            found.extend(
                names.iter().filter(|name| text.contains(*name)).map(|name| format!("{domain}: {name}: {text}")),
            );
        }
    }
    world.check(looked > 0 && found.is_empty(), || {
        format!("{} of {looked} resources name the source:\n{}", found.len(), found.join("\n"))
    })
}

/// What the implementation proposes, spoiled in one way.
async fn spoiled(world: &mut RestoreWorld, flaw: &str) -> Result<Value, Failure> {
    let mut map = proposal(world, None).await?;
    let bystander = world.bystander_id()?;
    let stranger = format!("{}-stranger", world.session()?.prefix);
    // Within a tenant there is nothing to map, and so nothing to spoil in an entry.
    let first = map["entries"].get(0).cloned().unwrap_or_default();
    let twin = |member: &str, name: &str| {
        let mut twin = first.clone();
        twin[member] = json!(name);
        twin
    };
    match flaw {
        "no entries at all" => map["entries"] = json!([]),
        "an entry left out" => drop(entries(&mut map)?.remove(0)),
        "another source tenant" => map["source_tenant_id"] = json!(stranger),
        "another target tenant" => map["target_tenant_id"] = json!(stranger),
        "an entry from another tenant's space" => map["entries"][0] = twin("from", &stranger),
        "an entry into the bystander's space" => {
            let space = world.session()?.space(&bystander);
            let place = Place::of_scope(first["scope"].as_str().unwrap_or_default());
            map["entries"][0] = twin("to", &place.map_or(bystander, |place| space.get(place)));
        }
        "two entries for the same name" => entries(&mut map)?.push(twin("to", &bystander)),
        "two entries that lead to the same name" => entries(&mut map)?.push(twin("from", &stranger)),
        "an entry of a scope that does not exist" => map["entries"][0] = twin("scope", "iam.everything"),
        "an entry without a scope" => map["entries"][0] = json!({ "from": first["from"], "to": first["to"] }),
        "a blank target" => map["entries"][0] = twin("to", " "),
        "entries that are no list" => map["entries"] = json!({ "iam.realm": first }),
        "nothing but a text" => map = json!("the proposed one"),
        _ => return Err(Failure::Suite(format!("no such flaw: {flaw}"))),
    }
    Ok(map)
}

fn entries(map: &mut Value) -> Result<&mut Vec<Value>, Failure> {
    map["entries"].as_array_mut().ok_or_else(|| Failure::suite("the proposal has no entries"))
}
