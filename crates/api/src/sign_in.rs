//! Who signed a request, and so whose streams it means: the account follows from the access key, the
//! region from the scope of the signature. Source: `docs/kinesis/wire.md#signatures`.

use std::borrow::Cow;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use flumen_access::identity::NotKnown;
use flumen_access::{Basis, Caller, Denials, Identities, Principal};
use flumen_protocol::sign::{self, Request, Signed, SigningKeys};
use flumen_protocol::{ErrorCode, Fault};
use flumen_types::Clock;

use crate::credentials::{ACCOUNT_DEFAULT, Credentials, is_account};
use crate::web::Origins;

const REGION_CHARACTERS_MAX: usize = 64;
/// Of a request that no signature says the region of, as at AWS's endpoint for all of them.
const REGION_UNSIGNED: &str = "us-east-1";

/// Everybody who may sign, or anybody.
pub struct SignIn {
    /// `None`: any well-formed signature passes.
    signers: Option<Signers>,
    /// Whoever signs with a key that says nothing of an account, where signatures are not verified.
    anybody: Arc<Principal>,
    /// Whoever does not sign where nobody does.
    unsigned: Arc<Principal>,
    /// The pages that may call where signatures are not verified. Where they are, no page can make one.
    origins: Origins,
    keys: SigningKeys,
    clock: Clock,
}

/// Whose a request is, and by which signature.
pub(crate) struct Identified<'r> {
    pub caller: Caller,
    /// Where policies are asked.
    pub basis: Option<Basis>,
    /// Hexadecimal, as it was sent, where it was verified: one that was not proves nothing.
    pub signature: Option<Cow<'r, str>>,
}

/// Who may sign: those of a file, and those who have an access key of the service.
pub struct Signers {
    pub file: Option<Credentials>,
    pub identities: Identities,
    /// Where denials are only counted and logged, as long as a server is being moved.
    pub report: Option<Arc<Denials>>,
}

impl SignIn {
    /// Without `signers` any well-formed signature passes.
    pub fn new(signers: Option<Signers>, origins: Origins, clock: Clock) -> Self {
        let anybody = Arc::new(Principal::root(ACCOUNT_DEFAULT));
        let unsigned = Arc::new(Principal::anybody());
        SignIn { signers, anybody, unsigned, origins, keys: SigningKeys::default(), clock }
    }

    /// Where denials are only counted, that.
    pub(crate) fn report(&self) -> Option<&Arc<Denials>> {
        self.signers.as_ref()?.report.as_ref()
    }

    pub(crate) fn operator(&self) -> String {
        let signers = self.signers.as_ref();
        operator(
            signers.and_then(|signers| signers.file.as_ref()),
            signers.map(|signers| &signers.identities),
        )
    }

    /// Whether signatures are verified.
    pub fn is_checked(&self) -> bool {
        self.signers.is_some()
    }

    /// Whose the request is. `service` is the name that it must be signed for.
    pub(crate) fn identify<'r>(
        &self,
        head: &'r http::request::Parts,
        body: &'r [u8],
        service: &'static str,
    ) -> Result<Identified<'r>, Fault> {
        self.check_origin(head)?;
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
        let (principal, basis) = match &self.signers {
            Some(signers) => {
                let (principal, basis) = self.verified(&request, &signed, signers, service)?;
                (principal, Some(basis))
            }
            // A key that is an account number is its own account, so that tests can have several.
            None if is_account(&signed.access_key) => (Arc::new(Principal::root(&*signed.access_key)), None),
            None => (self.anybody.clone(), None),
        };
        let caller = Caller::new(principal, &*signed.region);
        let signature = self.is_checked().then_some(signed.signature);
        Ok(Identified { caller, basis, signature })
    }

    /// Whoever sent a request that nobody signs for.
    pub(crate) fn unsigned<'r>(&self, head: &http::request::Parts) -> Result<Identified<'r>, Fault> {
        self.check_origin(head)?;
        let caller = Caller::new(self.unsigned.clone(), REGION_UNSIGNED);
        Ok(Identified { caller, basis: self.is_checked().then_some(Basis::Nothing), signature: None })
    }

    fn check_origin(&self, head: &http::request::Parts) -> Result<(), Fault> {
        if self.signers.is_none() && !self.origins.allow(&head.headers) {
            let text = "The origin of the page that sent this request is not this machine's. Configure credentials, or name \
                        the origin with --allow-origin.";
            return Err(Fault::new(ErrorCode::AccessDeniedException, text));
        }
        Ok(())
    }

    fn verified(
        &self,
        request: &Request<'_>,
        signed: &Signed<'_>,
        signers: &Signers,
        service: &'static str,
    ) -> Result<(Arc<Principal>, Basis), Fault> {
        let now_ms = self.clock.now_ms();
        let verify = |secret: &str| {
            let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
            signed.verify(request, secret, &self.keys, now_ms, service)
        };
        // An access key that nobody has costs the same work as one that somebody has.
        let unknown = |why| {
            signed.verify_unknown(request, &self.keys, i64::try_from(now_ms).unwrap_or(i64::MAX), service);
            unknown(why)
        };
        let token = signed.session_token.as_deref();
        if let Some(key) = signers.file.as_ref().and_then(|file| file.get(&signed.access_key)) {
            // A token belongs to its key: neither passes without the other, nor with another one.
            if !is_same(key.session_token.as_deref(), token) {
                return Err(unknown(NotKnown::Unknown));
            }
            verify(&key.secret)?;
            return Ok((key.principal.clone(), Basis::File(key.rights.clone())));
        }
        let by = signers.identities.signed_by(&signed.access_key, token).map_err(unknown)?;
        verify(by.known.secret.expose())?;
        by.known.note_use(now_ms, service, &signed.region);
        Ok((by.known.principal.clone(), Basis::Key(by)))
    }
}

/// The account whose the server is: the first of its identities; without any the only one of the file, and of several the
/// default one.
pub fn operator(file: Option<&Credentials>, identities: Option<&Identities>) -> String {
    let of_file = || file?.only_account().map(str::to_owned);
    let operator = identities.and_then(Identities::operator).or_else(of_file);
    operator.unwrap_or_else(|| ACCOUNT_DEFAULT.to_owned())
}

fn unknown(why: NotKnown) -> Fault {
    let code = match why {
        NotKnown::Unknown => ErrorCode::UnrecognizedClientException,
        NotKnown::Expired => ErrorCode::ExpiredTokenException,
    };
    Fault::new(code, why.to_string())
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
