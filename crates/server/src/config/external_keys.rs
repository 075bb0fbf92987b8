//! `[[external-keys]]` of the configuration file: keys of a Key Management Service elsewhere, where that is, and as whom it is called.

use std::path::PathBuf;

use flumen_external_keys::{KeyServiceSettings, KeyServices};
use flumen_types::Span;
use serde::Deserialize;

/// One of `[[external-keys]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Section {
    /// Of one key, or the begin of many with a `*` behind it.
    arn: String,
    endpoint: Option<String>,
    ca: Option<PathBuf>,
    credentials: Option<PathBuf>,
    profile: Option<String>,
    #[serde(default, deserialize_with = "super::span")]
    timeout: Option<Span>,
    #[serde(default, deserialize_with = "super::span")]
    wait_at_start: Option<Span>,
    #[serde(default)]
    insecure_http: bool,
}

/// Reads credentials and certificates, and calls nobody.
pub fn resolve(sections: Vec<Section>) -> anyhow::Result<KeyServices> {
    let settings = sections.into_iter().map(|section| {
        let keys = section.arn.parse().map_err(|error| anyhow::anyhow!("external-keys: arn {error}"))?;
        let defaults = KeyServiceSettings::new(keys);
        Ok(KeyServiceSettings {
            endpoint: section.endpoint,
            ca: section.ca,
            credentials: section.credentials,
            profile: section.profile,
            timeout: section.timeout.map_or(defaults.timeout, |span| span.0),
            wait_at_start: section.wait_at_start.map_or(defaults.wait_at_start, |span| span.0),
            insecure_http: section.insecure_http,
            ..defaults
        })
    });
    let settings = settings.collect::<anyhow::Result<Vec<_>>>()?;
    KeyServices::new(settings).map_err(|(keys, error)| match keys {
        Some(keys) => anyhow::anyhow!("external-keys: {keys}: {error}"),
        None => anyhow::anyhow!("external-keys: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Sections {
        external_keys: Vec<Section>,
    }

    fn resolved(text: &str) -> Result<KeyServices, String> {
        let sections: Sections = toml::from_str(text).map_err(|error| error.to_string())?;
        resolve(sections.external_keys).map_err(|error| format!("{error:#}"))
    }

    const ONE: &str = "[[external-keys]]\narn = \"arn:aws:kms:eu-west-1:111122223333:key/a\"\n\
                       endpoint = \"http://127.0.0.1:1\"\n";

    #[test]
    fn a_service_is_what_its_section_says_and_mistakes_are_named() {
        let services = resolved(&format!("{ONE}timeout = \"2s\"\nwait-at-start = \"0s\"\n")).unwrap();
        let [settings] = services.settings().collect::<Vec<_>>()[..] else { panic!("there is one") };
        assert_eq!((settings.timeout, settings.wait_at_start), (Duration::from_secs(2), Duration::ZERO));
        let with = |more: &str| resolved(&format!("{ONE}{more}")).unwrap_err();
        let name = "external-keys: arn:aws:kms:eu-west-1:111122223333:key/a";
        for (error, why) in [
            (with("region = \"r\""), "unknown field `region`".to_owned()),
            (with("timeout = \"1h\""), format!("{name}: timeout is 1h; it must be from 100ms to 1m")),
            (with("ca = \"/absent/ca\""), format!("{name}: ca is for an endpoint with https://")),
            (
                with("profile = \"no-such-profile\""),
                format!("{name}: no credentials of profile [no-such-profile]"),
            ),
            (with(ONE), format!("{name} is there twice")),
            (
                resolved(&ONE.replace("key/a", "alias/a")).unwrap_err(),
                "external-keys: arn \"arn:aws:kms:eu-west-1:111122223333:alias/a\" is not the ARN of a key"
                    .to_owned(),
            ),
            (
                resolved(&ONE.replace("127.0.0.1", "10.0.0.1")).unwrap_err(),
                format!("{name}: endpoint http://10.0.0.1:1 is on another machine and has no TLS"),
            ),
            (
                resolved("[[external-keys]]\nendpoint = \"http://127.0.0.1:1\"\n").unwrap_err(),
                "missing field `arn`".to_owned(),
            ),
        ] {
            assert!(error.contains(&why), "{error}");
        }
        let many = ONE.replace("key/a", "key/*");
        assert!(resolved(&format!("{ONE}{many}")).is_ok());
    }
}
