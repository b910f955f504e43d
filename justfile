# List the recipes.
default:
    @just --list

# What CI checks besides the tests.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny --workspace check bans licenses sources
    .ci/independence

# Unit tests and the features, on real servers.
test:
    cargo test

# The main job.
run *ARGS:
    cargo conformance run {{ARGS}}

# The suite against faulty engines, and the table of how each was found out.
saboteurs *ARGS:
    cargo conformance saboteurs --markdown harness/saboteurs/MATRIX.md {{ARGS}}

# The engine against the scripts that do the same by hand, on servers of their own. Other profiles: see CONTRIBUTING.md.
bench *ARGS:
    cargo bench --profile dev --bench restore -- {{ARGS}}

# What the unit tests notice when the code is changed (cargo-mutants; hours). `just mutants --shard 0/6 --sharding round-robin` is a fair sample.
mutants *ARGS:
    scripts/mutants {{ARGS}}

# One archive that certifies anywhere without Cargo, in target/dist.
dist PROFILE="release":
    scripts/dist {{PROFILE}}
