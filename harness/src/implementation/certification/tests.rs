//! What a certification says, and what is wrong with one.

use super::*;

const STARTED: &str = "implementation: { name: x, version: '1' }
start: { command: [./run.sh, --port, '${port}'] }
capabilities: [older_formats]
";

const RUNNING: &str = "implementation: { name: x, version: '1' }
base_url: http://127.0.0.1:7/base/
token: { file: token }
backends: { disposable: true, s3: { endpoint: 'http://127.0.0.1:9', access_key_id: a, secret_access_key: b } }
domains: [storage]
capabilities: [older_formats, faults, runs]
";

/// What comes of a file with this text, beside a program and a token.
fn load<T>(text: &str, then: impl FnOnce(&Certification) -> Result<T, String>) -> Result<T, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("certification.yaml"), text).unwrap();
    std::fs::write(folder.path().join("run.sh"), "#!/bin/sh\n").unwrap();
    std::fs::write(folder.path().join("token"), "abc").unwrap();
    let at = |path: &Path| path.display().to_string();
    Certification::load(&folder.path().join("certification.yaml")).and_then(|it| then(&it)).map_err(|told| {
        told.replace(&at(&folder.path().canonicalize().unwrap()), "DIR").replace(&at(folder.path()), "DIR")
    })
}

fn wrong(text: &str) -> String {
    let all = |it: &Certification| {
        let looked = it.iam_command("url").map(drop);
        it.backends().and(it.dialect().map(drop)).and(it.reach().map(drop)).and(looked)
    };
    load(text, all).expect_err(text)
}

#[test]
fn a_program_is_found_beside_its_file_and_what_is_not_declared_is_withheld() {
    let (reach, facts) = load(STARTED, Certification::reach).unwrap();
    let Reach::Start(program) = reach else { panic!("it is started") };
    assert!(program.executable.ends_with("run.sh"), "{}", program.executable.display());
    assert_eq!(facts.capabilities, ["older_formats", "minted_tokens"], "the suite signs what copies trust");
    assert_eq!((facts.version.as_deref(), facts.sha256.is_some(), facts.domains.len()), (Some("1"), true, 5));
}

#[test]
fn what_takes_a_copy_that_the_suite_starts_cannot_be_tried_at_an_address() {
    let (reach, facts) = load(RUNNING, Certification::reach).unwrap();
    assert!(matches!(reach, Reach::At(base) if base == "http://127.0.0.1:7/base"));
    assert_eq!((&*facts.domains, facts.sha256), (&["storage".to_owned()][..], None));
    let withheld = load(RUNNING, |it| Ok(it.withheld())).unwrap();
    let told: Vec<String> = withheld.iter().map(|(it, why)| format!("{it}: {why}")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    preflight_digest: the implementation does not declare `preflight_digest`: answers a preflight with a digest, and holds a restore to it
    faults: `faults` takes copies that the suite starts, and this one is given by its `base_url`
    replicas: `replicas` takes copies that the suite starts, and this one is given by its `base_url`
    process_control: `process_control` takes copies that the suite starts, and this one is given by its `base_url`
    bounded_memory: the implementation does not declare `bounded_memory`: needs no more than eight times the limit of artifacts as memory
    minted_tokens: the tokens are given: the suite can make none of another scope or age
    ");
}

#[test]
fn either_an_address_or_a_way_to_start_it_is_taken_and_what_goes_with_each() {
    let without = |text: &str, member: &str| {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(member)).collect();
        kept.join("\n")
    };
    insta::assert_snapshot!([
        wrong(&format!("{STARTED}base_url: http://x")),
        wrong(&without(STARTED, "start")),
        wrong(&without(RUNNING, "token")),
        wrong(&without(RUNNING, "backends")),
        wrong(&without(RUNNING, "domains")),
        wrong(&RUNNING.replace("disposable: true, ", "")),
        wrong(&format!("{RUNNING}stack_file: stack.yaml")),
        wrong(&RUNNING.replace("http://127.0.0.1:7/base/", "127.0.0.1:7")),
        wrong(&RUNNING.replace("http://127.0.0.1:7/base/", "http://me:secret@host")),
        wrong(&RUNNING.replace("http://127.0.0.1:7/base/", "http://host/?a=b")),
        wrong(&RUNNING.replace("faults", "minted_tokens")),
        wrong(&without(RUNNING, "backends").replace("token:", "stack_file: none.yaml\ntoken:")),
    ].join("\n"), @"
    DIR/certification.yaml: it has both `base_url` and `start`: it takes exactly one
    DIR/certification.yaml: it has neither `base_url` (one that runs already) nor `start` (how the suite starts it): it takes exactly one
    DIR/certification.yaml: `base_url` needs `token`: one that runs already trusts no key that the suite makes; `env`, `file` or `command` give a token, `signing_key` a key that it trusts
    DIR/certification.yaml: `base_url` needs `backends`, or `stack_file`: the suite looks into the backends that the implementation writes into
    the domain `iam` of an implementation at a `base_url` lives in a postgres whose address is not given: add `postgres` to `backends`, or leave the domain out of `domains`
    `backends`: external services: the suite creates and deletes tenants in what it is given, so it takes only servers that are marked `disposable: true` (or RESTORE_CONFORMANCE_DISPOSABLE=true)
    DIR/certification.yaml: it has both `stack_file` and `backends`: it takes one
    DIR/certification.yaml: `base_url` is no URL (relative URL without a base): it is as `https://restore.example/base`
    DIR/certification.yaml: `base_url` holds credentials: they belong into `token`
    DIR/certification.yaml: `base_url` has a query or a fragment: it is as `https://restore.example/base`
    DIR/certification.yaml: `minted_tokens` is declared, but `token` gives tokens that the suite does not sign
    `stack_file`: DIR/none.yaml: there is no such file
    ");
}

#[test]
fn what_is_wrong_is_told_with_file_and_place() {
    insta::assert_snapshot!([
        wrong(&STARTED.replace("older_formats", "older_format")),
        wrong(&STARTED.replace("older_formats", "flying")),
        wrong(&STARTED.replace("start", "run")),
        wrong(&STARTED.replace("capabilities", "capabilites")),
        wrong(&STARTED.replace("[./run.sh, --port, '${port}']", "[]")),
        wrong(&format!("{STARTED}domains: [storage, iams]\n")),
        wrong(&format!("{STARTED}domains: []\n")),
        wrong(&format!("{STARTED}mode: lenient\n")),
        wrong(&format!("{STARTED}token: {{ env: A, file: b }}\n")),
        wrong(&format!("{STARTED}tenants: {{ delete: {{ method: POST, path: '/t/{{tenant}}' }} }}\n")),
        wrong(&format!("{STARTED}naming: {{ schema: platform }}\n")),
        wrong(&format!("{STARTED}naming: {{ scheme: platform }}\n")),
        wrong(&format!("{STARTED}time_outs: {{ request_seconds: 0 }}\n")),
        wrong(&format!("{STARTED}time_outs: {{ request: 7 }}\n")),
        wrong(&STARTED.replace("name: x, ", "")),
        wrong(&STARTED.replace("./run.sh", "./walk.sh")),
        wrong(&STARTED.replace("./run.sh", "no-such-program")),
    ].join("\n"), @"
    DIR/certification.yaml: capabilities: there is no capability `older_format`; did you mean `older_formats`? at line 3 column 15
    DIR/certification.yaml: capabilities: there is no capability `flying`; there are older_formats, preflight_digest, runs, faults, replicas, process_control, bounded_memory, minted_tokens at line 3 column 15
    DIR/certification.yaml: unknown field `run`, expected one of `implementation`, `base_url`, `start`, `token`, `stack_file`, `backends`, `capabilities`, `domains`, `mode`, `tenants`, `naming`, `iam`, `older_artifacts`, `time_outs` at line 2 column 1
    DIR/certification.yaml: unknown field `capabilites`; did you mean `capabilities`? at line 3 column 1
    DIR/certification.yaml: `start.command` is empty: it is the program and its arguments
    DIR/certification.yaml: domains: there is no domain `iams`; did you mean `iam`? at line 4 column 10
    DIR/certification.yaml: `domains` is empty: name those that it serves, or leave it out for all
    DIR/certification.yaml: mode: unknown variant `lenient`, expected `strict` or `compatible` at line 4 column 7
    DIR/certification.yaml: `token` has env and file of `env`, `file`, `command` and `signing_key`: it takes exactly one; leave `token` out where the suite is to sign tokens for copies that it starts
    DIR/certification.yaml: `tenants.delete`: there is no placeholder `{tenant}`; there are {id}, {name}
    DIR/certification.yaml: `naming.schema`: `platform` is the same for all tenants; it takes {tenant} or {tenant_underscored}
    DIR/certification.yaml: naming: unknown field `scheme`; did you mean `schema`? at line 4 column 11
    DIR/certification.yaml: `time_outs.request_seconds` is 0: from 1 to 3600 seconds
    DIR/certification.yaml: time_outs: unknown field `request`; did you mean `request_seconds`? at line 4 column 14
    DIR/certification.yaml: implementation: missing field `name` at line 1 column 17
    there is no program DIR/./walk.sh
    there is no program `no-such-program` in PATH; one beside the file is `./no-such-program`
    ");
}

#[test]
fn a_file_that_is_not_there_is_told_to_be_no_certification() {
    let told = Certification::load(Path::new("no/nix")).unwrap_err();
    assert_eq!(told, "no/nix: there is no such certification file");
}

#[test]
fn it_is_spoken_to_as_it_says() {
    let text = format!("{STARTED}mode: compatible\ntime_outs: {{ request_seconds: 7, ready_seconds: 90 }}\n");
    let dialect = load(&text, Certification::dialect).unwrap();
    assert_eq!((dialect.mode, dialect.patience.as_secs(), dialect.ready_within.as_secs()), (Mode::Compatible, 7, 90));
    let dialect = load(STARTED, Certification::dialect).unwrap();
    assert_eq!((dialect.mode, dialect.patience), (Mode::Strict, timeouts::REQUEST));
}

#[test]
fn the_schema_takes_what_the_types_take() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    let value = |text: &str| serde_yaml::from_str::<serde_json::Value>(text).unwrap();
    assert!(schema.is_valid(&value(STARTED)) && schema.is_valid(&value(RUNNING)));
    assert!(!schema.is_valid(&value(&format!("{STARTED}base_url: http://x"))));
    assert!(!schema.is_valid(&value(&format!("{STARTED}modus: strict"))));
}

const DRIVEN: &str = "implementation: { name: x, version: '1' }
start: { command: [./run.sh] }
iam: { driver: exec, command: [./run.sh, '${directory_url}'] }
";

#[test]
fn where_a_driver_knows_the_identities_no_directory_is_asked_for() {
    let running = RUNNING.replace("domains: [storage]", "domains: [iam, storage]");
    assert!(wrong(&running).contains("the domain `iam`"));
    let driven = format!("{running}iam: {{ driver: exec, command: [./run.sh] }}\n");
    assert!(load(&driven, |it| it.backends().map(drop)).is_ok());
    assert_eq!(load(DRIVEN, |it| Ok(it.unproxied())).unwrap(), [Domain::Iam].into());
    assert_eq!(load(STARTED, |it| Ok(it.unproxied())).unwrap(), [].into());
}

#[test]
fn what_is_wrong_with_a_driver_is_told_before_anything_is_started() {
    insta::assert_snapshot!(
        [
            wrong(&DRIVEN.replace("[./run.sh, '${directory_url}']", "[]")),
            wrong(&DRIVEN.replace("exec", "keycloak")),
            wrong(&DRIVEN.replace("command: [./run.sh, ", "commands: [./run.sh, ")),
            wrong(&format!("{STARTED}iam: {{ driver: directory, command: [x] }}\n")),
            wrong(&DRIVEN.replace("[./run.sh, ", "[./ran.sh, ")),
            wrong(&DRIVEN.replace("directory_url", "url")),
        ]
        .join("\n"),
        @"
    DIR/certification.yaml: `iam.command` is empty: it is the program and its arguments
    DIR/certification.yaml: iam.driver: unknown variant `keycloak`, expected `directory` or `exec` at line 3 column 16
    DIR/certification.yaml: unknown field `commands`; did you mean `command`?
    DIR/certification.yaml: unknown field `command`, there are no fields
    `iam.command`: there is no program DIR/./ran.sh
    `iam`: `${url}`: there is no `${url}`; there are directory_url
    "
    );
}
