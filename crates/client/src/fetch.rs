//! What is at an address, over https alone, from whom the given certificates vouch for. No redirect is followed, and nothing is
//! tried again.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, HeaderValue};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use rustls::ClientConfig;

use crate::connection::{CONNECT_MAX, connect};
use crate::{Endpoint, Error, tls};

/// An address, and whom to believe there.
#[derive(Clone)]
pub struct Fetch {
    endpoint: Endpoint,
    /// With the query.
    path: String,
    tls: Arc<ClientConfig>,
}

impl Fetch {
    /// `pem` are the certificates that the one there must be signed by, which were read from `file`.
    pub fn new(url: &str, file: &Path, pem: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Settings(format!("address {url:?} {why}"));
        let uri: Uri =
            url.parse().map_err(|_| wrong("is not a URL such as https://issuer.example.com/keys"))?;
        let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("does not start with https://"));
        };
        let endpoint = Endpoint::parse(&format!("https://{authority}"))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Fetch { endpoint, path, tls: tls::trusting(file, pem)? })
    }

    /// At most so many bytes, which have to be there within that time.
    pub async fn get(&self, bytes_max: usize, within: Duration) -> Result<Bytes, Error> {
        let got = tokio::time::timeout(within, self.exchange(bytes_max)).await;
        got.map_err(|_| Error::Timeout { endpoint: self.endpoint.to_string() })?
    }

    async fn exchange(&self, bytes_max: usize) -> Result<Bytes, Error> {
        let broken = |why: &dyn fmt::Display| Error::Broken {
            endpoint: self.endpoint.to_string(),
            why: why.to_string(),
        };
        let mut connection = connect(&self.endpoint, Some(&self.tls), CONNECT_MAX).await?;
        let request = Request::get(self.path.as_str())
            .header(HOST, self.endpoint.authority.as_str())
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .body(Full::default())
            .map_err(|error| Error::Settings(error.to_string()))?;
        let answer = connection.send_request(request).await.map_err(|error| broken(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(Error::Status { status: answer.status().as_u16(), text: String::new() });
        }
        match Limited::new(answer.into_body(), bytes_max).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(Error::Unreadable(format!("it is larger than {bytes_max} bytes")))
            }
            Err(error) => Err(broken(&error)),
        }
    }
}

/// Where it leads.
impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.endpoint, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_fetched_from() {
        for url in ["http://a.example/keys", "a.example/keys", "", "https://", "ftp://a.example"] {
            let error = Fetch::new(url, Path::new("ca.pem"), "").unwrap_err().to_string();
            assert!(error.contains(&format!("address {url:?} ")), "{error}");
        }
        let error = Fetch::new("https://u:p@a.example/keys", Path::new("ca.pem"), "").unwrap_err();
        assert!(error.to_string().contains("has a user name"), "{error}");
        let error = Fetch::new("https://a.example/keys?x=1", Path::new("ca.pem"), "").unwrap_err();
        assert_eq!(error.to_string(), "certificates in ca.pem: there are none");
    }
}
