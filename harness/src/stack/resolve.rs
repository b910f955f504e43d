//! Decides for each service where it comes from, before anything is built or started.
//!
//! `auto` takes what is given, else containers, else a process of this machine, and says why it fell through. A named
//! origin never falls back. Every missing prerequisite of every service is told at once.

use std::collections::BTreeMap;

use super::containers::Containers;
use super::endpoints::{Origin, Service};
use super::error::{Missing, StackError};
use super::images::{self, Image};
use super::native::{Item, Machine, Tool};
use super::request::StackRequest;
use super::spec::ContainerSpec;
use super::versions::VERSIONS;

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
    /// The services that run as containers.
    pub(crate) containers: BTreeMap<Service, ContainerSpec>,
}

impl Resolution {
    /// A line for every reason why services do not come from a more preferred origin; that no address is given for one
    /// is none.
    #[must_use]
    pub fn passed_over(&self) -> Vec<String> {
        let mut services: BTreeMap<(Origin, &str), Vec<&str>> = BTreeMap::new();
        for choice in &self.choices {
            for why in choice.because.iter().filter(|it| !it.starts_with("external: ")) {
                services.entry((choice.origin, why)).or_default().push(choice.service.as_str());
            }
        }
        services.into_iter().map(|((origin, why), names)| format!("{} {origin}: {why}", names.join(", "))).collect()
    }
}

/// The images of the services that may run as containers.
pub(crate) fn wanted_images(request: &StackRequest) -> BTreeMap<Service, Image> {
    let given = given(request);
    let may = |service: &Service| match request.origins.get(service) {
        Some(origin) => *origin == Origin::Containers,
        None => !given.contains(service),
    };
    Service::ALL.into_iter().filter(may).map(|service| (service, request.image(service))).collect()
}

fn given(request: &StackRequest) -> Vec<Service> {
    request.external.as_ref().map(|it| it.services()).unwrap_or_default()
}

/// Decides; reads nothing but its arguments. `found` tells of the [`wanted_images`].
pub(crate) fn resolve(request: &StackRequest, machine: &Machine, found: &Containers) -> Result<Resolution, StackError> {
    let given = given(request);
    let mut containers = BTreeMap::new();
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
                match container(service, found) {
                    Ok(_) => Origin::Containers,
                    Err(why) => {
                        because.push(format!("containers: {why}"));
                        Origin::Native
                    }
                }
            }
        };
        match origin {
            Origin::External if given.contains(&service) => {}
            Origin::External => missing.push(Missing {
                service,
                why: "its origin is named `external`, but no address is given".to_owned(),
                ways_out: vec![give_address(service), drop_origin(service)],
            }),
            Origin::Containers => match container(service, found) {
                Ok(it) => {
                    containers.insert(service, it);
                }
                Err(why) => missing.push(Missing {
                    service,
                    why: format!("its origin is named `containers`, but {why}"),
                    ways_out: container_needs(service, found),
                }),
            },
            Origin::Native => {
                because.extend(machine.passed_over.get(&service).cloned());
                missing.extend(native_needs(service, machine, &mut to_install));
            }
        }
        choices.push(Choice { service, origin, because });
    }
    if missing.is_empty() {
        Ok(Resolution { choices, to_install, containers })
    } else {
        Err(StackError::Missing(missing))
    }
}

/// What runs a service as a container, or why nothing does.
fn container(service: Service, found: &Containers) -> Result<ContainerSpec, String> {
    if let Some(why) = &found.unusable {
        return Err(why.clone());
    }
    match found.images.get(&service) {
        Some((image, Ok(id))) => Ok(ContainerSpec { image: image.clone(), id: id.clone() }),
        Some((_, Err(why))) => Err(why.clone()),
        None => Err("its image was not looked for".to_owned()),
    }
}

/// What would let a service run as a container.
fn container_needs(service: Service, found: &Containers) -> Vec<String> {
    let first = match found.images.get(&service) {
        Some((image, _)) => vec![
            format!("make `docker pull {image}` work, or build or load an image of that name"),
            name_image(service),
        ],
        None => vec!["start Docker, or let DOCKER_HOST tell where one runs, until `docker info` works".to_owned()],
    };
    first.into_iter().chain([drop_origin(service), give_address(service)]).collect()
}

fn name_image(service: Service) -> String {
    format!("name another image: {}=NAME:TAG, or `images.{service}` in the stack file", images::variable(service))
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
    format!("drop `--origin` for it, so that {service} resolves by itself")
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

/// The ways out when a server failed although everything it needs was there.
pub(crate) fn ways_out(service: Service, origin: Origin) -> Vec<String> {
    if origin == Origin::Containers {
        return vec![
            format!(
                "see to what it says; an image must do as harness/src/stack/containers/README.md tells of {service}"
            ),
            name_image(service),
            format!("name another origin: `--origin {service}=native`"),
            give_address(service),
        ];
    }
    let item = Item::of(service);
    let tool = item.tools().first().map_or("the client that installs it", |tool: &Tool| tool.how());
    vec![
        format!("see to what it says, or that {tool} works on this machine, and try again"),
        put_on_path(item),
        give_address(service),
    ]
}

/// The ways out when a server that was given did not take a write and a read.
/// `given_in` is where it is written, if the implementation writes into just this server.
pub(crate) fn ways_out_external(service: Service, given_in: Option<&str>) -> Vec<String> {
    if let Some(file) = given_in {
        return vec![
            format!("correct the address and logins of {service} in {file}: it must be the server that the implementation uses"),
            "if `stack up` wrote them, that stack may have ended: start one anew, and the implementation with its addresses"
                .to_owned(),
        ];
    }
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
    use crate::stack::external::{ExternalS3, StackFile};
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

    fn no_docker() -> Containers {
        let why = "Docker does not answer: Socket not found: /var/run/docker.sock";
        Containers { unusable: Some(why.to_owned()), images: BTreeMap::new() }
    }

    /// Docker has all images but Kafka's, which cannot be pulled.
    fn docker() -> Containers {
        let image = |service: Service| {
            let image = Image::pinned(service);
            let why = format!("the image {image} is not there and cannot be pulled: pull access denied");
            let id = if service == Service::Kafka { Err(why) } else { Ok(format!("sha256:{service}")) };
            (service, (image, id))
        };
        Containers { unusable: None, images: Service::ALL.map(image).into() }
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        insta::assert_snapshot!(resolve(&StackRequest::default(), &bare(), &no_docker()).unwrap_err());
    }

    #[test]
    fn auto_falls_through_to_native_and_says_why() {
        insta::assert_snapshot!(resolve(&StackRequest::default(), &with_tools(), &no_docker()).unwrap());
    }

    #[test]
    fn what_is_found_or_cached_is_not_installed() {
        let mut machine = with_tools();
        machine.found.insert(Service::Postgres, "/usr/lib/postgresql/15/bin".into());
        machine.java = Some("/usr/bin/java".into());
        machine.cached.extend([Item::Mongod, Item::Kafka]);
        let it = resolve(&StackRequest::default(), &machine, &no_docker()).unwrap();
        assert_eq!(it.to_install, [Item::Minio]);
    }

    #[test]
    fn what_is_given_is_taken() {
        let external = StackFile {
            disposable: true,
            s3: Some(ExternalS3 {
                endpoint: "http://s3.example".into(),
                region: "r".into(),
                access_key_id: "a".into(),
                secret_access_key: Secret::new("b"),
            }),
            ..StackFile::default()
        };
        let request = StackRequest { external: Some(external), ..StackRequest::default() };
        let it = resolve(&request, &with_tools(), &no_docker()).unwrap();
        assert_eq!(it.choices[3], Choice { service: Service::S3, origin: Origin::External, because: vec![] });
    }

    #[test]
    fn a_named_origin_never_falls_back() {
        let origins = BTreeMap::from([(Service::S3, Origin::External), (Service::Kafka, Origin::Containers)]);
        let request = StackRequest { origins, ..StackRequest::default() };
        insta::assert_snapshot!(resolve(&request, &with_tools(), &no_docker()).unwrap_err());
    }

    #[test]
    fn auto_takes_containers_whose_image_is_there_and_says_why_not_the_others() {
        let it = resolve(&StackRequest::default(), &with_tools(), &docker()).unwrap();
        assert_eq!(it.to_install, [Item::Kafka, Item::Java]);
        assert_eq!(
            it.containers.keys().copied().collect::<Vec<_>>(),
            [Service::Postgres, Service::Mongodb, Service::S3]
        );
        insta::assert_snapshot!(it);
    }

    #[test]
    fn a_named_container_without_its_image_is_told_with_what_to_do() {
        let request =
            StackRequest { origins: Service::ALL.map(|it| (it, Origin::Containers)).into(), ..Default::default() };
        insta::assert_snapshot!(resolve(&request, &with_tools(), &docker()).unwrap_err());
    }

    #[test]
    fn a_container_that_failed_is_told_with_what_to_do() {
        let error = StackError::Start {
            service: Service::Postgres,
            why: "the container of postgres:17.5 ended before it was ready (exit code 1)".to_owned(),
            log_tail: vec!["Error: Database is uninitialized and superuser password is not specified.".to_owned()],
            ways_out: ways_out(Service::Postgres, Origin::Containers),
        };
        insta::assert_snapshot!(error);
    }

    #[test]
    fn what_was_passed_over_is_told_once_for_all_services() {
        let told = |found| resolve(&StackRequest::default(), &with_tools(), &found).unwrap().passed_over().join("\n");
        insta::assert_snapshot!(format!("{}\n\n{}", told(no_docker()), told(docker())), @r"
        postgres, mongodb, kafka, s3 native: containers: Docker does not answer: Socket not found: /var/run/docker.sock

        kafka native: containers: the image apache/kafka:4.3.1 is not there and cannot be pulled: pull access denied
        ");
    }

    #[test]
    fn servers_that_an_implementation_uses_already_can_only_be_named_rightly() {
        assert_eq!(ways_out_external(Service::S3, None).len(), 3);
        insta::assert_snapshot!(ways_out_external(Service::S3, Some("mine/stack.yaml")).join("\n"), @"
        correct the address and logins of s3 in mine/stack.yaml: it must be the server that the implementation uses
        if `stack up` wrote them, that stack may have ended: start one anew, and the implementation with its addresses
        ");
    }

    #[test]
    fn docker_is_asked_only_for_what_may_run_there() {
        let origins = BTreeMap::from([(Service::Kafka, Origin::Native), (Service::S3, Origin::Containers)]);
        let request = StackRequest { origins, ..StackRequest::default() };
        assert_eq!(
            wanted_images(&request).into_keys().collect::<Vec<_>>(),
            [Service::Postgres, Service::Mongodb, Service::S3]
        );
    }

    #[test]
    fn a_platform_without_a_pinned_build_is_said_so() {
        let machine = Machine { platform: Platform { os: "macos", arch: "aarch64" }, ..with_tools() };
        insta::assert_snapshot!(resolve(&StackRequest::default(), &machine, &no_docker()).unwrap_err());
    }
}
