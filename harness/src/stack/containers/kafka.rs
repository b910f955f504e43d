//! Apache Kafka as a container.

use std::future::Future;

use super::request::ServerImage;
use crate::stack::images::Image;
use crate::stack::server::kafka::{HEAP, JAVA, LOG4J2, Listeners, Users, cluster_id, complete, server_properties};
use crate::stack::server::{Address, Failed, Running, Started};

const PORT: u16 = 9092;

/// How the image is used: it takes the broker's settings whole, as a file, so that they are those of a process.
pub(super) fn image(image: &Image, address: &Address, users: &Users, cluster: String) -> ServerImage {
    let listeners = Listeners {
        clients: format!("0.0.0.0:{PORT}"),
        advertised: format!("{}:{}", address.host, address.port),
        broker: 9093,
        controller: 9094,
    };
    ServerImage::new(image, PORT)
        .env([
            ("CLUSTER_ID", cluster),
            ("KAFKA_HEAP_OPTS", HEAP.join(" ")),
            ("KAFKA_JVM_PERFORMANCE_OPTS", JAVA.join(" ")),
        ])
        .file("/mnt/shared/config/server.properties", server_properties(&listeners, users, "/var/lib/kafka/data"))
        // Levels by the image's variables would take the root logger's appender away.
        .file("/mnt/shared/config/log4j2.yaml", LOG4J2.to_owned())
}

/// Launches the broker.
pub(super) async fn start<F>(
    name: &Image,
    address: Address,
    launch: impl Fn(ServerImage) -> F,
) -> Result<Started, Failed>
where
    F: Future<Output = Result<Running, Failed>>,
{
    let users = Users::random();
    let running = launch(image(name, &address, &users, cluster_id())).await?;
    complete(running, address, users).await
}
