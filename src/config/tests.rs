use super::*;

const MINIMAL: &str = "control: {url: 'postgres://localhost/control'}\ndomains: {}\n";

fn parse(text: &str, environment: &[(&str, &str)]) -> Result<Config> {
    Config::parse(text, environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn the_environment_overrides_and_adds_keys() {
    let config = parse(
        MINIMAL,
        &[
            ("RESTORE_ENGINE__LIMITS__MAX_ARTIFACT_BYTES", "1024"),
            ("RESTORE_ENGINE__DOMAINS__KAFKA__BOOTSTRAP_SERVERS", "localhost:9092"),
            ("RESTORE_ENGINE__DOMAINS__KAFKA__PASSWORD", "12345"),
            ("RESTORE_ENGINE__DOMAINS__KAFKA__SHARED_PRINCIPALS", "['User:metrics']"),
            ("UNRELATED", "x"),
        ],
    )
    .unwrap();
    assert_eq!(config.limits.max_artifact_bytes, 1024);
    let kafka = config.domains.kafka.unwrap();
    assert_eq!(kafka.password.as_deref(), Some("12345"), "a password that looks like a number stays text");
    assert_eq!(kafka.shared_principals, ["User:metrics"]);
}

#[test]
fn every_unusable_configuration_names_its_key() {
    let message = |text: &str, environment: &[(&str, &str)]| parse(text, environment).unwrap_err().to_string();
    let lock = format!("{MINIMAL}lock: {{ttl_seconds: 5, heartbeat_seconds: 3}}\n");
    let auth = format!("{MINIMAL}auth: {{issuer: x}}\n");
    let kafka = |millis| {
        let domains = format!("{{kafka: {{bootstrap_servers: 'h:1', request_timeout_ms: {millis}}}}}");
        MINIMAL.replace("domains: {}", &format!("domains: {domains}"))
    };
    assert!(parse(&kafka(28_499), &[]).is_ok());
    let messages = [
        message("domains: {}", &[]),
        message(&format!("{MINIMAL}listne: x\n"), &[]),
        message(MINIMAL, &[("RESTORE_ENGINE__DOMAINS__KAFKA__REQUEST_TIMEOUT_MS", "soon")]),
        message(MINIMAL, &[("RESTORE_ENGINE__CONTROL__URL__HOST", "x")]),
        message(&lock, &[]),
        message(&auth, &[]),
        message(&kafka(28_500), &[]),
        message(&format!("{MINIMAL}naming: {{schema: platform}}\n"), &[]),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}
