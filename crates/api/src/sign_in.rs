//! Who signed a request, and so whose streams it means: the account follows from the access key, the
//! region from the scope of the signature. Source: `kinesis-wire.md` section 5.

use std::borrow::Cow;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use flumen_access::{Caller, Principal};
use flumen_protocol::sign::{self, Request, Signed, SigningKeys};
use flumen_protocol::{ErrorCode, Fault};
use flumen_types::Clock;

use crate::credentials::{ACCOUNT_DEFAULT, Credentials, is_account};
use crate::web::Origins;

const REGION_CHARACTERS_MAX: usize = 64;

/// Everybody who may sign, or anybody.
pub struct SignIn {
    /// `None`: any well-formed signature passes.
    credentials: Option<Credentials>,
    /// Whoever signs with a key that says nothing of an account, where signatures are not verified.
    anybody: Arc<Principal>,
    /// The pages that may call where signatures are not verified. Where they are, no page can make one.
    origins: Origins,
    keys: SigningKeys,
    clock: Clock,
}

/// Whose a request is, and by which signature.
pub(crate) struct Identified<'r> {
    pub caller: Caller,
    /// Hexadecimal, as it was sent, where it was verified: one that was not proves nothing.
    pub signature: Option<Cow<'r, str>>,
}

impl SignIn {
    pub fn new(credentials: Option<Credentials>, origins: Origins, clock: Clock) -> Self {
        let anybody = Arc::new(Principal::root(ACCOUNT_DEFAULT));
        SignIn { credentials, anybody, origins, keys: SigningKeys::default(), clock }
    }

    /// The account whose the server is: the only one that may sign, and of several the default one.
    pub(crate) fn operator(&self) -> &str {
        self.credentials.as_ref().and_then(Credentials::only_account).unwrap_or(ACCOUNT_DEFAULT)
    }

    /// Whether signatures are verified.
    pub fn is_checked(&self) -> bool {
        self.credentials.is_some()
    }

    /// Whose the request is. `service` is the name that it must be signed for.
    pub(crate) fn identify<'r>(
        &self,
        head: &'r http::request::Parts,
        body: &'r [u8],
        service: &str,
    ) -> Result<Identified<'r>, Fault> {
        if self.credentials.is_none() && !self.origins.allow(&head.headers) {
            let text = "The origin of the page that sent this request is not this machine's. Configure credentials, or name \
                        the origin with --allow-origin.";
            return Err(Fault::new(ErrorCode::AccessDeniedException, text));
        }
        let request = Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            authority: head.uri.authority().map(|a| a.as_str()),
            body,
        };
        let signed = sign::parse(&request)?;
        if !is_region(&signed.region) {
            let text = "Credential should be scoped to a valid region.";
            return Err(Fault::new(ErrorCode::InvalidSignatureException, text));
        }
        let principal = match &self.credentials {
            Some(credentials) => self.verified(&request, &signed, credentials, service)?.clone(),
            // A key that is an account number is its own account, so that tests can have several.
            None if is_account(&signed.access_key) => Arc::new(Principal::root(&*signed.access_key)),
            None => self.anybody.clone(),
        };
        let caller = Caller::new(principal, &*signed.region);
        let signature = self.is_checked().then_some(signed.signature);
        Ok(Identified { caller, signature })
    }

    fn verified<'c>(
        &self,
        request: &Request<'_>,
        signed: &Signed<'_>,
        credentials: &'c Credentials,
        service: &str,
    ) -> Result<&'c Arc<Principal>, Fault> {
        let unknown = || {
            let text = "The security token included in the request is invalid.";
            Fault::new(ErrorCode::UnrecognizedClientException, text)
        };
        let now_ms = i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX);
        let key = credentials.get(&signed.access_key);
        // A token belongs to its key: neither passes without the other, nor with another one.
        let Some(key) =
            key.filter(|key| is_same(key.session_token.as_deref(), signed.session_token.as_deref()))
        else {
            signed.verify_unknown(request, &self.keys, now_ms, service);
            return Err(unknown());
        };
        signed.verify(request, &key.secret, &self.keys, now_ms, service)?;
        Ok(&key.principal)
    }
}

/// How long it takes says nothing of where they differ.
fn is_same(own: Option<&str>, given: Option<&str>) -> bool {
    match (own, given) {
        (Some(own), Some(given)) => verify_slices_are_equal(own.as_bytes(), given.as_bytes()).is_ok(),
        (own, given) => own == given,
    }
}

fn is_region(text: &str) -> bool {
    let of_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=REGION_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(of_region)
}
