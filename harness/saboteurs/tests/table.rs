//! The table of saboteurs as a whole: what it must cover, and that what is committed of it is true.

use std::collections::{BTreeMap, BTreeSet};

use restore_saboteurs::{Saboteur, all};

/// Requirements that no saboteur breaks, with the reason.
const UNBROKEN: &[(&str, &str)] = &[("EC4-3", "a SHOULD; its one scenario restores 64 MiB, which takes minutes")];

fn saboteurs() -> impl Iterator<Item = Saboteur> {
    all().into_iter().filter(|it| it.passes.is_none())
}

/// The ids of SPEC.md.
fn requirements() -> BTreeSet<&'static str> {
    let entries = include_str!("../../../SPEC.md").split("- **R-").skip(1);
    entries.filter_map(|entry| entry.split_once("** ")).map(|(id, _)| id).collect()
}

#[test]
fn every_requirement_has_a_saboteur_or_a_reason() {
    let expected: BTreeSet<String> =
        saboteurs().flat_map(|it| it.expectations).map(|it| it.requirement.replacen("R-", "", 1)).collect();
    let excused: BTreeSet<&str> = UNBROKEN.iter().map(|(id, _)| *id).collect();
    let without: Vec<_> =
        requirements().into_iter().filter(|id| !expected.contains(*id) && !excused.contains(id)).collect();
    assert!(without.is_empty(), "in SPEC.md, but no saboteur breaks it: {without:?}");
    let unknown: Vec<_> = expected.iter().filter(|id| !requirements().contains(&***id)).collect();
    assert!(unknown.is_empty(), "broken by a saboteur, but not in SPEC.md: {unknown:?}");
    let idle: Vec<_> = excused.iter().filter(|id| expected.contains(**id)).collect();
    assert!(idle.is_empty(), "said to be unbroken, but a saboteur breaks it: {idle:?}");
}

#[test]
fn every_feature_has_at_least_three() {
    let mut by_feature: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for it in saboteurs() {
        for expected in &it.expectations {
            let feature = expected.requirement.split('-').nth(1).unwrap_or_default();
            by_feature.entry(feature).or_default().insert(it.name);
        }
    }
    let few: Vec<_> = by_feature.iter().filter(|(_, names)| names.len() < 3).collect();
    assert!(few.is_empty(), "{few:?}");
    assert!(saboteurs().count() >= 50, "{}", saboteurs().count());
}

#[test]
fn each_has_a_name_of_its_own_a_fault_and_a_place_to_be_caught() {
    let mut names = BTreeSet::new();
    for it in all() {
        assert!(names.insert(it.name), "two are called {}", it.name);
        assert!(
            it.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
            "{}",
            it.name
        );
        assert!(!it.fault.is_empty() && !it.seams.is_empty(), "{} is no saboteur", it.name);
        assert!(it.passes.is_some() == it.expectations.is_empty(), "{}: nothing must catch it", it.name);
        for expected in &it.expectations {
            assert!(!expected.scenario.is_empty() && !expected.words.is_empty(), "{}: {expected:?}", it.name);
        }
    }
}

#[test]
fn all_four_seams_are_in_use() {
    let seams: BTreeSet<&str> = all().iter().flat_map(|it| it.seams.clone()).collect();
    assert_eq!(seams, BTreeSet::from(["builder", "domain", "http", "wire"]));
}

#[test]
fn the_committed_matrix_is_of_these_saboteurs_and_has_no_survivor() {
    let matrix = include_str!("../MATRIX.md");
    let rows: BTreeSet<(String, String)> = matrix
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|line| {
            let mut cells = line.split(" | ").map(str::to_owned);
            Some((cells.next()?, cells.next()?))
        })
        .filter(|(requirement, _)| requirement.starts_with("R-"))
        .collect();
    let mut wanted = BTreeSet::new();
    for it in saboteurs() {
        wanted.extend(it.expectations.iter().map(|expected| (expected.requirement.to_owned(), it.name.to_owned())));
    }
    let missing: Vec<_> = wanted.difference(&rows).collect();
    let gone: Vec<_> = rows.difference(&wanted).collect();
    assert!(missing.is_empty() && gone.is_empty(), "make it again: lacks {missing:?}, has {gone:?}");
    for end in ["**survived**", "**wrong reason**", "**not judged**", "**wrongly accused**"] {
        assert!(!matrix.contains(end), "harness/saboteurs/MATRIX.md tells of {end}");
    }
}
