//! What Docker is asked for, held against the documentation.

use std::fmt::Write as _;
use std::path::Path;

use testcontainers::{CopyToContainer, Image as _};

use super::request::{Placement, ServerImage, opened, request};
use super::{Mark, kafka, minio, mongodb, postgres};
use crate::stack::endpoints::{Login, Origin, SaslUser, Service};
use crate::stack::images::Image;
use crate::stack::ready::condition;
use crate::stack::secret::Secret;
use crate::stack::server::Address;
use crate::stack::server::kafka::Users;

const README: &str = include_str!("README.md");

/// The image of a service as it is used, with words for what is random.
fn image(service: Service) -> ServerImage {
    let login = Login { username: "conformance".into(), password: Secret::new("<password>") };
    let user = |name: &str| SaslUser {
        username: name.into(),
        password: Secret::new(format!("<password of {name}>")),
        mechanism: "PLAIN".into(),
    };
    let pinned = Image::pinned(service);
    match service {
        Service::Postgres => postgres::image(&pinned, &login),
        Service::Mongodb => mongodb::image(&pinned, &login),
        Service::Kafka => {
            let users = Users {
                broker: user("broker"),
                suite: user("conformance"),
                engine: user("restore-engine"),
                ordinary: user("ordinary"),
            };
            let address = Address { origin: Origin::Containers, host: "127.0.0.1".into(), port: 32768 };
            kafka::image(&pinned, &address, &users, "<cluster id>".into())
        }
        Service::S3 => minio::image(&pinned, &login, &Secret::new("<32 bytes as base64>")),
    }
}

fn files(image: &ServerImage) -> Vec<&CopyToContainer> {
    image.copy_to_sources().into_iter().collect()
}

/// Everything that Docker is asked for, as text.
fn rendered(service: Service, at: Placement<'_>) -> String {
    let it = request(service, image(service), at);
    let mut text = format!("image {}\n", it.descriptor());
    for (name, value) in it.env_vars() {
        let _ = writeln!(text, "env   {name}={value}");
    }
    let command: Vec<_> = it.cmd().map(std::borrow::Cow::into_owned).collect();
    let _ = writeln!(text, "cmd   {command:?}");
    for port in it.expose_ports() {
        let _ = writeln!(text, "port  {:?}", opened(*port, at));
    }
    for (name, value) in it.labels() {
        let _ = writeln!(text, "label {name}={value}");
    }
    let _ = writeln!(text, "shm   {} MiB", it.shm_size().unwrap_or_default() >> 20);
    for file in files(it.image()) {
        let (path, content) = parts(file);
        let _ = writeln!(text, "file  {path}\n{content}");
    }
    text
}

/// Path and content of a file, which testcontainers shows in its `Debug` form only.
fn parts(file: &CopyToContainer) -> (String, String) {
    let text = format!("{file:?}");
    let path = text.split('"').nth(1).expect("the path is quoted").to_owned();
    let (_, rest) = text.split_once("Data([").expect("files are given as data");
    let (numbers, _) = rest.split_once("])").expect("the list of bytes is closed");
    let bytes: Vec<u8> = numbers.split(", ").map(|it| it.parse().expect("a byte")).collect();
    (path, String::from_utf8(bytes).expect("files are text"))
}

#[test]
fn docker_is_asked_for_just_this() {
    let mark = Mark::labelled("machine:/tmp/restore-conformance-0", "0a1b2c");
    for service in Service::ALL {
        let at = Placement { mark: &mark, host: "127.0.0.1", port: 32768 };
        insta::assert_snapshot!(format!("{service}"), rendered(service, at));
    }
}

#[test]
fn a_port_is_open_for_this_machine_only_unless_docker_is_elsewhere() {
    let mark = Mark::new(Path::new("/tmp"), "key");
    let port = image(Service::S3).expose_ports()[0];
    let opened = |host: &str| format!("{:?}", opened(port, Placement { mark: &mark, host, port: 7 }));
    assert!(opened("127.0.0.1").contains("host_ip: Some(\"127.0.0.1\")"), "{}", opened("127.0.0.1"));
    assert!(opened("docker.example").contains("host_ip: None"), "{}", opened("docker.example"));
}

/// The table of the documentation, as the requests make it.
fn table() -> String {
    let mark = Mark::new(Path::new("/tmp"), "key");
    let mut text =
        "| service | image | environment | command | file | port | ready when |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for service in Service::ALL {
        let it = request(service, image(service), Placement { mark: &mark, host: "127.0.0.1", port: 1 });
        let lines = |all: Vec<String>| all.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join("<br>");
        let env = lines(it.env_vars().map(|(name, value)| format!("{name}={value}")).collect());
        let command = lines(vec![it.cmd().map(std::borrow::Cow::into_owned).collect::<Vec<_>>().join(" ")]);
        let command = if command == "``" { "that of the image".to_owned() } else { command };
        let paths = files(it.image()).into_iter().map(|file| parts(file).0);
        let (files, ports) = (lines(paths.collect()), it.expose_ports());
        let ports: Vec<String> = ports.iter().map(|it| it.as_u16().to_string()).collect();
        let _ = writeln!(
            text,
            "| {service} | `{}` | {env} | {command} | {files} | {} | {} |",
            it.descriptor(),
            ports.join(", "),
            condition(service),
        );
    }
    text
}

#[test]
fn the_documented_table_is_that_of_the_requests() {
    let (_, rest) = README.split_once("<!-- table -->\n").expect("README.md has the table");
    let (documented, _) = rest.split_once("<!-- end of table -->").expect("README.md ends the table");
    assert!(documented == table(), "containers/README.md is out of date; its table is now:\n\n{}", table());
}
