//! Where requests go: `http://127.0.0.1:4567`, `https://kinesis.eu-west-1.amazonaws.com`.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub secure: bool,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// What the Host header says.
    pub authority: String,
}

impl Endpoint {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Settings(format!("endpoint {text:?} {why}"));
        let uri: Uri = text.parse().map_err(|_| wrong("is not a URL such as http://127.0.0.1:4567"))?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("does not start with http:// or https://")),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong("has a path; only scheme, host and port are used"));
        }
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("has a user name; requests are signed instead"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Endpoint { secure, host, port, authority: authority.as_str().to_owned() })
    }

    /// Whether requests stay on this machine.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The region in the name of one of AWS's endpoints, the only one that may be signed for there.
    pub fn region(&self) -> Option<&str> {
        let (_, rest) = self.host.split_once("kinesis").filter(|_| self.host.contains(".amazonaws.com"))?;
        rest.split('.').nth(1).filter(|region| *region != "amazonaws")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_scheme_host_and_port() {
        let endpoint = Endpoint::parse("http://127.0.0.1:4567").unwrap();
        assert_eq!((endpoint.secure, endpoint.port, endpoint.is_loopback()), (false, 4567, true));
        let endpoint = Endpoint::parse("https://[::1]:9/").unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.authority.as_str()), ("::1", "[::1]:9"));
        let endpoint = Endpoint::parse("https://kinesis.eu-west-1.amazonaws.com").unwrap();
        assert_eq!((endpoint.port, endpoint.is_loopback()), (443, false));
        assert_eq!(endpoint.to_string(), "https://kinesis.eu-west-1.amazonaws.com");
        for wrong in ["127.0.0.1:4567", "ftp://x", "http://x/y", "http://a:b@x", "", "http://"] {
            assert!(Endpoint::parse(wrong).unwrap_err().to_string().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_endpoint_of_aws_names_its_region() {
        let region = |text: &str| Endpoint::parse(text).unwrap().region().map(str::to_owned);
        assert_eq!(region("https://kinesis.eu-west-1.amazonaws.com").as_deref(), Some("eu-west-1"));
        assert_eq!(region("https://1.data-kinesis.us-east-2.amazonaws.com").as_deref(), Some("us-east-2"));
        assert_eq!(region("https://kinesis.cn-north-1.amazonaws.com.cn").as_deref(), Some("cn-north-1"));
        assert_eq!(region("http://127.0.0.1:4567"), None);
    }
}
