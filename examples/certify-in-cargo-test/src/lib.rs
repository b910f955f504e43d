//! Stands for a crate with an implementation of its own; its test is what there is to see.
