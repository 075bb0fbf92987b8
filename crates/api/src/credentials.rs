//! Who may sign requests: a file in AWS's shared credentials format. Each section is a principal with
//! `aws_access_key_id`, `aws_secret_access_key`, where it is not the default account `aws_account_id`, and where the key
//! is temporary `aws_session_token`; with `policy`, the name of one that comes with the service, it is a user who may
//! what that says, and otherwise its account's root.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use flumen_access::{Principal, Rights};

pub(crate) const ACCOUNT_DEFAULT: &str = "000000000000";

/// What is known of an access key.
pub(crate) struct Key {
    /// Of the section that it is in.
    name: String,
    pub principal: Arc<Principal>,
    pub rights: Arc<Rights>,
    pub secret: String,
    /// What requests that are signed with this key bring along.
    pub session_token: Option<String>,
}

/// Who may sign, by access key.
pub struct Credentials(HashMap<String, Key>);

impl Credentials {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("credentials {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("credentials {}", path.display()))
    }

    /// The sections whose keys are their account's, and may everything.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter(|key| key.principal.is_root()).map(|key| key.name.as_str())
    }

    /// Each section's name, access key and secret; those of sessions are left out, which end by themselves.
    pub fn sections(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let lasting = self.0.iter().filter(|(_, key)| key.session_token.is_none());
        lasting.map(|(id, key)| (&*key.name, &**id, &*key.secret))
    }

    /// All access keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The account of all keys, if it is one.
    pub(crate) fn only_account(&self) -> Option<&str> {
        let mut accounts = self.0.values().map(|key| key.principal.account());
        let first = accounts.next()?;
        accounts.all(|account| account == first).then_some(first)
    }

    pub(crate) fn get(&self, access_key: &str) -> Option<&Key> {
        self.0.get(access_key)
    }

    /// `text` is what such a file holds.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut keys = HashMap::new();
        for section in sections_of(text)? {
            let name = section.name;
            let value = |key| section.values.get(key).copied();
            let access_key = value("aws_access_key_id").with_context(|| lacks(name, "aws_access_key_id"))?;
            let secret =
                value("aws_secret_access_key").with_context(|| lacks(name, "aws_secret_access_key"))?;
            let account = value("aws_account_id").unwrap_or(ACCOUNT_DEFAULT);
            ensure!(is_account(account), "section [{name}]: aws_account_id {account:?} is not twelve digits");
            let session_token = value("aws_session_token");
            ensure!(session_token != Some(""), "section [{name}]: aws_session_token is empty");
            // Without a policy whoever has the key is the account.
            let (principal, rights) = match value("policy") {
                None => (Principal::root(account), Rights::default()),
                Some(policy) => {
                    let rights = Rights::of_provided(policy)
                        .with_context(|| format!("section [{name}]: there is no policy {policy}"))?;
                    let is_name = (1..=64).contains(&name.len())
                        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
                    ensure!(
                        is_name,
                        "section [{name}] has a policy, so its name must be one of a user: 1 to 64 of A-Z a-z 0-9 _+=,.@-"
                    );
                    (Principal::user(account, "/", name, access_key, Default::default()), rights)
                }
            };
            let key = Key {
                name: name.to_owned(),
                principal: Arc::new(principal),
                rights: Arc::new(rights),
                secret: secret.to_owned(),
                session_token: session_token.map(str::to_owned),
            };
            if let Some(other) = keys.insert(access_key.to_owned(), key) {
                bail!("sections [{}] and [{name}] have the same aws_access_key_id", other.name);
            }
        }
        ensure!(!keys.is_empty(), "no section with an aws_access_key_id");
        Ok(Credentials(keys))
    }
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn lacks(section: &str, key: &str) -> String {
    format!("section [{section}] has no {key}")
}

struct Section<'a> {
    name: &'a str,
    values: HashMap<&'a str, &'a str>,
}

/// The format is a list of `[name]`, `key = value`, blank lines and comments. Values hold any character,
/// so nothing is quoted or cut.
fn sections_of(text: &str) -> anyhow::Result<Vec<Section<'_>>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            sections.push(Section { name: name.trim(), values: HashMap::new() });
            continue;
        }
        let (key, value) =
            line.split_once('=').with_context(|| format!("line {number} is not `key = value`"))?;
        let section =
            sections.last_mut().with_context(|| format!("line {number} stands before any [section]"))?;
        section.values.insert(key.trim(), value.trim());
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_a_principal() {
        let text = "# who\n; x\n\n[ alice ]\naws_access_key_id = AKIA1\naws_secret_access_key=a=b/c+\n\
                    [bob]\naws_access_key_id=AKIA2\naws_secret_access_key=s\naws_account_id=123456789012\n\
                    aws_session_token = a//b==\n";
        let credentials = Credentials::parse(text).unwrap();
        let alice = credentials.get("AKIA1").unwrap();
        assert_eq!(
            (alice.name.as_str(), alice.principal.account(), alice.secret.as_str()),
            ("alice", ACCOUNT_DEFAULT, "a=b/c+")
        );
        assert_eq!(alice.session_token, None);
        let bob = credentials.get("AKIA2").unwrap();
        assert_eq!((bob.principal.account(), bob.session_token.as_deref()), ("123456789012", Some("a//b==")));
        assert!(credentials.get("AKIA3").is_none());
        assert_eq!(credentials.only_account(), None);
        let (_, bob) = text.split_once("[bob]").unwrap();
        assert_eq!(Credentials::parse(&format!("[bob]{bob}")).unwrap().only_account(), Some("123456789012"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |text: &str| Credentials::parse(text).err().unwrap().to_string();
        assert_eq!(error(""), "no section with an aws_access_key_id");
        assert_eq!(error("x=1"), "line 1 stands before any [section]");
        assert_eq!(error("[a]\nx"), "line 2 is not `key = value`");
        assert_eq!(error("[a]\naws_access_key_id=K"), "section [a] has no aws_secret_access_key");
        let keys = "aws_access_key_id=K\naws_secret_access_key=s\n";
        assert_eq!(
            error(&format!("[a]\n{keys}[b]\n{keys}")),
            "sections [a] and [b] have the same aws_access_key_id"
        );
        for account in ["12", "1234567890123", "12345678901x"] {
            let error = error(&format!("[a]\n{keys}aws_account_id={account}"));
            assert_eq!(error, format!("section [a]: aws_account_id \"{account}\" is not twelve digits"));
        }
        assert_eq!(error("[a]\naws_secret_access_key=s"), "section [a] has no aws_access_key_id");
        assert_eq!(
            error(&format!("[a]\n{keys}aws_session_token=")),
            "section [a]: aws_session_token is empty"
        );
        let absent = Credentials::read(Path::new("absent/file")).err().unwrap();
        assert!(format!("{absent:#}").starts_with("credentials absent/file: "), "{absent:#}");
    }
}
