//! `just bench`: a generated tenant is restored by the engine, and made by the scripts that an operator would write
//! without it, side by side in one run, on servers of its own.
//!
//! - `bed`: servers, engine, and the tenant as an artifact and as a dump
//! - `sides`: one round of one case: the engine twice, the scripts once
//! - `pg`: `pg_dump` and `pg_restore`

mod bed;
mod pg;
mod sides;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use restore_conformance::{
    fixtures::{Domain, Generate},
    implementation::workspace,
    measure::{Case, Machine, Measurement, Round, table},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use self::bed::Bed;

/// The restore of a generated tenant, measured against scripts that do the same by hand.
#[derive(Debug, Parser)]
#[command(name = "just bench")]
struct Options {
    /// How often each case is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Only these domains, separated by commas; more than one are also measured together
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    domains: Vec<Domain>,
    /// Size of the tenant in percent of 1,000 tables, collections, roles and members, 500 topics, 100 buckets
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=100))]
    percent: u16,
    /// An engine instead of the one of this workspace, such as a release build
    #[arg(long, value_name = "PATH")]
    engine: Option<PathBuf>,
    /// What cargo passes to every benchmark
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

fn main() -> ExitCode {
    // Fails only if a provider is there already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(work(&options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn work(options: &Options) -> Result<(), String> {
    let folder =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from).join("bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let sizes = sizes(options.percent);
    let cases = cases(&options.domains);
    // Before the preparation, so that it is others' work that shows.
    let machine = Machine::look();
    // Cargo runs benchmarks in their package's folder; whoever names a file stands at the root.
    let engine = options.engine.as_ref().map(|path| workspace().join(path));
    let mut bed = Bed::prepare(&folder, engine.as_deref(), &sizes, &cases).await?;
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); cases.len()];
    for number in 0..options.rounds {
        for (case, of_case) in cases.iter().zip(&mut rounds) {
            let round = sides::round(&mut bed, case, number).await?;
            println!(
                "  … round {} of {}, {}: script {:.2} s, engine {:.2} s, again {:.2} s",
                number + 1,
                options.rounds,
                name(case),
                round.script.as_secs_f64(),
                round.fresh.as_secs_f64(),
                round.equal.as_secs_f64()
            );
            of_case.push(round);
        }
    }
    let measurement = Measurement {
        measured_at: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        machine,
        engine: bed.engine.clone(),
        profile: bed.profile().to_owned(),
        backends: bed.servers.clone(),
        tools: bed.tools(),
        tenant: sizes,
        artifact_bytes: bed.artifact.len(),
        cases: cases.iter().zip(rounds).map(|(case, rounds)| Case::new(name(case), rounds)).collect(),
    };
    bed.stop().await;
    tell(&measurement);
    let path = folder.join("restore.json");
    let text = serde_json::to_string_pretty(&measurement).map_err(|error| error.to_string())?;
    std::fs::write(&path, format!("{text}\n")).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    println!("result   {}", path.display());
    Ok(())
}

fn sizes(percent: u16) -> Generate {
    let of = |whole: usize| (whole * usize::from(percent)).div_ceil(100);
    Generate {
        tables: of(1_000),
        collections: of(1_000),
        topics: of(500),
        buckets: of(100),
        roles: of(1_000),
        members: of(1_000),
        ..Generate::default()
    }
}

/// Each domain alone, then all of them side by side.
fn cases(chosen: &[Domain]) -> Vec<Vec<Domain>> {
    let chosen = if chosen.is_empty() { Domain::ALL.to_vec() } else { chosen.to_vec() };
    let mut cases: Vec<Vec<Domain>> = chosen.iter().map(|domain| vec![*domain]).collect();
    if chosen.len() > 1 {
        cases.push(chosen);
    }
    cases
}

fn name(case: &[Domain]) -> &'static str {
    match case {
        [domain] => domain.key(),
        _ => "together",
    }
}

fn tell(measurement: &Measurement) {
    let it = measurement;
    let tenant = &it.tenant;
    println!("\n{}\n", table(&it.cases));
    println!(
        "tenant   {} tables, {} collections, {} topics, {} buckets, {} roles, {} members; artifact {} KiB",
        tenant.tables,
        tenant.collections,
        tenant.topics,
        tenant.buckets,
        tenant.roles,
        tenant.members,
        it.artifact_bytes / 1024
    );
    println!(
        "machine  {} cores, {}, load before {}",
        it.machine.cores,
        it.machine.platform,
        it.machine.load_before.map_or_else(|| "unknown".to_owned(), |load| format!("{load:.1}"))
    );
    println!("engine   {} profile, sha256 {:.12}", it.profile, it.engine.sha256.as_deref().unwrap_or_default());
    for backend in &it.backends {
        println!("server   {} {} ({})", backend.name, backend.version, backend.origin);
    }
    for (tool, version) in &it.tools {
        println!("script   {tool} {version}");
    }
}
