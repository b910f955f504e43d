//! Where a backend is, and the same with the proxy's address in its place.

use super::ProxyError;
use crate::{
    fixtures::Domain,
    stack::{Endpoints, Secret, Service},
};

/// The service that a domain lives in.
pub(super) const fn service_of(domain: Domain) -> Service {
    match domain {
        Domain::Iam | Domain::PostgresMetadata => Service::Postgres,
        Domain::MongoMetadata => Service::Mongodb,
        Domain::Kafka => Service::Kafka,
        Domain::Storage => Service::S3,
    }
}

/// The same stack, but that this service is reached at other addresses: `route` gives the port on 127.0.0.1 that leads
/// to a host and port.
pub(super) fn rerouted(
    endpoints: &Endpoints,
    service: Service,
    route: impl Fn(&str, u16) -> std::io::Result<u16>,
) -> Result<Endpoints, ProxyError> {
    let mut all = endpoints.clone();
    let route = |host: &str, port: u16| route(host, port).map_err(|cause| ProxyError::Bind { service, cause });
    match service {
        Service::Postgres => {
            let it = &mut all.postgres;
            // With `prefer`, the default, a client goes on in plain when there is no encryption.
            if ["sslmode=require", "sslmode=verify"].iter().any(|mode| it.parameters.contains(mode)) {
                return Err(ProxyError::Encrypted { service });
            }
            it.port = route(&it.host, it.port)?;
            it.host = LOCAL.to_owned();
        }
        Service::Mongodb => {
            let it = &mut all.mongodb;
            let port = route(&it.host, it.port)?;
            (it.suite_url, it.engine_url) = (mongodb_url(&it.suite_url, port)?, mongodb_url(&it.engine_url, port)?);
            (it.host, it.port) = (LOCAL.to_owned(), port);
        }
        Service::Kafka => {
            let servers = all.kafka.bootstrap_servers.split(',').map(|server| {
                let (host, port) = host_and_port(server.trim()).ok_or(ProxyError::Address { service })?;
                Ok(format!("{LOCAL}:{}", route(host, port)?))
            });
            all.kafka.bootstrap_servers = servers.collect::<Result<Vec<_>, ProxyError>>()?.join(",");
        }
        Service::S3 => {
            let place = all.s3.endpoint.strip_prefix("http://").ok_or(ProxyError::Encrypted { service })?;
            let place = place.trim_end_matches('/');
            let (host, port) = host_and_port(place).unwrap_or((place, 80));
            all.s3.endpoint = format!("http://{LOCAL}:{}", route(host, port)?);
        }
    }
    Ok(all)
}

/// `host:port` of a service, the first of several.
pub(super) fn address_of(endpoints: &Endpoints, service: Service) -> String {
    match service {
        Service::Postgres => format!("{}:{}", endpoints.postgres.host, endpoints.postgres.port),
        Service::Mongodb => format!("{}:{}", endpoints.mongodb.host, endpoints.mongodb.port),
        Service::Kafka => endpoints.kafka.bootstrap_servers.split(',').next().unwrap_or_default().to_owned(),
        Service::S3 => endpoints.s3.endpoint.trim_start_matches("http://").to_owned(),
    }
}

const LOCAL: &str = "127.0.0.1";

fn host_and_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((host.trim_start_matches('[').trim_end_matches(']'), port.parse().ok()?))
}

/// The URL with the proxy as its only host. `directConnection`, because a replica set would tell its members' own
/// addresses, past the proxy.
fn mongodb_url(url: &Secret, port: u16) -> Result<Secret, ProxyError> {
    let service = Service::Mongodb;
    let rest = url.strip_prefix("mongodb://").ok_or(ProxyError::Address { service })?;
    if ["tls=true", "ssl=true"].iter().any(|option| rest.contains(option)) {
        return Err(ProxyError::Encrypted { service });
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let login = authority.rfind('@').map_or("", |at| &authority[..=at]);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let dropped = ["directconnection=", "replicaset=", "compressors="];
    let kept = query.split('&').filter(|it| !it.is_empty());
    let kept = kept.filter(|it| !dropped.iter().any(|dropped| it.to_lowercase().starts_with(dropped)));
    let query: Vec<&str> = kept.chain(["directConnection=true"]).collect();
    let path = if path.is_empty() { "/" } else { path };
    Ok(Secret::new(format!("mongodb://{login}{LOCAL}:{port}{path}?{}", query.join("&"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mongodb(url: &str) -> String {
        mongodb_url(&Secret::new(url), 7).map_or_else(|error| error.to_string(), |url| (*url).to_owned())
    }

    #[test]
    fn a_mongodb_url_leads_to_the_proxy_alone() {
        let urls = [
            "mongodb://engine:p%40ss@127.0.0.1:27017/?authSource=admin",
            "mongodb://a.internal:1,b.internal:2",
            "mongodb://u:p@h/db?replicaSet=rs0&directConnection=false&w=majority&compressors=zstd",
            "mongodb://h/?tls=true",
            "mongodb+srv://h/",
        ];
        insta::assert_snapshot!(urls.map(mongodb).join("\n"), @r"
        mongodb://engine:p%40ss@127.0.0.1:7/?authSource=admin&directConnection=true
        mongodb://127.0.0.1:7/?directConnection=true
        mongodb://u:p@127.0.0.1:7/db?w=majority&directConnection=true
        mongodb is reached over TLS, which a proxy cannot look into: give the suite a listener without it
        mongodb has an address that a proxy cannot stand before: give it as host and port
        ");
    }

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(host_and_port("broker.internal:9092"), Some(("broker.internal", 9092)));
        assert_eq!(host_and_port("[::1]:9092"), Some(("::1", 9092)));
        assert_eq!(host_and_port("broker.internal"), None);
    }
}
