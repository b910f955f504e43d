//! What is asked of a stack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::endpoints::{Origin, Service};
use super::error::StackError;
use super::external::StackFile;
use super::images::{self, Image};

/// What is asked of a stack.
#[derive(Debug, Clone, Default)]
pub struct StackRequest {
    /// Services whose origin is named; the others resolve by themselves. A named origin never falls back.
    pub origins: BTreeMap<Service, Origin>,
    /// Services given by their address.
    pub external: Option<StackFile>,
    /// Where `external` is written, for people, if an implementation that runs already writes into just these servers: no
    /// others will do.
    pub given_in: Option<String>,
    /// Images other than the pinned ones.
    pub images: BTreeMap<Service, Image>,
    /// Whether to start a stack of one's own beside a warm one.
    pub isolated: bool,
    /// Who asks, for `stack status`; empty means the program's name.
    pub holder: String,
    /// The `restore-conformance` program, which the guardian process runs. `None` means the running program; a test
    /// program must name it, as it is not that program itself.
    pub guardian_program: Option<PathBuf>,
}

impl StackRequest {
    /// What variables, read through `get`, ask for: `RESTORE_CONFORMANCE_ORIGIN` as [`parse_origins`] reads it,
    /// `…_IMAGE_<SERVICE>`, and either the file `…_STACK_FILE` or services as [`StackFile::from_variables`] reads them.
    /// `file` is a stack file that is named otherwise, and goes before the variables.
    ///
    /// # Errors
    /// When a variable or the file is wrong.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>, file: Option<&Path>) -> Result<Self, StackError> {
        let get = |name: &str| get(name).filter(|it| !it.is_empty());
        let named = get("RESTORE_CONFORMANCE_STACK_FILE").map(PathBuf::from);
        let external = match file.or(named.as_deref()) {
            Some(file) => Some(StackFile::read(file)?),
            None => StackFile::from_variables(get)?,
        };
        let origins = get("RESTORE_CONFORMANCE_ORIGIN");
        let origins = origins.map(|text| text.split(',').map(parse_origins).collect::<Result<Vec<_>, _>>());
        let origins =
            origins.transpose().map_err(|why| StackError::Origin(format!("RESTORE_CONFORMANCE_ORIGIN: {why}")))?;
        Ok(Self {
            origins: origins.unwrap_or_default().into_iter().flatten().collect(),
            images: images::given(get, external.as_ref().map(|it| &it.images))?,
            external,
            ..Self::default()
        })
    }

    /// What the environment of this process asks for.
    ///
    /// # Errors
    /// When a variable, or the file that one names, is wrong.
    pub fn from_environment() -> Result<Self, StackError> {
        Self::from_variables(|name| std::env::var(name).ok(), None)
    }

    /// The image of a service.
    pub(crate) fn image(&self, service: Service) -> Image {
        self.images.get(&service).cloned().unwrap_or_else(|| Image::pinned(service))
    }
}

/// `kafka=containers` names the origin of one service, `containers` that of all.
///
/// # Errors
/// What the text says that is no service or no origin.
pub fn parse_origins(text: &str) -> Result<Vec<(Service, Origin)>, String> {
    let (services, origin) = match text.trim().split_once('=') {
        Some((service, origin)) => {
            let found = Service::ALL.into_iter().find(|it| it.as_str() == service);
            (vec![found.ok_or_else(|| format!("no service `{service}`: postgres, mongodb, kafka, s3"))?], origin)
        }
        None => (Service::ALL.to_vec(), text.trim()),
    };
    let found = [Origin::External, Origin::Containers, Origin::Native].into_iter().find(|it| it.as_str() == origin);
    let found = found.ok_or_else(|| {
        format!("no origin `{origin}`: external, containers, native; of one service, such as kafka=native, or of all")
    })?;
    Ok(services.into_iter().map(|service| (service, found)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        assert_eq!(parse_origins("kafka=native"), Ok(vec![(Service::Kafka, Origin::Native)]));
        assert_eq!(parse_origins("containers").unwrap().len(), 4);
        insta::assert_snapshot!(parse_origins("redis=native").unwrap_err());
        insta::assert_snapshot!(parse_origins("kafka=docker").unwrap_err());
    }

    #[test]
    fn of_two_origins_for_a_service_the_later_counts() {
        let get = |name: &str| (name == "RESTORE_CONFORMANCE_ORIGIN").then(|| "containers, kafka=native".to_owned());
        let it = StackRequest::from_variables(get, None).unwrap();
        assert_eq!(it.origins[&Service::Kafka], Origin::Native);
        assert_eq!(it.origins[&Service::S3], Origin::Containers);
    }

    #[test]
    fn a_wrong_variable_is_a_usage_error() {
        let get = |name: &str| (name == "RESTORE_CONFORMANCE_ORIGIN").then(|| "docker".to_owned());
        let error = StackRequest::from_variables(get, None).unwrap_err();
        assert_eq!(error.exit_code(), 64);
        insta::assert_snapshot!(error);
    }
}
