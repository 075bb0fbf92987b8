//! What a file of identities and streams says, and whether it can be meant. Everything that can be known to be wrong
//! without asking anybody is found here, before anything is changed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use flumen_access::identity::PrivateEndpoint;
use flumen_access::limits::LimitOverrides;
use flumen_access::policy::{Kind as PolicyKind, Policy};
use flumen_access::{Limit, Rights};
use flumen_protocol::proxy;
use serde::Deserialize;

use crate::config::Size;

/// Of the files that this program reads.
const VERSION: i64 = 1;
const REGION_DEFAULT: &str = "us-east-1";

/// What a file says.
#[derive(Debug)]
pub struct File {
    pub path: PathBuf,
    pub accounts: Vec<Account>,
    /// By their ids, if the file describes any, or says that there are none.
    pub endpoints: Option<BTreeMap<String, PrivateEndpoint>>,
    pub streams: Vec<Stream>,
    pub policies: Vec<Managed>,
    pub grantees: Vec<Grantee>,
    /// Kinds that the file describes, if only by saying that there are none.
    pub described: BTreeSet<Kind>,
    pub prune_streams: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Policy,
    Group,
    Role,
    User,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Account {
    pub id: String,
    /// Where its root's key is, or goes, when the account is made.
    pub root_credentials: Option<PathBuf>,
    /// What it may take, in place of the defaults.
    pub limits: Option<Limits>,
}

/// By name; what is not there has its default.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "BTreeMap<String, LimitValue>")]
pub struct Limits(pub LimitOverrides);

#[derive(Deserialize)]
#[serde(untagged)]
enum LimitValue {
    Number(u64),
    Text(String),
}

/// Whose a thing is: the account that is named, or else the only one that there is.
pub type Owner = Option<String>;
pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stream {
    pub account: Owner,
    #[serde(default = "region_default")]
    pub region: String,
    pub name: String,
    /// That it is made with; without, its capacity is on demand.
    pub shards: Option<i32>,
    pub retention_hours: Option<i32>,
    pub tags: Option<Tags>,
    pub consumers: Option<BTreeSet<String>>,
}

/// A managed policy.
#[derive(Debug)]
pub struct Managed {
    pub account: Owner,
    pub name: String,
    pub path: String,
    pub description: Option<String>,
    pub document: String,
    pub tags: Option<Tags>,
}

/// A user, a group or a role. What the file does not say of it stays as it is.
#[derive(Debug)]
pub struct Grantee {
    pub kind: Kind,
    pub account: Owner,
    pub name: String,
    pub path: Option<String>,
    pub tags: Option<Tags>,
    /// Names or ARNs of managed policies.
    pub policies: Option<BTreeSet<String>>,
    /// Documents by name.
    pub inline: Option<BTreeMap<String, String>>,
    /// Name or ARN of a managed policy; empty for none.
    pub boundary: Option<String>,
    pub of: Of,
}

#[derive(Debug)]
pub enum Of {
    Group,
    Role { trust: String, description: Option<String>, session_s_max: Option<u32> },
    User { groups: Option<BTreeSet<String>>, access_keys: Option<PathBuf> },
}

/// As it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    #[serde(rename = "version")]
    _version: i64,
    #[serde(default)]
    prune_streams: bool,
    #[serde(default)]
    accounts: Vec<Account>,
    endpoints: Option<Vec<RawEndpoint>>,
    #[serde(default)]
    streams: Vec<Stream>,
    policies: Option<Vec<RawPolicy>>,
    groups: Option<Vec<RawGroup>>,
    roles: Option<Vec<RawRole>>,
    users: Option<Vec<RawUser>>,
}

/// A policy: a table, JSON, or the name of a file that holds it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Text(String),
    Table(toml::Table),
}

type Inline = Option<BTreeMap<String, Document>>;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawEndpoint {
    id: String,
    vpc: Option<String>,
    policy: Option<Document>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawPolicy {
    account: Owner,
    name: String,
    path: Option<String>,
    description: Option<String>,
    document: Document,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawGroup {
    account: Owner,
    name: String,
    path: Option<String>,
    policies: Option<BTreeSet<String>>,
    inline: Inline,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawRole {
    account: Owner,
    name: String,
    path: Option<String>,
    tags: Option<Tags>,
    policies: Option<BTreeSet<String>>,
    inline: Inline,
    boundary: Option<String>,
    trust: Document,
    description: Option<String>,
    /// Seconds.
    max_session: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawUser {
    account: Owner,
    name: String,
    path: Option<String>,
    tags: Option<Tags>,
    policies: Option<BTreeSet<String>>,
    inline: Inline,
    boundary: Option<String>,
    groups: Option<BTreeSet<String>>,
    access_keys: Option<PathBuf>,
}

fn region_default() -> String {
    REGION_DEFAULT.to_owned()
}

impl TryFrom<BTreeMap<String, LimitValue>> for Limits {
    type Error = anyhow::Error;

    fn try_from(set: BTreeMap<String, LimitValue>) -> anyhow::Result<Self> {
        let limit = |(name, value): (String, LimitValue)| {
            let Some(limit) = Limit::parse(&name) else {
                let known = Limit::ALL.map(Limit::as_str).join(", ");
                bail!("unknown limit `{name}`, expected one of {known}");
            };
            let value = match value {
                LimitValue::Text(text) if text == "none" => return Ok((limit, None)),
                LimitValue::Number(number) => number,
                LimitValue::Text(text) if limit.is_of_bytes() => {
                    Size::parse(&text).map_err(anyhow::Error::msg)?.0
                }
                LimitValue::Text(text) => bail!("limit {limit} is {text:?}; it must be a number or \"none\""),
            };
            let most = Limit::MOST;
            ensure!((1..=most).contains(&value), "limit {limit} is {value}; it must be between 1 and {most}");
            Ok((limit, Some(value)))
        };
        set.into_iter().map(limit).collect::<anyhow::Result<_>>().map(Limits)
    }
}

impl Kind {
    /// As actions of IAM name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Policy => "Policy",
            Kind::Group => "Group",
            Kind::Role => "Role",
            Kind::User => "User",
        }
    }
}

/// As people are told.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Policy => "policy",
            Kind::Group => "group",
            Kind::Role => "role",
            Kind::User => "user",
        })
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl File {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let place = || path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(place)?;
        Self::parse(&text, path).with_context(place)
    }

    /// Paths in `text` are relative to where `path` lies.
    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        match text.parse::<toml::Table>()?.get("version") {
            Some(toml::Value::Integer(VERSION)) => {}
            Some(other) => bail!("version is {other}; this program reads version {VERSION}"),
            None => bail!("version is missing; begin the file with: version = {VERSION}"),
        }
        let Raw { prune_streams, mut accounts, endpoints, streams, policies, groups, roles, users, .. } =
            toml::from_str(text)?;
        for account in &mut accounts {
            account.root_credentials = account.root_credentials.take().map(|file| folder.join(file));
        }
        let kinds = [
            (Kind::Policy, policies.is_some()),
            (Kind::Group, groups.is_some()),
            (Kind::Role, roles.is_some()),
            (Kind::User, users.is_some()),
        ];
        let described = kinds.into_iter().filter(|(_, is_described)| *is_described).map(|(kind, _)| kind);
        let mut grantees = Vec::new();
        for group in groups.unwrap_or_default() {
            grantees.push(group.checked(folder)?);
        }
        for role in roles.unwrap_or_default() {
            grantees.push(role.checked(folder)?);
        }
        for user in users.unwrap_or_default() {
            grantees.push(user.checked(folder)?);
        }
        let policies = policies.unwrap_or_default().into_iter().map(|policy| policy.checked(folder));
        let mut file = File {
            path: path.to_owned(),
            policies: policies.collect::<anyhow::Result<_>>()?,
            accounts,
            endpoints: endpoints.map(|all| private_endpoints(all, folder)).transpose()?,
            streams,
            grantees,
            described: described.collect(),
            prune_streams,
        };
        file.own();
        file.check()?;
        Ok(file)
    }

    /// What names no account is the only one's that is there.
    fn own(&mut self) {
        let [only] = self.accounts.as_slice() else { return };
        let owners = (self.streams.iter_mut().map(|stream| &mut stream.account))
            .chain(self.policies.iter_mut().map(|policy| &mut policy.account))
            .chain(self.grantees.iter_mut().map(|grantee| &mut grantee.account));
        for owner in owners {
            owner.get_or_insert_with(|| only.id.clone());
        }
    }

    /// Whether requests are signed once the file is applied.
    pub fn names_an_account(&self) -> bool {
        !self.accounts.is_empty()
    }

    pub fn describes_identities(&self) -> bool {
        !self.described.is_empty()
    }

    /// All accounts that the file is about, where `only` is the one that is meant without a word.
    pub fn accounts<'f>(&'f self, only: &'f str) -> BTreeSet<&'f str> {
        let named = self.accounts.iter().map(|account| account.id.as_str());
        let owners = (self.streams.iter().map(|stream| &stream.account))
            .chain(self.policies.iter().map(|policy| &policy.account))
            .chain(self.grantees.iter().map(|grantee| &grantee.account));
        named.chain(owners.map(|owner| owner.as_deref().unwrap_or(only))).collect()
    }

    fn check(&self) -> anyhow::Result<()> {
        let mut ids = HashSet::new();
        for Account { id, .. } in &self.accounts {
            ensure!(is_account(id), "account {id:?} must be twelve digits");
            ensure!(ids.insert(id), "account {id} is there twice");
        }
        let mut streams = HashSet::new();
        for stream in &self.streams {
            self.check_owner(&stream.account, &format!("stream {}", stream.name))?;
            let is_new = streams.insert((&stream.account, &stream.region, &stream.name));
            ensure!(is_new, "stream {} is there twice", stream.name);
        }
        let mut names = HashSet::new();
        for Managed { account, name, .. } in &self.policies {
            self.check_owner(account, &format!("policy {name}"))?;
            let is_new = names.insert((Kind::Policy, account, name.to_ascii_lowercase()));
            ensure!(is_new, "policy {name} is there twice; names that differ only in case are the same");
        }
        let mut files = HashSet::new();
        for grantee in &self.grantees {
            self.check_owner(&grantee.account, &grantee.to_string())?;
            let is_new = names.insert((grantee.kind, &grantee.account, grantee.name.to_ascii_lowercase()));
            ensure!(is_new, "{grantee} is there twice; names that differ only in case are the same");
            let named = grantee.policies.iter().flatten().chain(&grantee.boundary);
            for policy in named.filter(|name| !name.is_empty()) {
                self.check_policy(grantee, policy)?;
            }
            if let Of::User { access_keys: Some(file), .. } = &grantee.of {
                let is_new = files.insert(file);
                ensure!(is_new, "{grantee}: access-keys {} also belongs to another user", file.display());
            }
        }
        Ok(())
    }

    fn check_owner(&self, owner: &Owner, what: &str) -> anyhow::Result<()> {
        match owner {
            None if self.accounts.len() > 1 => {
                bail!("{what}: set its account, since the file has {} accounts", self.accounts.len());
            }
            Some(id) => ensure!(is_account(id), "{what}: account {id:?} must be twelve digits"),
            None => {}
        }
        Ok(())
    }

    fn check_policy(&self, grantee: &Grantee, named: &str) -> anyhow::Result<()> {
        let is_known = named.starts_with("arn:")
            || self.own_policy(&grantee.account, named).is_some()
            || Rights::of_provided(named).is_some();
        ensure!(
            is_known,
            "{grantee}: there is no policy {named} in this file or built in; name other policies by ARN"
        );
        Ok(())
    }

    fn own_policy(&self, owner: &Owner, name: &str) -> Option<&Managed> {
        let is_it = |policy: &&Managed| policy.account == *owner && policy.name.eq_ignore_ascii_case(name);
        self.policies.iter().find(is_it)
    }

    /// The ARN of a policy that a thing of this account names.
    pub fn policy_arn(&self, grantee: &Grantee, named: &str, account: &str) -> String {
        match self.own_policy(&grantee.account, named) {
            _ if named.starts_with("arn:") => named.to_owned(),
            Some(policy) => policy.arn(account),
            None => format!("arn:aws:iam::aws:policy/{named}"),
        }
    }
}

impl Managed {
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }
}

impl Document {
    fn text(self, folder: &Path, kind: PolicyKind, what: &str) -> anyhow::Result<String> {
        let text = match self {
            Document::Table(table) => serde_json::to_string(&table).with_context(|| what.to_owned())?,
            Document::Text(text) if text.trim_start().starts_with('{') => text,
            Document::Text(file) => {
                let file = folder.join(file);
                let place = || format!("{what}: {}", file.display());
                std::fs::read_to_string(&file).with_context(place)?
            }
        };
        Policy::parse(&text, kind).with_context(|| what.to_owned())?;
        Ok(text)
    }
}

fn private_endpoints(
    endpoints: Vec<RawEndpoint>,
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, PrivateEndpoint>> {
    let mut described = BTreeMap::new();
    for RawEndpoint { id, vpc, policy } in endpoints {
        ensure!(proxy::is_endpoint(&id), "endpoint {id:?} is not an id such as vpce-1a2b3c4d");
        if let Some(vpc) = &vpc {
            ensure!(proxy::is_network(vpc), "endpoint {id}: vpc {vpc:?} is not an id such as vpc-1a2b3c4d");
        }
        let what = format!("endpoint {id}");
        let policy = policy.map(|policy| policy.text(folder, PolicyKind::Endpoint, &what)).transpose()?;
        let is_new = described.insert(id, PrivateEndpoint { vpc, policy }).is_none();
        ensure!(is_new, "{what} is there twice");
    }
    Ok(described)
}

fn texts(inline: Inline, folder: &Path, what: &str) -> anyhow::Result<Option<BTreeMap<String, String>>> {
    let text = |(name, document): (String, Document)| {
        let text = document.text(folder, PolicyKind::Identity, &format!("{what}: inline policy {name}"))?;
        Ok((name, text))
    };
    inline.map(|inline| inline.into_iter().map(text).collect()).transpose()
}

impl RawPolicy {
    fn checked(self, folder: &Path) -> anyhow::Result<Managed> {
        let RawPolicy { account, name, path, description, document, tags } = self;
        let document = document.text(folder, PolicyKind::Identity, &format!("policy {name}"))?;
        Ok(Managed {
            account,
            name,
            path: path.unwrap_or_else(|| "/".to_owned()),
            description,
            document,
            tags,
        })
    }
}

impl RawGroup {
    fn checked(self, folder: &Path) -> anyhow::Result<Grantee> {
        let RawGroup { account, name, path, policies, inline } = self;
        let inline = texts(inline, folder, &format!("group {name}"))?;
        let (kind, tags, boundary, of) = (Kind::Group, None, None, Of::Group);
        Ok(Grantee { kind, account, name, path, tags, policies, inline, boundary, of })
    }
}

impl RawRole {
    fn checked(self, folder: &Path) -> anyhow::Result<Grantee> {
        let RawRole {
            account,
            name,
            path,
            tags,
            policies,
            inline,
            boundary,
            trust,
            description,
            max_session,
        } = self;
        let inline = texts(inline, folder, &format!("role {name}"))?;
        let trust = trust.text(folder, PolicyKind::Trust, &format!("role {name}: trust"))?;
        let of = Of::Role { trust, description, session_s_max: max_session };
        Ok(Grantee { kind: Kind::Role, account, name, path, tags, policies, inline, boundary, of })
    }
}

impl RawUser {
    fn checked(self, folder: &Path) -> anyhow::Result<Grantee> {
        let RawUser { account, name, path, tags, policies, inline, boundary, groups, access_keys } = self;
        let inline = texts(inline, folder, &format!("user {name}"))?;
        let of = Of::User { groups, access_keys: access_keys.map(|file| folder.join(file)) };
        Ok(Grantee { kind: Kind::User, account, name, path, tags, policies, inline, boundary, of })
    }
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOW: &str = "{ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"kinesis:*\", Resource = \"*\" }] }";

    fn parse(text: &str) -> anyhow::Result<File> {
        File::parse(&format!("version = 1\n{text}"), Path::new("dir/who.toml"))
    }

    #[track_caller]
    fn error(text: &str) -> String {
        format!("{:#}", parse(text).unwrap_err())
    }

    #[test]
    fn a_file_says_who_there_is() {
        let file = parse(&format!(
            "[[accounts]]\nid = \"111111111111\"\nroot-credentials = \"root\"\n[[policies]]\nname = \"P\"\npath = \"/p/\"\n\
             document = {ALLOW}\n[[users]]\nname = \"ana\"\npolicies = [\"P\", \"FlumenProducer\", \"arn:x\"]\n\
             access-keys = \"ana\"\n[[streams]]\nname = \"s\"\n"
        ))
        .unwrap();
        let ana = &file.grantees[0];
        let arns: Vec<_> =
            ana.policies.iter().flatten().map(|p| file.policy_arn(ana, p, "111111111111")).collect();
        let provided = "arn:aws:iam::aws:policy/FlumenProducer";
        assert_eq!(arns, [provided, "arn:aws:iam::111111111111:policy/p/P", "arn:x"]);
        let Of::User { access_keys, .. } = &ana.of else { panic!("{ana:?}") };
        assert_eq!(access_keys.as_deref(), Some(Path::new("dir/ana")));
        assert_eq!(file.accounts[0].root_credentials.as_deref(), Some(Path::new("dir/root")));
        assert_eq!(file.described, [Kind::Policy, Kind::User].into());
        assert_eq!(file.accounts("222222222222"), ["111111111111"].into());
        assert_eq!(
            parse("users = []\n[[streams]]\nname = \"s\"").unwrap().accounts("222222222222"),
            ["222222222222"].into()
        );
        assert!(
            parse("users = []").unwrap().describes_identities() && !parse("").unwrap().describes_identities()
        );
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let page = include_str!("../../../../docs/security.md");
        let (_, section) = page.split_once("## Identities from a file").unwrap();
        let is_example = |line: &&str| line.is_empty() || line.starts_with("    ");
        let example: Vec<&str> = section.lines().skip(3).take_while(is_example).collect();
        let example = example.join("\n").replace("\"orders-reader.json\"", ALLOW);
        let file = File::parse(&example, Path::new("who.toml")).unwrap();
        assert_eq!((file.policies.len(), file.grantees.len(), file.streams.len()), (2, 3, 1));
    }

    #[test]
    fn each_mistake_is_named() {
        let version = |text: &str| format!("{:#}", File::parse(text, Path::new("f")).unwrap_err());
        assert_eq!(version(""), "version is missing; begin the file with: version = 1");
        assert_eq!(version("version = 2\nnew = 1"), "version is 2; this program reads version 1");
        for (text, unknown) in [
            ("user = []", "unknown field `user`"),
            ("[[users]]\nname = \"a\"\npolicy = \"x\"", "unknown field `policy`"),
            ("[[groups]]\nname = \"a\"\ntags = {}", "unknown field `tags`"),
            ("[[roles]]\nname = \"a\"", "missing field `trust`"),
            ("[[streams]]\nname = \"a\"\nshard = 1", "unknown field `shard`"),
            ("[[accounts]]\nid = \"1\"\nroot = \"f\"", "unknown field `root`"),
            ("[[policies]]\nname = \"p\"", "missing field `document`"),
        ] {
            let error = error(text);
            assert!(error.contains(unknown) && error.contains("line "), "{error}");
        }
        let user = |more: &str| error(&format!("[[users]]\nname = \"ana\"\n{more}"));
        assert_eq!(
            user("policies = [\"Produce\"]"),
            "user ana: there is no policy Produce in this file or built in; name other policies by ARN"
        );
        assert!(user("boundary = \"B\"").starts_with("user ana: there is no policy B "));
        assert_eq!(
            user("inline.r = { Statement = 1 }"),
            "user ana: inline policy r: Statement[0]: an object is wanted"
        );
        assert!(user("inline.r = \"r.json\"").starts_with("user ana: inline policy r: dir/r.json: "));
        assert_eq!(user("account = \"1\""), "user ana: account \"1\" must be twelve digits");
        let twice = "is there twice; names that differ only in case are the same";
        assert_eq!(user("[[users]]\nname = \"Ana\""), format!("user Ana {twice}"));
        assert_eq!(
            user("access-keys = \"k\"\n[[users]]\nname = \"bo\"\naccess-keys = \"k\""),
            "user bo: access-keys dir/k also belongs to another user"
        );
        let policy = format!("[[policies]]\nname = \"p\"\ndocument = {ALLOW}\n");
        assert_eq!(error(&policy.repeat(2)), format!("policy p {twice}"));
        assert_eq!(error(&"[[streams]]\nname = \"s\"\n".repeat(2)), "stream s is there twice");
        assert_eq!(error("[[accounts]]\nid = \"12\""), "account \"12\" must be twelve digits");
        let limits =
            |text: &str| error(&format!("[[accounts]]\nid = \"111111111111\"\n[accounts.limits]\n{text}"));
        for (text, why) in [
            ("call = 1", "unknown limit `call`, expected one of calls, bytes, connections, "),
            ("calls = 0", "limit calls is 0; it must be between 1 and 1125899906842624"),
            ("calls = \"1MiB\"", "limit calls is \"1MiB\"; it must be a number or \"none\""),
            ("bytes = \"fast\"", "\"fast\" is not a size such as 64MiB or 1GiB"),
        ] {
            let error = limits(text);
            assert!(error.contains(why), "{error}");
        }
        let endpoint = |text: &str| error(&format!("[[endpoints]]\nid = \"vpce-1\"\n{text}"));
        assert_eq!(error("[[endpoints]]\nid = \"e\""), "endpoint \"e\" is not an id such as vpce-1a2b3c4d");
        assert_eq!(endpoint("vpc = \"v\""), "endpoint vpce-1: vpc \"v\" is not an id such as vpc-1a2b3c4d");
        assert_eq!(endpoint("[[endpoints]]\nid = \"vpce-1\""), "endpoint vpce-1 is there twice");
        assert!(endpoint("policy = '{}'").starts_with("endpoint vpce-1: "));
        let allow = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        let long = format!("policy = '{allow}{}'", " ".repeat(20_480));
        assert!(endpoint(&long).contains("20480"), "{}", endpoint(&long));
        let account = |id| format!("[[accounts]]\nid = \"{id}\"\n");
        assert_eq!(error(&account("111111111111").repeat(2)), "account 111111111111 is there twice");
        let two = account("111111111111") + &account("222222222222");
        let which = "set its account, since the file has 2 accounts";
        assert_eq!(error(&format!("{two}[[streams]]\nname = \"s\"")), format!("stream s: {which}"));
        assert_eq!(error(&format!("{two}[[groups]]\nname = \"g\"")), format!("group g: {which}"));
        let trust = error("[[roles]]\nname = \"r\"\ntrust = '{\"Statement\":[]}'");
        assert!(trust.starts_with("role r: trust: Statement"), "{trust}");
        let read = File::read(Path::new("absent/who.toml")).unwrap_err();
        assert!(format!("{read:#}").starts_with("absent/who.toml: "), "{read:#}");
    }
}
