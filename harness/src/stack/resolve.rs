//! Decides for each service where it comes from, before anything is built or started.
//!
//! `auto` takes what is given, else containers, else a process of this machine, and says why it fell through. A named
//! origin never falls back. Every missing prerequisite of every service is told at once.

use super::endpoints::{Origin, Service};
use super::error::{Missing, StackError};
use super::native::{Item, Machine, Tool};
use super::request::StackRequest;
use super::versions::VERSIONS;

/// Why containers are never chosen by this version.
const NO_CONTAINERS: &str = "containers: not built into this version";

/// Where one service comes from, and why not from a more preferred origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Which service.
    pub service: Service,
    /// Where it comes from.
    pub origin: Origin,
    /// One reason for each origin or program that was passed over.
    pub because: Vec<String>,
}

/// Where every service comes from, and what must be installed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// One choice per service, in their order.
    pub choices: Vec<Choice>,
    /// What the native servers need in the cache and is not there.
    pub(crate) to_install: Vec<Item>,
}

/// Decides; reads nothing but its arguments.
pub(crate) fn resolve(request: &StackRequest, machine: &Machine) -> Result<Resolution, StackError> {
    let given = request.external.as_ref().map(|it| it.services()).unwrap_or_default();
    let mut missing = Vec::new();
    let mut choices = Vec::new();
    let mut to_install = Vec::new();
    for service in Service::ALL {
        let mut because = Vec::new();
        let named = request.origins.get(&service).copied();
        let origin = match named {
            Some(origin) => origin,
            None if given.contains(&service) => Origin::External,
            None => {
                because.push(format!("external: no address is given for {service}"));
                because.push(NO_CONTAINERS.to_owned());
                Origin::Native
            }
        };
        match origin {
            Origin::External if given.contains(&service) => {}
            Origin::External => missing.push(Missing {
                service,
                why: "its origin is named `external`, but no address is given".to_owned(),
                ways_out: vec![give_address(service), drop_origin(service)],
            }),
            Origin::Containers => missing.push(Missing {
                service,
                why: format!("its origin is named `containers`; {NO_CONTAINERS}"),
                ways_out: vec![drop_origin(service), give_address(service)],
            }),
            Origin::Native => {
                because.extend(machine.passed_over.get(&service).cloned());
                missing.extend(native_needs(service, machine, &mut to_install));
            }
        }
        choices.push(Choice { service, origin, because });
    }
    if missing.is_empty() { Ok(Resolution { choices, to_install }) } else { Err(StackError::Missing(missing)) }
}

/// What a native server of this service still needs: `to_install` takes what can be installed, the answer is what cannot.
fn native_needs(service: Service, machine: &Machine, to_install: &mut Vec<Item>) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut need = |item: Item| {
        if machine.cached.contains(&item) {
            return;
        }
        if !machine.platform.has(item) {
            missing.push(Missing {
                service,
                why: format!(
                    "no {} on PATH, and there is no pinned build of it for {}",
                    item.program(),
                    machine.platform
                ),
                ways_out: vec![put_on_path(item), give_address(service)],
            });
        } else if let Some(tool) = item.tools().iter().find(|tool| !machine.tools.contains_key(*tool)) {
            missing.push(Missing {
                service,
                why: format!(
                    "no {} on PATH ({} or newer), and {}, which would install {}, is not there either",
                    item.program(),
                    item.minimum(),
                    tool.name(),
                    item.version(),
                ),
                ways_out: vec![
                    format!("install {}, then try again: everything else is done for you", tool.how()),
                    put_on_path(item),
                    give_address(service),
                ],
            });
        } else if !to_install.contains(&item) {
            to_install.push(item);
        }
    };
    if !machine.found.contains_key(&service) {
        need(Item::of(service));
    }
    if service == Service::Kafka && machine.java.is_none() {
        need(Item::Java);
    }
    if service == Service::Postgres && machine.is_root && machine.unprivileged.is_none() {
        missing.push(Missing {
            service,
            why: "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`"
                .into(),
            ways_out: vec![
                "create one (`useradd --system postgres`)".to_owned(),
                "run the suite as an unprivileged user".to_owned(),
                give_address(service),
            ],
        });
    }
    missing
}

fn put_on_path(item: Item) -> String {
    format!("put {} ({} or newer) on PATH", item.program(), item.minimum())
}

fn drop_origin(service: Service) -> String {
    format!("drop `--origin {service}=…`, so that {service} resolves by itself")
}

/// How to give the address of a service.
pub(crate) fn give_address(service: Service) -> String {
    let variable = match service {
        Service::Postgres => "RESTORE_CONFORMANCE_POSTGRES_SUITE_URL",
        Service::Mongodb => "RESTORE_CONFORMANCE_MONGODB_SUITE_URL",
        Service::Kafka => "RESTORE_CONFORMANCE_KAFKA_BOOTSTRAP_SERVERS",
        Service::S3 => "RESTORE_CONFORMANCE_S3_ENDPOINT",
    };
    format!("give the address of a disposable server: `--stack-file FILE`, or {variable} and its companions")
}

/// The ways out when a native server failed although everything it needs was there.
pub(crate) fn ways_out(service: Service) -> Vec<String> {
    let item = Item::of(service);
    let tool = item.tools().first().map_or("the client that installs it", |tool: &Tool| tool.how());
    vec![
        format!("see to what it says, or that {tool} works on this machine, and try again"),
        put_on_path(item),
        give_address(service),
    ]
}

/// The ways out when a server that was given did not take a write and a read.
pub(crate) fn ways_out_external(service: Service) -> Vec<String> {
    vec![
        "correct its address and logins, or the server's answer to them".to_owned(),
        format!("leave {service} out of what is given, so that it resolves by itself"),
        format!("name another origin: `--origin {service}=native`"),
    ]
}

/// Text of a resolution for people.
impl std::fmt::Display for Resolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for choice in &self.choices {
            write!(f, "{:<9} {}", choice.service, choice.origin)?;
            if !choice.because.is_empty() {
                write!(f, " ({})", choice.because.join("; "))?;
            }
            writeln!(f)?;
        }
        for item in &self.to_install {
            writeln!(f, "to install: {} {}", item.program(), item.version())?;
        }
        Ok(())
    }
}

/// The pin of Java's oldest release, for messages.
pub(crate) fn java_minimum() -> &'static str {
    &VERSIONS.kafka.java.minimum
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::stack::external::{ExternalS3, ExternalStack};
    use crate::stack::native::Platform;
    use crate::stack::secret::Secret;

    fn bare() -> Machine {
        Machine {
            platform: Platform { os: "linux", arch: "x86_64" },
            is_root: true,
            unprivileged: None,
            tools: BTreeMap::new(),
            found: BTreeMap::new(),
            passed_over: BTreeMap::new(),
            java: None,
            cached: BTreeSet::new(),
        }
    }

    fn with_tools() -> Machine {
        let tools = Tool::ALL.into_iter().map(|tool| (tool, vec![tool.name().to_owned()])).collect();
        Machine { is_root: false, tools, ..bare() }
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        insta::assert_snapshot!(resolve(&StackRequest::default(), &bare()).unwrap_err());
    }

    #[test]
    fn auto_falls_through_to_native_and_says_why() {
        insta::assert_snapshot!(resolve(&StackRequest::default(), &with_tools()).unwrap());
    }

    #[test]
    fn what_is_found_or_cached_is_not_installed() {
        let mut machine = with_tools();
        machine.found.insert(Service::Postgres, "/usr/lib/postgresql/15/bin".into());
        machine.java = Some("/usr/bin/java".into());
        machine.cached.extend([Item::Mongod, Item::Kafka]);
        let it = resolve(&StackRequest::default(), &machine).unwrap();
        assert_eq!(it.to_install, [Item::Minio]);
    }

    #[test]
    fn what_is_given_is_taken() {
        let external = ExternalStack {
            disposable: true,
            s3: Some(ExternalS3 {
                endpoint: "http://s3.example".into(),
                region: "r".into(),
                access_key_id: "a".into(),
                secret_access_key: Secret::new("b"),
            }),
            ..ExternalStack::default()
        };
        let request = StackRequest { external: Some(external), ..StackRequest::default() };
        let it = resolve(&request, &with_tools()).unwrap();
        assert_eq!(it.choices[3], Choice { service: Service::S3, origin: Origin::External, because: vec![] });
    }

    #[test]
    fn a_named_origin_never_falls_back() {
        let origins = BTreeMap::from([(Service::S3, Origin::External), (Service::Kafka, Origin::Containers)]);
        let request = StackRequest { origins, ..StackRequest::default() };
        insta::assert_snapshot!(resolve(&request, &with_tools()).unwrap_err());
    }

    #[test]
    fn a_platform_without_a_pinned_build_is_said_so() {
        let machine = Machine { platform: Platform { os: "macos", arch: "aarch64" }, ..with_tools() };
        insta::assert_snapshot!(resolve(&StackRequest::default(), &machine).unwrap_err());
    }
}
