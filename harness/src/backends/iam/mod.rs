//! The `iam` backend, in which a tenant is a realm. It is the one whose product nobody can name beforehand: the suite knows
//! the reference directory, and for any other one it speaks to a driver, a program that its implementer brings along.
//!
//! `record` is what both tell of a realm; `directory` reads and writes it in Postgres; `protocol` is what is said to a driver,
//! `exec` says it, and `serve` is a driver of the directory, to learn the protocol from and to try drivers against.

mod directory;
mod edit;
mod exec;
mod protocol;
mod record;
mod serve;

use std::sync::Arc;

use sqlx::PgPool;

pub use self::{
    edit::Edit,
    exec::{Command, Driver},
    protocol::json_schema,
    record::{Key, Record, declared},
    serve::serve,
};
use super::{BackendError, Result};
use crate::fixtures::Domain;

const KEY: &str = Domain::Iam.key();

/// How the suite looks into the `iam` backend and writes into it.
#[derive(Debug, Clone)]
pub enum Iam {
    /// The reference directory.
    Directory(PgPool),
    /// Whatever the implementer's driver knows.
    Driver(Arc<Driver>),
}

impl Iam {
    /// The implementer's driver, if there is one.
    #[must_use]
    pub const fn driver(&self) -> Option<&Arc<Driver>> {
        match self {
            Self::Directory(_) => None,
            Self::Driver(driver) => Some(driver),
        }
    }

    /// The backend's version, as it or its driver tells it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<String> {
        match self {
            Self::Directory(pool) => directory::version(pool).await,
            Self::Driver(driver) => Ok(driver.hello().version.clone()),
        }
    }

    /// Everything in a realm. Nothing where there is none.
    ///
    /// # Errors
    /// When the backend does not answer, or a driver tells what is no record.
    pub async fn read(&self, realm: &str) -> Result<Vec<Record>> {
        match self {
            Self::Directory(pool) => directory::read(pool, realm).await,
            Self::Driver(driver) => driver.read(realm).await,
        }
    }

    /// Deletes some things of a realm and puts others, each as a whole, in place of what is there under its name.
    ///
    /// # Errors
    /// When the backend refuses.
    pub async fn write(&self, realm: &str, put: &[Record], delete: &[Key]) -> Result<()> {
        match self {
            Self::Directory(pool) => directory::write(pool, realm, put, delete).await,
            Self::Driver(driver) => driver.write(realm, put, delete).await,
        }
    }

    /// Deletes realms and everything in them. One that is not there is no error.
    ///
    /// # Errors
    /// When the backend refuses.
    pub async fn remove(&self, realms: &[String]) -> Result<()> {
        match self {
            Self::Directory(pool) => directory::remove(pool, realms).await,
            Self::Driver(driver) => driver.remove(realms).await,
        }
    }

    /// Changes one thing of a realm.
    ///
    /// # Errors
    /// When the backend refuses, or there is nothing to change.
    pub async fn edit(&self, realm: &str, edit: &Edit) -> Result<()> {
        let failed = |cause| BackendError { backend: KEY, doing: format!("changing realm {realm}"), cause };
        let (put, delete) = edit.of(self.read(realm).await?).map_err(failed)?;
        self.write(realm, put.as_slice(), delete.as_slice()).await
    }
}
