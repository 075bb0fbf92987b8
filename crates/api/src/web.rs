//! What a page in somebody's browser may do here. A browser lets any page send requests to any server that the browser
//! reaches, this machine's own among them; with each it names the page's origin, and whom it takes the server for.

use std::net::IpAddr;

use anyhow::ensure;
use http::header::{self, HeaderMap};
use http::request::Parts;
use http::uri::{Authority, Uri};

/// The origins of pages that may call operations where no signature is verified.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Such as `https://console.example.com`, as browsers write them: scheme, host and a port that is not the scheme's own.
    pub fn new(named: Vec<String>) -> anyhow::Result<Self> {
        for origin in &named {
            let uri = origin.parse::<Uri>().ok();
            let whole =
                uri.as_ref().and_then(|uri| Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?)));
            ensure!(
                whole.is_some_and(|whole| whole.eq_ignore_ascii_case(origin) && !origin.contains('@')),
                "allow-origin {origin:?} is not an origin such as https://console.example.com"
            );
        }
        Ok(Origins(named))
    }

    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the request comes from no page, from one of this machine, or from one that is named.
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::ORIGIN).iter().all(|origin| {
            let Ok(origin) = origin.to_str() else { return false };
            let named = self.0.iter().any(|named| named.eq_ignore_ascii_case(origin));
            named || origin.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_this_machine))
        })
    }
}

/// Whether the request is addressed to this machine by a name that only means this machine, or by one of `names`. A name of
/// somebody else's may be made to lead here, and pages that were loaded under it could then read what is answered.
pub fn is_meant_for(names: &[String], head: &Parts) -> bool {
    let named = head.headers.get(header::HOST).map(|host| host.as_bytes());
    let authority = match (head.uri.authority(), named) {
        (Some(authority), _) => authority.clone(),
        // No browser leaves it out.
        (None, None | Some(b"")) => return true,
        (None, Some(host)) => match Authority::try_from(host) {
            Ok(authority) => authority,
            Err(_) => return false,
        },
    };
    let host = authority.host();
    is_this_machine(host) || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

fn is_this_machine(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
    // RFC 6761 6.3: these names never leave the machine.
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn pages_of_this_machine_and_named_ones_may_call() {
        let origins =
            Origins::new(vec!["https://app.example".into(), "http://10.0.0.7:8080".into()]).unwrap();
        let allows = |origin: &[u8]| {
            let request = Request::get("/").header("origin", origin).body(()).unwrap();
            origins.allow(request.headers())
        };
        for here in [
            "http://localhost:3000",
            "https://LOCALHOST",
            "http://a.localhost",
            "http://127.0.0.1:80",
            "http://127.9.9.9",
            "http://[::1]:3000",
            "https://app.example",
            "https://App.Example",
            "http://10.0.0.7:8080",
        ] {
            assert!(allows(here.as_bytes()), "{here}");
        }
        for other in [
            "https://evil.example",
            "null",
            "",
            "http://app.example",
            "https://app.example:444",
            "https://app.example.evil",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://notlocalhost",
            "http://10.0.0.7",
            "http://2130706433",
            "file://",
            "\u{e9}",
        ] {
            assert!(!allows(other.as_bytes()), "{other}");
        }
        assert!(origins.allow(&HeaderMap::new()));
    }

    #[test]
    fn what_is_no_origin_is_named() {
        for wrong in
            ["app.example", "*", "null", "https://app.example/", "https://app.example/x", "https://a@b", ""]
        {
            let error = Origins::new(vec![wrong.into()]).unwrap_err().to_string();
            let text = "is not an origin such as https://console.example.com";
            assert_eq!(error, format!("allow-origin {wrong:?} {text}"));
        }
    }

    #[test]
    fn a_host_is_this_machine_or_a_name_of_the_server() {
        let names = ["streams.example".to_owned()];
        let meant = |host: Option<&str>, uri: &str| {
            let mut request = Request::get(uri);
            if let Some(host) = host {
                request = request.header("host", host);
            }
            is_meant_for(&names, &request.body(()).unwrap().into_parts().0)
        };
        for host in
            ["localhost", "localhost:4567", "127.0.0.1:4567", "[::1]:4567", "streams.example:1", "LocalHost."]
        {
            assert!(meant(Some(host), "/"), "{host}");
        }
        for host in
            ["evil.example:4567", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "a b"]
        {
            assert!(!meant(Some(host), "/"), "{host}");
        }
        assert!(meant(None, "/") && meant(None, "http://localhost/metrics"));
        assert!(!meant(Some("localhost"), "http://evil.example/metrics"));
    }
}
