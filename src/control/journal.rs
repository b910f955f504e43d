//! What runs have begun to write and are not known to have finished.
//!
//! A retry completes such leftovers instead of taking them for conflicts. Two statements a batch, however many
//! resources it has.

use async_trait::async_trait;
use restore_model::{
    DomainKey, ResourceId,
    plan::{Action, Unfinished},
    resource::SpecHash,
};
use uuid::Uuid;

use super::Control;
use crate::{Error, ErrorKind, Result};

/// What a restore of one tenant writes down around its batches. The engine's own is in the control database; whoever
/// embeds the engine may put something around it, by [`crate::Builder::journal`].
#[async_trait]
pub trait Journal: Send + Sync {
    /// What earlier runs began and did not finish.
    async fn unfinished(&self, domain: DomainKey) -> Result<Unfinished>;

    /// Writes down that a batch is about to be written.
    async fn begin(&self, domain: DomainKey, batch: &[Action]) -> Result<()>;

    /// Strikes out what is known to stand as desired.
    async fn finish(&self, domain: DomainKey, done: &[(ResourceId, SpecHash)]) -> Result<()>;
}

/// The journal of one run in the control database.
pub(crate) struct RunJournal {
    pub(crate) control: Control,
    pub(crate) tenant_id: String,
    pub(crate) run_id: Uuid,
}

#[async_trait]
impl Journal for RunJournal {
    async fn unfinished(&self, domain: DomainKey) -> Result<Unfinished> {
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT resource, desired_hash FROM restore_control.journal WHERE tenant_id = $1 AND domain_key = $2",
        )
        .bind(&self.tenant_id)
        .bind(domain.as_str())
        .fetch_all(&self.control.pool)
        .await
        .map_err(|error| self.control.failed(error))?;
        rows.into_iter().map(entry_of).collect()
    }

    async fn begin(&self, domain: DomainKey, batch: &[Action]) -> Result<()> {
        let (mut resources, mut hashes) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for action in batch {
            if let Some(hash) = action.hash {
                resources.push(action.id.to_string());
                hashes.push(hash.0.to_vec());
            }
        }
        sqlx::query(
            "INSERT INTO restore_control.journal (tenant_id, domain_key, resource, desired_hash, run_id) \
             SELECT DISTINCT $1, $2, resource, desired_hash, $3::uuid \
             FROM unnest($4::text[], $5::bytea[]) AS begun (resource, desired_hash) \
             ON CONFLICT (tenant_id, domain_key, resource, desired_hash) DO UPDATE SET run_id = excluded.run_id",
        )
        .bind(&self.tenant_id)
        .bind(domain.as_str())
        .bind(self.run_id)
        .bind(resources)
        .bind(hashes)
        .execute(&self.control.pool)
        .await
        .map_err(|error| self.control.failed(error))?;
        Ok(())
    }

    async fn finish(&self, domain: DomainKey, done: &[(ResourceId, SpecHash)]) -> Result<()> {
        if done.is_empty() {
            return Ok(());
        }
        let resources: Vec<String> = done.iter().map(|(id, _)| id.to_string()).collect();
        let hashes: Vec<Vec<u8>> = done.iter().map(|(_, hash)| hash.0.to_vec()).collect();
        sqlx::query(
            "DELETE FROM restore_control.journal USING unnest($3::text[], $4::bytea[]) AS done (name, hash) \
             WHERE tenant_id = $1 AND domain_key = $2 AND resource = done.name AND desired_hash = done.hash",
        )
        .bind(&self.tenant_id)
        .bind(domain.as_str())
        .bind(resources)
        .bind(hashes)
        .execute(&self.control.pool)
        .await
        .map_err(|error| self.control.failed(error))?;
        Ok(())
    }
}

fn entry_of((resource, hash): (String, Vec<u8>)) -> Result<(ResourceId, SpecHash)> {
    let damaged = || Error::new(ErrorKind::Internal, format!("the journal holds an unreadable row `{resource}`"));
    let (kind, name) = resource.split_once(':').ok_or_else(damaged)?;
    let kind = kind.parse().map_err(|_| damaged())?;
    let hash = hash.try_into().map_err(|_| damaged())?;
    Ok((ResourceId::new(kind, name), SpecHash(hash)))
}
