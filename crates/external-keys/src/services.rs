//! Which key service has which key, as the operator has set it.

use std::path::PathBuf;
use std::time::Duration;

use flumen_client::{Endpoint, Error};
use flumen_types::Span;

use crate::{KeyArn, KeyNames, KeyService};

/// The shortest time that a call may be given, and the longest: callers wait for it.
const TIMEOUTS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(60)];
/// How long a start may wait for the root key.
const WAIT_MAX: Duration = Duration::from_secs(3600);
const SERVICES_MAX: usize = 1000;

/// Where keys are, and as whom their service is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyServiceSettings {
    pub keys: KeyNames,
    /// `None` is AWS's of the keys' region.
    pub endpoint: Option<String>,
    /// The file of the certificates that the service must be vouched for by, PEM; `None` are those that the system trusts.
    pub ca: Option<PathBuf>,
    /// A file in AWS's shared credentials format; `None` is what the environment says.
    pub credentials: Option<PathBuf>,
    /// The section of that file.
    pub profile: Option<String>,
    /// Of each call, with whatever it waits for.
    pub timeout: Duration,
    /// How long a start waits for a root key while the service is not to be had.
    pub wait_at_start: Duration,
    /// Without TLS to another machine: keys cross the network in clear.
    pub insecure_http: bool,
}

/// Why settings are none.
#[derive(Debug, thiserror::Error)]
pub enum KeyServiceSettingsError {
    #[error(transparent)]
    Client(#[from] Error),
    #[error("no credentials of profile [{profile}] in {file}: both keys are wanted there")]
    NoCredentials { file: String, profile: String },
    #[error("there is no endpoint of AWS's for partition {0:?}; endpoint is wanted")]
    UnknownPartition(String),
    #[error(
        "endpoint {0} is on another machine and has no TLS: keys would cross the network in clear. Use https://, or add \
         insecure-http = true"
    )]
    Clear(String),
    #[error("ca is for an endpoint with https://, and {0} is not one")]
    CaWithoutTls(String),
    #[error("{name} is {}; it must be from {} to {}", Span(*.found), Span(*.least), Span(*.most))]
    Time { name: &'static str, found: Duration, least: Duration, most: Duration },
    #[error("{0} is there twice")]
    Twice(KeyNames),
    #[error("there are {0} of them; {SERVICES_MAX} are the most")]
    TooMany(usize),
}

impl KeyServiceSettings {
    pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);
    pub const WAIT_DEFAULT: Duration = Duration::from_secs(60);

    /// What is set where nothing is but which keys.
    pub fn new(keys: KeyNames) -> Self {
        KeyServiceSettings {
            keys,
            endpoint: None,
            ca: None,
            credentials: None,
            profile: None,
            timeout: KeyServiceSettings::TIMEOUT_DEFAULT,
            wait_at_start: KeyServiceSettings::WAIT_DEFAULT,
            insecure_http: false,
        }
    }

    pub(crate) fn endpoint(&self) -> Result<String, KeyServiceSettingsError> {
        match &self.endpoint {
            Some(endpoint) => Ok(endpoint.clone()),
            None => {
                let domain = match self.keys.partition() {
                    "aws" | "aws-us-gov" => "amazonaws.com",
                    "aws-cn" => "amazonaws.com.cn",
                    other => return Err(KeyServiceSettingsError::UnknownPartition(other.to_owned())),
                };
                Ok(format!("https://kms.{}.{domain}", self.keys.region()))
            }
        }
    }

    fn check(&self) -> Result<(), KeyServiceSettingsError> {
        let within = |name, found, [least, most]: [Duration; 2]| match (least..=most).contains(&found) {
            true => Ok(()),
            false => Err(KeyServiceSettingsError::Time { name, found, least, most }),
        };
        within("timeout", self.timeout, TIMEOUTS)?;
        within("wait-at-start", self.wait_at_start, [Duration::ZERO, WAIT_MAX])?;
        let endpoint = Endpoint::parse(&self.endpoint()?)?;
        if !endpoint.secure && !endpoint.is_loopback() && !self.insecure_http {
            return Err(KeyServiceSettingsError::Clear(endpoint.to_string()));
        }
        if !endpoint.secure && self.ca.is_some() {
            return Err(KeyServiceSettingsError::CaWithoutTls(endpoint.to_string()));
        }
        Ok(())
    }
}

/// The key services that are set.
#[derive(Clone, Debug, Default)]
pub struct KeyServices(Vec<(KeyServiceSettings, KeyService)>);

impl KeyServices {
    /// Reads credentials and certificates, and calls nobody.
    ///
    /// # Errors
    /// Those of one service say which it is.
    pub fn new(
        settings: Vec<KeyServiceSettings>,
    ) -> Result<Self, (Option<KeyNames>, KeyServiceSettingsError)> {
        if settings.len() > SERVICES_MAX {
            return Err((None, KeyServiceSettingsError::TooMany(settings.len())));
        }
        let mut services: Vec<(KeyServiceSettings, KeyService)> = Vec::with_capacity(settings.len());
        for of_one in settings {
            let keys = || Some(of_one.keys.clone());
            if services.iter().any(|(other, _)| other.keys == of_one.keys) {
                return Err((None, KeyServiceSettingsError::Twice(of_one.keys)));
            }
            of_one.check().map_err(|error| (keys(), error))?;
            let service = KeyService::new(&of_one).map_err(|error| (keys(), error))?;
            services.push((of_one, service));
        }
        Ok(KeyServices(services))
    }

    /// Services that are there, by whatever leads to them.
    pub fn of(services: impl IntoIterator<Item = (KeyServiceSettings, KeyService)>) -> Self {
        KeyServices(services.into_iter().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that has the key, where it is anybody's: of several that are set for it the one that names most of it.
    pub fn find(&self, arn: &KeyArn) -> Option<&(KeyServiceSettings, KeyService)> {
        let named = self.0.iter().filter_map(|service| Some((service.0.keys.names(arn)?, service)));
        named.max_by_key(|(length, _)| *length).map(|(_, service)| service)
    }

    pub fn settings(&self) -> impl Iterator<Item = &KeyServiceSettings> {
        self.0.iter().map(|(settings, _)| settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(keys: &str) -> KeyServiceSettings {
        let endpoint = Some("http://127.0.0.1:1".to_owned());
        KeyServiceSettings { endpoint, ..KeyServiceSettings::new(keys.parse().unwrap()) }
    }

    const BEGIN: &str = "arn:aws:kms:eu-west-1:111122223333:key/";

    #[test]
    fn the_service_that_names_most_of_a_key_has_it() {
        let all =
            [named("arn:aws:kms:eu-west-1:*"), named(&format!("{BEGIN}*")), named(&format!("{BEGIN}a"))];
        let services = KeyServices::new(all.into()).unwrap();
        let found = |id: &str| {
            let arn = id.parse().unwrap();
            services.find(&arn).map(|(settings, _)| settings.keys.to_string())
        };
        assert_eq!(found(&format!("{BEGIN}a")), Some(format!("{BEGIN}a")));
        assert_eq!(found(&format!("{BEGIN}ab")), Some(format!("{BEGIN}*")));
        assert_eq!(
            found("arn:aws:kms:eu-west-1:444455556666:key/a").as_deref(),
            Some("arn:aws:kms:eu-west-1:*")
        );
        assert_eq!(found("arn:aws:kms:eu-west-2:111122223333:key/a"), None);
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let with = |change: fn(&mut KeyServiceSettings)| {
            let mut settings = named(&format!("{BEGIN}a"));
            change(&mut settings);
            match KeyServices::new(vec![settings]) {
                Ok(_) => "none".to_owned(),
                Err((keys, error)) => {
                    assert_eq!(keys.unwrap().to_string(), format!("{BEGIN}a"));
                    error.to_string()
                }
            }
        };
        assert_eq!(with(|_| {}), "none");
        assert_eq!(
            with(|s| s.timeout = Duration::from_millis(99)),
            "timeout is 99ms; it must be from 100ms to 1m"
        );
        assert_eq!(
            with(|s| s.wait_at_start = Duration::from_secs(3601)),
            "wait-at-start is 3601s; it must be from 0s to 1h"
        );
        let clear = |s: &mut KeyServiceSettings| s.endpoint = Some("http://10.0.0.1:1".to_owned());
        assert!(with(clear).starts_with("endpoint http://10.0.0.1:1 is on another machine and has no TLS"));
        let ca = |s: &mut KeyServiceSettings| s.ca = Some("ca.pem".into());
        assert_eq!(with(ca), "ca is for an endpoint with https://, and http://127.0.0.1:1 is not one");
        let absent = |s: &mut KeyServiceSettings| s.credentials = Some("/absent/credentials".into());
        assert_eq!(
            with(absent),
            "no credentials of profile [default] in /absent/credentials: both keys are wanted there"
        );
        assert!(
            with(|s| s.endpoint = Some("127.0.0.1:1".to_owned())).starts_with("endpoint \"127.0.0.1:1\"")
        );
        assert!(with(|s| s.endpoint = Some("https://a.example".to_owned())) != "none", "no credentials");
        let (_, twice) = KeyServices::new(vec![named(BEGIN_ALL), named(BEGIN_ALL)]).unwrap_err();
        assert_eq!(twice.to_string(), format!("{BEGIN_ALL} is there twice"));
    }

    const BEGIN_ALL: &str = "arn:aws:kms:eu-west-1:111122223333:key/*";

    #[test]
    fn where_no_endpoint_is_set_it_is_awss() {
        let of = |keys: &str| KeyServiceSettings::new(keys.parse().unwrap()).endpoint();
        assert_eq!(of(BEGIN_ALL).unwrap(), "https://kms.eu-west-1.amazonaws.com");
        assert_eq!(of("arn:aws-cn:kms:cn-north-1:*").unwrap(), "https://kms.cn-north-1.amazonaws.com.cn");
        assert!(of("arn:aws-iso:kms:us-iso-east-1:*").unwrap_err().to_string().contains("\"aws-iso\""));
    }
}
