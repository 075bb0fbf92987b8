//! What a user has set where AWS's own tools look: variables, `~/.aws/credentials`, `~/.aws/config`.

use std::path::{Path, PathBuf};

use flumen_protocol::sign::Credentials;

use crate::{Endpoint, Error, ini};

const ENDPOINT_DEFAULT: &str = "http://127.0.0.1:4567";
const REGION_DEFAULT: &str = "us-east-1";
const PROFILE_DEFAULT: &str = "default";
/// Where distributions keep the certificates that they trust.
const ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Reads variables and files; tests give their own.
pub struct Environment<'e> {
    pub variable: &'e dyn Fn(&str) -> Option<String>,
    pub file: &'e dyn Fn(&Path) -> Option<String>,
}

impl Environment<'static> {
    /// That of this process.
    pub fn of_process() -> Self {
        Environment {
            variable: &|name| std::env::var(name).ok(),
            file: &|path| std::fs::read_to_string(path).ok(),
        }
    }
}

impl Environment<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The given endpoint, or the one in the variables, or a server on this machine.
    pub fn endpoint(&self, given: Option<&str>) -> Result<Endpoint, Error> {
        let set = || self.first(&["FLUMEN_ENDPOINT", "AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL"]);
        let text = given.map(str::to_owned).or_else(set);
        Endpoint::parse(text.as_deref().unwrap_or(ENDPOINT_DEFAULT))
    }

    pub fn region(&self, given: Option<&str>, endpoint: &Endpoint) -> String {
        let set = || self.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let named = || endpoint.region().map(str::to_owned);
        let configured = || self.configured("region");
        let region = given.map(str::to_owned).or_else(named).or_else(set).or_else(configured);
        region.unwrap_or_else(|| REGION_DEFAULT.to_owned())
    }

    /// On this machine any keys will do where none are set; elsewhere they must be.
    pub fn credentials(&self, endpoint: &Endpoint) -> Result<Credentials, Error> {
        if let Some(credentials) = self.set_credentials() {
            return Ok(credentials);
        }
        if endpoint.is_loopback() {
            let any = || "flumen".to_owned();
            return Ok(Credentials { access_key: any(), secret: any(), session_token: None });
        }
        let profile = self.profile();
        Err(Error::Settings(format!(
            "no credentials for {endpoint}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give profile \
             [{profile}] both keys in ~/.aws/credentials"
        )))
    }

    /// Those that are set, in variables or in the file.
    pub fn set_credentials(&self) -> Option<Credentials> {
        self.in_variables().or_else(|| self.in_file())
    }

    fn in_variables(&self) -> Option<Credentials> {
        Some(Credentials {
            access_key: self.get("AWS_ACCESS_KEY_ID")?,
            secret: self.get("AWS_SECRET_ACCESS_KEY")?,
            session_token: self.get("AWS_SESSION_TOKEN"),
        })
    }

    fn in_file(&self) -> Option<Credentials> {
        let text = self.read("AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let profile = self.profile();
        let value = |key| ini::value(&text, &profile, key).map(str::to_owned);
        Some(Credentials {
            access_key: value("aws_access_key_id")?,
            secret: value("aws_secret_access_key")?,
            session_token: value("aws_session_token"),
        })
    }

    fn configured(&self, key: &str) -> Option<String> {
        let text = self.read("AWS_CONFIG_FILE", "config")?;
        let profile = self.profile();
        let section = if profile == PROFILE_DEFAULT { profile } else { format!("profile {profile}") };
        ini::value(&text, &section, key).map(str::to_owned)
    }

    fn profile(&self) -> String {
        self.get("AWS_PROFILE").unwrap_or_else(|| PROFILE_DEFAULT.to_owned())
    }

    fn read(&self, variable: &str, name: &str) -> Option<String> {
        let usual = || self.get("HOME").map(|home| PathBuf::from(home).join(".aws").join(name));
        (self.file)(&self.get(variable).map(PathBuf::from).or_else(usual)?)
    }

    /// The certificates to trust, PEM, and the file they are in.
    pub fn roots(&self) -> Result<(PathBuf, String), Error> {
        let files: Vec<PathBuf> = match self.first(&["AWS_CA_BUNDLE", "SSL_CERT_FILE"]) {
            Some(file) => vec![file.into()],
            None => ROOTS.iter().map(PathBuf::from).collect(),
        };
        let found = files.iter().find_map(|path| Some((path.clone(), (self.file)(path)?)));
        let names = || files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| {
            Error::Settings(format!("no certificates to trust in {}: set AWS_CA_BUNDLE", names()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn with<T>(set: &[(&str, &str)], files: &[(&str, &str)], look: impl Fn(&Environment<'_>) -> T) -> T {
        let find = |of: &[(&str, &str)], name: &str| {
            of.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        look(&Environment {
            variable: &|name| find(set, name),
            file: &|path| find(files, &path.display().to_string()),
        })
    }

    #[test]
    fn flags_win_over_variables_and_those_over_files() {
        let endpoint = |given, set| with(set, &[], |e| e.endpoint(given).unwrap().to_string());
        assert_eq!(endpoint(None, &[]), ENDPOINT_DEFAULT);
        assert_eq!(endpoint(None, &[("AWS_ENDPOINT_URL", "http://c")]), "http://c");
        let both = [("AWS_ENDPOINT_URL", "http://c"), ("FLUMEN_ENDPOINT", "http://a")];
        assert_eq!(endpoint(None, &both), "http://a");
        assert_eq!(endpoint(Some("http://z"), &both), "http://z");

        let here = Endpoint::parse(ENDPOINT_DEFAULT).unwrap();
        let config = [("/h/.aws/config", "[default]\nregion = r1\n[profile p]\nregion = r2")];
        let region = |given, set| with(set, &config, |e| e.region(given, &here));
        assert_eq!(region(None, &[]), REGION_DEFAULT);
        assert_eq!(region(None, &[("HOME", "/h")]), "r1");
        assert_eq!(region(None, &[("HOME", "/h"), ("AWS_PROFILE", "p")]), "r2");
        assert_eq!(region(None, &[("HOME", "/h"), ("AWS_DEFAULT_REGION", "r3")]), "r3");
        assert_eq!(region(Some("r4"), &[("AWS_REGION", "r3")]), "r4");
    }

    #[test]
    fn credentials_are_found_where_awss_tools_look() {
        let file = "[default]\naws_access_key_id=F\naws_secret_access_key=S\n[p]\naws_access_key_id=P\n\
                    aws_secret_access_key=S\naws_session_token=T\n";
        let away = Endpoint::parse("https://example.com").unwrap();
        let key =
            |set| with(set, &[("/h/.aws/credentials", file)], |e| e.credentials(&away).map(|c| c.access_key));
        assert_eq!(key(&[("HOME", "/h")]).unwrap(), "F");
        assert_eq!(key(&[("HOME", "/h"), ("AWS_PROFILE", "p")]).unwrap(), "P");
        let set = [("HOME", "/h"), ("AWS_ACCESS_KEY_ID", "V"), ("AWS_SECRET_ACCESS_KEY", "S")];
        assert_eq!(key(&set).unwrap(), "V");
        let none = key(&[("HOME", "/h"), ("AWS_PROFILE", "q")]).unwrap_err().to_string();
        assert!(none.contains("https://example.com") && none.contains("[q]"), "{none}");
        let here = Endpoint::parse(ENDPOINT_DEFAULT).unwrap();
        assert!(with(&[], &[], |e| e.credentials(&here).is_ok()));
    }

    #[test]
    fn a_named_bundle_is_the_only_one_looked_at() {
        let files = [(ROOTS[0], "system"), ("/b", "bundle")];
        let roots = |set| with(set, &files, |e| e.roots().map(|(_, pem)| pem));
        assert_eq!(roots(&[]).unwrap(), "system");
        assert_eq!(roots(&[("AWS_CA_BUNDLE", "/b")]).unwrap(), "bundle");
        assert!(roots(&[("SSL_CERT_FILE", "/absent")]).unwrap_err().to_string().contains("/absent"));
    }
}
