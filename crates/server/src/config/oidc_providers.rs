//! `[[oidc-providers]]` of the configuration file: who vouches for people whom nobody here knows, and by which keys.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, ensure};
use flumen_access::web_identity::{Algorithm, Issuer};
use flumen_api::KeySource;
use flumen_client::Fetch;
use serde::Deserialize;

/// One of `[[oidc-providers]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Section {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Option<Vec<String>>,
    keys: Option<PathBuf>,
    keys_url: Option<String>,
    ca: Option<PathBuf>,
    #[serde(default)]
    public: bool,
}

/// An issuer, and where its keys come from.
pub type Provider = (Arc<Issuer>, KeySource);

pub fn resolve(sections: Vec<Section>) -> anyhow::Result<Vec<Provider>> {
    let resolve = |section: Section| {
        let name = section.issuer.clone();
        resolve_one(section).with_context(|| format!("oidc-providers: {name}"))
    };
    sections.into_iter().map(resolve).collect()
}

fn resolve_one(section: Section) -> anyhow::Result<Provider> {
    let algorithms = section.algorithms.unwrap_or_else(|| vec!["RS256".to_owned()]);
    let algorithms: Vec<Algorithm> = algorithms.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    let issuer = Issuer::new(&section.issuer, section.audiences, algorithms, section.public)?;
    let source = match (section.keys, section.keys_url, section.ca) {
        (Some(file), None, None) => KeySource::File(file),
        (None, Some(url), Some(ca)) => {
            let pem = fs::read_to_string(&ca).with_context(|| format!("ca {}", ca.display()))?;
            KeySource::Https(Fetch::new(&url, &ca, &pem)?)
        }
        (None, Some(_), None) => anyhow::bail!(
            "keys-url needs ca, a file with the certificate authorities to trust; the system's are in a file such \
             as /etc/ssl/certs/ca-certificates.crt"
        ),
        (keys, url, _) => {
            ensure!(url.is_some() || keys.is_some(), "set keys or keys-url");
            ensure!(url.is_none() || keys.is_none(), "set only one of keys and keys-url");
            anyhow::bail!("ca can only be set with keys-url");
        }
    };
    source.open(&issuer)?;
    Ok((Arc::new(issuer), source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Sections {
        oidc_providers: Vec<Section>,
    }

    fn resolved(text: &str) -> Result<Vec<Provider>, String> {
        let sections: Sections = toml::from_str(text).map_err(|error| error.to_string())?;
        resolve(sections.oidc_providers).map_err(|error| format!("{error:#}"))
    }

    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[test]
    fn a_provider_is_what_its_section_says_and_mistakes_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            format!("{:?}", path.display().to_string())
        };
        let key = rcgen::KeyPair::generate().unwrap();
        let ca = rcgen::CertificateParams::new(vec!["ca".into()]).unwrap().self_signed(&key).unwrap().pem();
        let (keys, ca, empty) = (file("keys", KEYS), file("ca", &ca), file("empty", r#"{"keys":[]}"#));
        let one = "[[oidc-providers]]\nissuer = \"https://a.example/x\"\naudiences = [\"flumen\"]\n";
        let ed25519 = "algorithms = [\"EdDSA\"]\n";
        let [(issuer, source)] = &resolved(&format!("{one}{ed25519}keys = {keys}")).unwrap()[..] else {
            panic!("there is one");
        };
        assert_eq!((issuer.url(), issuer.is_public()), ("https://a.example/x", false));
        assert!(matches!(source, KeySource::File(_)));
        let https = format!("{one}public = true\nkeys-url = \"https://a.example/keys?v=1\"\nca = {ca}");
        let [(issuer, source)] = &resolved(&https).unwrap()[..] else { panic!("there is one") };
        assert!(issuer.is_public());
        assert_eq!(format!("{source:?}"), "Https(https://a.example/keys?v=1)");

        let with = |more: &str| resolved(&format!("{one}{more}")).unwrap_err();
        for (error, why) in [
            (with(""), "oidc-providers: https://a.example/x: set keys or keys-url"),
            (with(&format!("keys = {keys}\nkeys-url = \"x\"")), "set only one of keys and keys-url"),
            (with(&format!("keys = {keys}\nca = {ca}")), "ca can only be set with keys-url"),
            (with("keys-url = \"https://a.example\""), "keys-url needs ca"),
            (with(&format!("keys-url = \"http://a.example\"\nca = {ca}")), "does not start with https://"),
            (with(&format!("keys-url = \"https://a.example\"\nca = {keys}")), "there are none"),
            (with("keys-url = \"https://a.example\"\nca = \"/absent/ca\""), "ca /absent/ca: No such file"),
            (with("keys = \"/absent/keys\""), "keys /absent/keys: No such file"),
            (with(&format!("keys = {ca}")), "not the JSON of a JWK set"),
            (with(&format!("keys = {empty}")), "there is none with an id for the algorithms of the provider"),
            (with(&format!("keys = {keys}")), "there is none with an id for the algorithms of the provider"),
            (
                with(&format!("keys = {keys}\nalgorithms = [\"HS256\"]")),
                "the algorithm \"HS256\" is none of RS256",
            ),
            (with(&format!("keys = {keys}\nalgorithms = []")), "an algorithm at least is wanted"),
            (with("jwks = 1"), "unknown field `jwks`"),
            (resolved(&one.replace("https", "http")).unwrap_err(), "is not a URL such as https://"),
            (resolved(&one.replace("\"flumen\"", "")).unwrap_err(), "an audience at least is wanted"),
        ] {
            assert!(error.contains(why), "{error}");
        }
    }
}
