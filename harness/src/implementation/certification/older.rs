//! Artifacts that the implementation wrote in earlier days.

use std::{collections::BTreeSet, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Certification;
use crate::fixtures::Kept;

/// An artifact of earlier days. It is restored into an empty tenant, which must then hold what `holds` declares, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OlderArtifact {
    /// The artifact, seen from the folder of this file. Its scenario is named after it.
    pub file: PathBuf,
    /// The tenant that it is of, as `schemas/tenant-fixture.json` has it, without placeholders: what the artifact can say of it.
    pub holds: PathBuf,
}

impl Certification {
    /// The artifacts that were kept, read.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn kept(&self) -> Result<Vec<Kept>, String> {
        let mut names = BTreeSet::new();
        let kept = self.older_artifacts.iter().map(|it| {
            let kept = Kept::load(&self.folder, &it.file, &it.holds)?;
            if names.insert(kept.name.clone()) { Ok(kept) } else { Err(format!("{}: it is named twice", kept.name)) }
        });
        kept.collect::<Result<_, _>>().map_err(|problem| format!("`older_artifacts`: {problem}"))
    }
}
