//! What the server listens on: `listen`, `tls` and `admin`, which are the listeners `plain`, `tls` and `admin`, and
//! `[[listeners]]` of the configuration file, with the private endpoints that they are.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use flumen_access::{Endpoint, EndpointPolicy};
use flumen_protocol::proxy;
use serde::Deserialize;

/// What a policy of a private endpoint may have, with its white space, on AWS.
const POLICY_BYTES_MAX: usize = 20_480;
const NAME_CHARACTERS_MAX: usize = 64;

/// One of `[[listeners]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Section {
    name: String,
    address: SocketAddr,
    #[serde(default)]
    tls: bool,
    vpc_endpoint: Option<String>,
    vpc: Option<String>,
    policy: Option<PathBuf>,
    #[serde(default)]
    proxy_protocol_from: Vec<Network>,
}

/// A listener with all that is set of it.
#[derive(Clone, Debug)]
pub struct Listener {
    pub about: Arc<flumen_api::Listener>,
    pub address: SocketAddr,
    /// The private endpoint that it is.
    pub endpoint: Option<Arc<Endpoint>>,
    /// From where a header of the PROXY protocol has to come first, and is believed.
    pub proxies: Vec<Network>,
}

/// Private endpoints by their ids.
pub type Endpoints = BTreeMap<String, Arc<Endpoint>>;

impl Listener {
    pub fn new(name: &str, address: SocketAddr, tls: bool) -> Self {
        let about = flumen_api::Listener { name: name.to_owned(), tls, is_admin: false };
        Listener { about: Arc::new(about), address, endpoint: None, proxies: Vec::new() }
    }

    pub fn admin(address: SocketAddr) -> Self {
        let about = flumen_api::Listener { name: "admin".to_owned(), tls: false, is_admin: true };
        Listener { about: Arc::new(about), ..Listener::new("admin", address, false) }
    }

    /// Whether its address is one that other machines reach.
    pub fn is_beyond_loopback(&self) -> bool {
        !self.address.ip().to_canonical().is_loopback()
    }
}

/// The listeners of the sections, and all endpoints that there are.
pub fn resolve(sections: Vec<Section>) -> anyhow::Result<(Vec<Listener>, Endpoints)> {
    let mut names = vec!["plain", "tls", "admin"];
    for section in &sections {
        let name = section.name.as_str();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        ensure!(
            (1..=NAME_CHARACTERS_MAX).contains(&name.len()) && name.chars().all(allowed),
            "listeners: {name:?} is not a valid name; a name has 1 to {NAME_CHARACTERS_MAX} letters, digits, \
             dots, hyphens and underscores"
        );
        ensure!(!names.contains(&name), "listeners: there is another listener named {name}");
        names.push(name);
    }
    let endpoints = endpoints(&sections)?;
    let listener = |section: Section| Listener {
        endpoint: section.vpc_endpoint.and_then(|id| endpoints.get(&id).cloned()),
        proxies: section.proxy_protocol_from,
        ..Listener::new(&section.name, section.address, section.tls)
    };
    Ok((sections.into_iter().map(listener).collect(), endpoints))
}

/// An endpoint may have several listeners, which do not have to repeat what is set of it.
fn endpoints(sections: &[Section]) -> anyhow::Result<Endpoints> {
    let mut set: BTreeMap<&str, (Option<&str>, Option<&Path>)> = BTreeMap::new();
    for Section { name, vpc_endpoint, vpc, policy, .. } in sections {
        let Some(id) = vpc_endpoint else {
            let lacking = "of a listener needs its vpc-endpoint";
            ensure!(vpc.is_none(), "listeners: vpc {lacking}: {name}");
            ensure!(policy.is_none(), "listeners: policy {lacking}: {name}");
            continue;
        };
        ensure!(
            proxy::is_endpoint(id),
            "listeners: vpc-endpoint {id:?} of {name} is not an id such as vpce-1a2b3c4d"
        );
        if let Some(vpc) = vpc {
            ensure!(
                proxy::is_network(vpc),
                "listeners: vpc {vpc:?} of {name} is not an id such as vpc-1a2b3c4d"
            );
        }
        let (vpc_set, policy_set) = set.entry(id).or_default();
        let same = vpc_set.is_none_or(|set| vpc.as_deref().is_none_or(|vpc| vpc == set))
            && policy_set.is_none_or(|set| policy.as_deref().is_none_or(|policy| policy == set));
        ensure!(same, "listeners: {name} describes {id} differently than another listener");
        *vpc_set = vpc_set.or(vpc.as_deref());
        *policy_set = policy_set.or(policy.as_deref());
    }
    let endpoint = |(id, (vpc, policy)): (&str, (Option<&str>, Option<&Path>))| {
        let policy = policy.map(read_policy).transpose()?;
        Ok((id.to_owned(), Arc::new(Endpoint { id: id.to_owned(), vpc: vpc.map(str::to_owned), policy })))
    };
    set.into_iter().map(endpoint).collect()
}

/// Those of the settings with those that the data directory describes.
pub fn joined(set: Endpoints, described: Vec<Endpoint>) -> anyhow::Result<Endpoints> {
    let mut all = set;
    for endpoint in described {
        let is_twice = all.get(&endpoint.id).is_some_and(|set| set.vpc.is_some() || set.policy.is_some());
        ensure!(
            !is_twice,
            "the endpoint {} is described by a listener and by a bootstrap file (stored in the data directory); \
             describe it in one of them only",
            endpoint.id
        );
        all.insert(endpoint.id.clone(), Arc::new(endpoint));
    }
    Ok(all)
}

fn read_policy(file: &Path) -> anyhow::Result<EndpointPolicy> {
    let name = format!("policy {}", file.display());
    let mut text = String::new();
    let read =
        File::open(file).and_then(|file| file.take(POLICY_BYTES_MAX as u64 + 1).read_to_string(&mut text));
    read.with_context(|| name.clone())?;
    ensure!(text.len() <= POLICY_BYTES_MAX, "{name} is longer than {POLICY_BYTES_MAX} bytes");
    EndpointPolicy::parse(text).context(name)
}

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    /// How many bits of it count.
    bits: u32,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (u32::from(own) ^ u32::from(other)).checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (u128::from(own) ^ u128::from(other)).checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a network such as 10.0.0.0/8 or 2001:db8::/32");
        let (address, bits) = text.split_once('/').map_or((text.as_str(), None), |(a, bits)| (a, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().map_err(|_| wrong())?,
            Some(_) => return Err(wrong()),
        };
        if bits > most {
            return Err(wrong());
        }
        Ok(Network { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sections {
        listeners: Vec<Section>,
    }

    fn resolved(text: &str) -> Result<(Vec<Listener>, Endpoints), String> {
        let sections: Sections = toml::from_str(text).map_err(|error| error.to_string())?;
        resolve(sections.listeners).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_listener_is_what_its_section_says() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        std::fs::write(file.path(), policy).unwrap();
        let text = format!(
            "[[listeners]]\nname = \"payments\"\naddress = \"10.0.0.5:4570\"\ntls = true\n\
             vpc-endpoint = \"vpce-1\"\nvpc = \"vpc-1\"\npolicy = {:?}\n\
             [[listeners]]\nname = \"again\"\naddress = \"10.0.0.6:4570\"\nvpc-endpoint = \"vpce-1\"\n\
             proxy-protocol-from = [\"10.0.0.0/24\", \"::1\"]\n\
             [[listeners]]\nname = \"bare\"\naddress = \"127.0.0.1:1\"\n",
            file.path()
        );
        let (listeners, endpoints) = resolved(&text).unwrap();
        let policy = EndpointPolicy::parse(policy.to_owned()).unwrap();
        let one = Endpoint { id: "vpce-1".into(), vpc: Some("vpc-1".into()), policy: Some(policy) };
        let [payments, again, bare] = &listeners[..] else { panic!("{listeners:?}") };
        assert_eq!(
            *payments.about,
            flumen_api::Listener { name: "payments".into(), tls: true, is_admin: false }
        );
        assert_eq!(payments.endpoint.as_deref(), Some(&one));
        assert_eq!(again.endpoint, payments.endpoint, "what is set of it holds wherever it is named");
        let networks: Vec<String> = again.proxies.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/24", "::1/128"]);
        assert_eq!((bare.endpoint.as_ref(), bare.proxies.len(), bare.about.tls), (None, 0, false));
        assert_eq!(endpoints.keys().collect::<Vec<_>>(), ["vpce-1"]);
    }

    #[test]
    fn mistakes_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (large, broken, list) =
            (file("large", &format!("{{{}}}", " ".repeat(20_479))), file("broken", "{"), file("list", "[]"));
        let one = "[[listeners]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\n";
        let with = |more: &str| resolved(&format!("{one}{more}")).map(|_| ()).unwrap_err();
        let endpoint = |more: &str| with(&format!("vpc-endpoint = \"vpce-1\"\n{more}"));
        let second = "[[listeners]]\nname = \"b\"\naddress = \"127.0.0.1:2\"\nvpc-endpoint = \"vpce-1\"\n";
        for (error, why) in [
            (with(one), "listeners: there is another listener named a"),
            (with("vpc = \"vpc-1\""), "listeners: vpc of a listener needs its vpc-endpoint: a"),
            (with("policy = \"p\""), "listeners: policy of a listener needs its vpc-endpoint: a"),
            (
                with("vpc-endpoint = \"x\""),
                "listeners: vpc-endpoint \"x\" of a is not an id such as vpce-1a2b3c4d",
            ),
            (
                endpoint("vpc = \"vpce-1\""),
                "listeners: vpc \"vpce-1\" of a is not an id such as vpc-1a2b3c4d",
            ),
            (
                endpoint(&format!("vpc = \"vpc-1\"\n{second}vpc = \"vpc-2\"")),
                "listeners: b describes vpce-1 differently than another listener",
            ),
            (endpoint(&format!("policy = {large:?}")), &format!("policy {large} is longer than 20480 bytes")),
            (
                endpoint(&format!("policy = {broken:?}")),
                &format!("policy {broken}: not the JSON of a policy: EOF while parsing an object"),
            ),
            (endpoint(&format!("policy = {list:?}")), &format!("policy {list}: ")),
            (endpoint("policy = \"/absent/p\""), "policy /absent/p: No such file"),
            (with("vpc-endpoints = 1"), "unknown field `vpc-endpoints`"),
            (with("proxy-protocol-from = [\"10.0.0.0/33\"]"), "\"10.0.0.0/33\" is not a network such as"),
        ] {
            assert!(error.contains(why), "{error}");
        }
        for name in ["plain", "tls", "admin"] {
            let error = resolved(&one.replace("\"a\"", &format!("{name:?}"))).unwrap_err();
            assert_eq!(error, format!("listeners: there is another listener named {name}"));
        }
        for name in ["", "a b", &"a".repeat(65)] {
            let error = resolved(&one.replace("\"a\"", &format!("{name:?}"))).unwrap_err();
            assert!(error.contains("is not a valid name"), "{error}");
        }
    }

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        let network = |text: &str| Network::try_from(text.to_owned());
        for (text, within, without) in [
            ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
            ("10.1.0.7", "10.1.0.7", "10.1.0.6"),
            ("0.0.0.0/0", "203.0.113.1", "::1"),
            ("10.0.0.0/9", "::ffff:10.127.0.1", "::ffff:10.128.0.1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("::1/128", "::1", "::2"),
        ] {
            let holds = |address: &str| network(text).unwrap().contains(address.parse().unwrap());
            assert!(holds(within) && !holds(without), "{text}");
        }
        for wrong in
            ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "all"]
        {
            assert!(network(wrong).unwrap_err().starts_with(&format!("{wrong:?} is not a network")));
        }
    }
}
