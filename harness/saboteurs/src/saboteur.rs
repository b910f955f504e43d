//! What a saboteur is: a complete engine with one fault, and what the suite must say of it.

use serde::Serialize;

use crate::seams::Seams;

/// An engine with one fault; or a variant, which is odd but right.
#[derive(Serialize)]
pub struct Saboteur {
    /// Says what it does, as in `creates_topics_with_one_partition`.
    pub name: &'static str,
    /// The fault in one sentence, or the oddity.
    pub fault: &'static str,
    /// Where it is put in.
    pub seams: Vec<&'static str>,
    /// Each of these must convict it. None for a variant.
    pub expectations: Vec<Expectation>,
    /// Tag expression of the scenarios that a variant must pass. None for a saboteur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<&'static str>,
    #[serde(skip)]
    pub(crate) at: Seams,
}

/// A requirement that must convict a saboteur, where, and for which reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// An id of SPEC.md, as in `R-E1-2`.
    pub requirement: &'static str,
    /// Part of the title of the scenario that must fail. It has the requirement's tag.
    pub scenario: &'static str,
    /// What the words of that failure must hold: the reason.
    pub words: &'static str,
}

impl Saboteur {
    /// An engine without a fault yet.
    pub(crate) fn new(name: &'static str, fault: &'static str) -> Self {
        Self { name, fault, seams: Vec::new(), expectations: Vec::new(), passes: None, at: Seams::default() }
    }

    /// An engine without an oddity yet, which must pass these scenarios.
    pub(crate) fn variant(name: &'static str, oddity: &'static str, passes: &'static str) -> Self {
        Self { passes: Some(passes), ..Self::new(name, oddity) }
    }

    /// It must be convicted by `requirement`, in the scenario whose title holds `scenario`, with these words.
    pub(crate) fn caught(mut self, requirement: &'static str, scenario: &'static str, words: &'static str) -> Self {
        self.expectations.push(Expectation { requirement, scenario, words });
        self
    }

    /// Remembers where a fault is put in.
    pub(crate) fn at(mut self, seam: &'static str) -> Self {
        if !self.seams.contains(&seam) {
            self.seams.push(seam);
        }
        self
    }
}
