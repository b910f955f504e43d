//! Every error of the engine.
//!
//! The rules:
//! 1. A driver's errors are translated once, in its domain's `client.rs`; nothing above knows a driver's types.
//! 2. The [`ErrorKind`] decides the HTTP status, the `code` of the error body and the exit code.
//! 3. A message is a lowercase fragment that says what failed, on what, and, where a person can do something, what.
//!    It never holds a secret or a connection URL with a password.
//! 4. Only a definite not-found is absence. Every other failed look-up is an error.

use std::fmt;

/// Shorthand for a result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $exit:literal;)*) => {
        /// What an error means to a caller.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $($(#[$doc])* $variant,)* }

        impl ErrorKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The `code` of the error body.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The exit code of the command line.
            #[must_use]
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$variant => $exit,)* }
            }
        }
    };
}

kinds! {
    /// No identity, or one that cannot be trusted.
    Unauthorized = "UNAUTHORIZED", 401, 77;
    /// The identity lacks the scope.
    Forbidden = "FORBIDDEN", 403, 77;
    /// No such tenant.
    TenantNotFound = "TENANT_NOT_FOUND", 404, 4;
    /// No such run.
    RunNotFound = "RUN_NOT_FOUND", 404, 4;
    /// No such path.
    NoRoute = "NO_ROUTE", 404, 4;
    /// The path does not take this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, 64;
    /// The tenant is suspended or being deleted.
    TenantSuspended = "TENANT_SUSPENDED", 422, 5;
    /// The tenant is registered already.
    TenantExists = "TENANT_EXISTS", 409, 5;
    /// The tenant's space would be, or is, that of another tenant.
    SpaceTaken = "SPACE_TAKEN", 409, 5;
    /// The tenant's space still holds resources.
    SpaceNotEmpty = "SPACE_NOT_EMPTY", 409, 5;
    /// The request is malformed.
    InvalidRequest = "INVALID_REQUEST", 400, 64;
    /// The request is well-formed, but there is nothing that it could do.
    NothingEligible = "INVALID_REQUEST", 422, 65;
    /// A domain key that is none of the five.
    UnknownDomain = "UNKNOWN_DOMAIN", 400, 64;
    /// The identifier map does not lead from the artifact into the target.
    InvalidIdentifierMap = "INVALID_IDENTIFIER_MAP", 400, 65;
    /// The artifact is of a version that cannot be read.
    UnsupportedFormatVersion = "UNSUPPORTED_FORMAT_VERSION", 422, 65;
    /// The artifact is damaged or was changed.
    InvalidArtifact = "INVALID_ARTIFACT", 422, 65;
    /// A body over the limit.
    ArtifactTooLarge = "ARTIFACT_TOO_LARGE", 413, 65;
    /// An export over the limit.
    ExportTooLarge = "ARTIFACT_TOO_LARGE", 422, 65;
    /// Another restore of the same tenant holds the lock.
    LockHeld = "LOCK_HELD", 409, 75;
    /// Policy `fail`: conflicts, or domains that could not be analysed.
    ConflictsPresent = "CONFLICTS_PRESENT", 409, 5;
    /// A restore into another tenant needs the digest of a preflight.
    PreflightRequired = "PREFLIGHT_REQUIRED", 409, 5;
    /// The artifact, the map or the target are not what the preflight analysed.
    StalePreflight = "STALE_PREFLIGHT", 409, 5;
    /// Too many requests.
    RateLimited = "RATE_LIMITED", 429, 75;
    /// An older artifact could not be migrated.
    MigrationFailed = "MIGRATION_FAILED", 422, 65;
    /// A backend cannot be reached.
    BackendUnavailable = "BACKEND_UNAVAILABLE", 502, 69;
    /// A backend refuses the engine's credentials or an operation.
    BackendDenied = "BACKEND_DENIED", 502, 69;
    /// A backend answered something else than success.
    BackendFailed = "BACKEND_FAILED", 502, 69;
    /// The lock was lost: another run may be writing.
    LockLost = "LOCK_LOST", 409, 75;
    /// A file or standard output cannot be written.
    OutputUnwritable = "OUTPUT_UNWRITABLE", 500, 73;
    /// The configuration is unusable.
    Configuration = "CONFIGURATION", 500, 78;
    /// A defect of the engine.
    Internal = "INTERNAL", 500, 70;
}

/// Who holds a tenant's lock, and until when.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LockHolder {
    /// Of the request that holds it.
    pub correlation_id: String,
    /// RFC 3339.
    pub acquired_at: String,
    /// RFC 3339; renewed while the holder lives.
    pub expires_at: String,
    /// Seconds until then, rounded up.
    #[serde(skip)]
    pub retry_after_seconds: u64,
}

/// An error: its kind, what was being done, and the cause.
pub struct Error {
    kind: ErrorKind,
    message: String,
    details: Vec<String>,
    holder: Option<Box<LockHolder>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), holder: None, source: None }
    }

    /// Adds the cause. Its text must be free of secrets: it is shown to callers.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds findings for people, one each.
    #[must_use]
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Adds who holds the lock.
    #[must_use]
    pub fn held_by(mut self, holder: LockHolder) -> Self {
        self.holder = Some(Box::new(holder));
        self
    }

    /// Who holds the lock, when that is why.
    #[must_use]
    pub fn holder(&self) -> Option<&LockHolder> {
        self.holder.as_deref()
    }

    /// What it means to a caller.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Findings, one each.
    #[must_use]
    pub fn details(&self) -> &[String] {
        &self.details
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut told = self.message.clone();
        let mut cause = self.source.as_deref().map(|source| source as &dyn std::error::Error);
        while let Some(error) = cause {
            let text = error.to_string();
            // Many drivers tell the cause within their own text and hand it out as well.
            if !told.ends_with(&text) {
                write!(f, ": {text}")?;
                told = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)?;
        self.details.iter().try_for_each(|detail| write!(f, "\n  {detail}"))
    }
}

impl std::error::Error for Error {}

impl From<restore_model::artifact::ArtifactError> for Error {
    fn from(error: restore_model::artifact::ArtifactError) -> Self {
        use restore_model::artifact::ArtifactError as Cause;
        let kind = match &error {
            Cause::UnsupportedVersion { .. } => ErrorKind::UnsupportedFormatVersion,
            Cause::Malformed { .. } => ErrorKind::InvalidRequest,
            Cause::Checksum { .. } => ErrorKind::InvalidArtifact,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<restore_model::identifier_map::InvalidMap> for Error {
    fn from(error: restore_model::identifier_map::InvalidMap) -> Self {
        Self::new(ErrorKind::InvalidIdentifierMap, "the identifier map is invalid").with_details(error.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_from_the_operation_to_the_cause() {
        let cause = std::io::Error::other("connection refused");
        let error =
            Error::new(ErrorKind::BackendUnavailable, "kafka at 127.0.0.1:9092 does not answer").caused_by(cause);
        assert_eq!(error.to_string(), "kafka at 127.0.0.1:9092 does not answer: connection refused");
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let cause = sqlx::Error::Io(std::io::Error::other("connection refused"));
        let error = Error::new(ErrorKind::BackendUnavailable, "the directory at db:5432 does not answer");
        assert_eq!(
            error.caused_by(cause).to_string(),
            "the directory at db:5432 does not answer: error communicating with database: connection refused"
        );
    }

    #[test]
    fn every_kind_has_a_code_a_status_and_an_exit_code() {
        let table: Vec<String> = ErrorKind::ALL
            .iter()
            .map(|kind| format!("{:<28} {} exit {}", kind.code(), kind.http_status(), kind.exit_code()))
            .collect();
        insta::assert_snapshot!(table.join("\n"));
    }
}
