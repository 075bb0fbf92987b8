//! A principal with a request.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use flumen_machine::{CallEvent, Origin};
use flumen_types::Realm;
use http::HeaderValue;
use parking_lot::Mutex;

use crate::identity::SignedBy;
use crate::policy::{InvalidPolicy, Kind, Policy};
use crate::principal::Principal;
use crate::rights::{Names, Rights};
use crate::{ACCOUNT, Denials};

/// A principal with a request: whose the request is, and what it means where it names no account and region.
#[derive(Clone, Debug)]
pub struct Caller {
    principal: Arc<Principal>,
    realm: Arc<Realm>,
    /// Where it is to be remembered.
    request: Option<Arc<Request>>,
    /// Where policies decide; otherwise an account may do everything with what is its own.
    pub(crate) standing: Option<Standing>,
    noted: Noted,
}

/// What is noted of one call while it is carried out, for whoever tells of its end. Nothing here decides anything, and what is
/// known to be there costs no memory of its own.
#[derive(Debug, Default)]
pub struct Noted {
    on: OnceLock<Arc<str>>,
    who: OnceLock<Arc<Principal>>,
    denied: OnceLock<Box<str>>,
    allowed: OnceLock<Box<str>>,
    records: AtomicU64,
    bytes: AtomicU64,
    key_use: OnceLock<Box<KeyUse>>,
}

/// A key that a service has used for a caller.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// As KMS calls it: `Decrypt`.
    pub operation: &'static str,
    /// Its ARN, or that of the alias by which it was named.
    pub key: Arc<str>,
}

impl Noted {
    /// The ARN of what the call is for; the first one counts.
    pub fn on(&self) -> Option<&Arc<str>> {
        self.on.get()
    }

    pub fn note_on(&self, arn: &Arc<str>) {
        if self.on.get().is_none() {
            let _ = self.on.set(arn.clone());
        }
    }

    /// Whom the call turned out to be of, where that was not known when it came.
    pub fn who(&self) -> Option<&Arc<Principal>> {
        self.who.get()
    }

    pub fn note_who(&self, who: &Arc<Principal>) {
        let _ = self.who.set(who.clone());
    }

    /// What decided, as an object of JSON: see `docs/security.md`. Of several decisions the first that denied counts, else the
    /// first.
    pub fn decided(&self) -> Option<&str> {
        self.denied.get().or(self.allowed.get()).map(|decided| &**decided)
    }

    pub(crate) fn note_denied(&self, decided: impl FnOnce() -> Box<str>) {
        self.denied.get_or_init(decided);
    }

    pub(crate) fn note_allowed(&self, decided: impl FnOnce() -> Box<str>) {
        self.allowed.get_or_init(decided);
    }

    /// So many records were stored or read, with so many bytes of keys and data.
    pub fn note_records(&self, records: u64, bytes: u64) {
        // Whoever carries out a call is one task.
        let add = |to: &AtomicU64, more| to.store(to.load(Ordering::Relaxed) + more, Ordering::Relaxed);
        add(&self.records, records);
        add(&self.bytes, bytes);
    }

    /// A key was used for the caller, or was to be; the first one counts.
    pub fn note_key_use(&self, operation: &'static str, key: &Arc<str>) {
        if self.key_use.get().is_none() {
            let _ = self.key_use.set(Box::new(KeyUse { operation, key: key.clone() }));
        }
    }

    pub fn key_use(&self) -> Option<&KeyUse> {
        self.key_use.get().map(|used| &**used)
    }

    /// Records, and the bytes of their keys and data.
    pub fn records(&self) -> (u64, u64) {
        (self.records.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}

/// A clone is of another call, of which nothing is noted yet.
impl Clone for Noted {
    fn clone(&self) -> Self {
        Noted::default()
    }
}

/// What policies look at.
#[derive(Clone, Debug)]
pub struct Standing {
    pub basis: Basis,
    /// When the request came.
    pub at_ms: u64,
    pub source: Source,
    /// What the caller says that it is.
    pub user_agent: Option<HeaderValue>,
    /// Where denials are only counted and logged, as long as a server is being moved.
    pub report: Option<Arc<Denials>>,
}

/// By what a caller is who they are.
#[derive(Clone, Debug)]
pub enum Basis {
    /// A file of credentials, which is read at start.
    File(Arc<Rights>),
    /// An access key of the service's own.
    Key(SignedBy),
    /// Nothing: who calls has not signed.
    Nothing,
}

const NO_RIGHTS: &Rights =
    &Rights { identity: Vec::new(), boundary: Vec::new(), session: Vec::new(), names: Names::NONE };

impl Basis {
    pub fn rights(&self) -> &Rights {
        match self {
            Basis::File(rights) => rights,
            Basis::Key(key) => &key.known.rights,
            Basis::Nothing => NO_RIGHTS,
        }
    }
}

/// Where a request comes from, as the connection says it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Nothing within the process.
    pub address: Option<IpAddr>,
    pub is_secure: bool,
    /// That it came through, if it did.
    pub endpoint: Option<Arc<Endpoint>>,
}

/// A private endpoint, as AWS's interface endpoints are: what came through it has `aws:SourceVpce`, `aws:VpcSourceIp` and,
/// where it is known, `aws:SourceVpc`, and no `aws:SourceIp`.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `vpce-1a2b3c4d`.
    pub id: String,
    /// `vpc-1a2b3c4d`.
    pub vpc: Option<String>,
    /// What may be done through it; without one, everything that other policies allow.
    pub policy: Option<EndpointPolicy>,
}

/// A policy of an endpoint, as it was given, and what it says.
#[derive(Debug)]
pub struct EndpointPolicy {
    text: String,
    policy: Policy,
}

impl EndpointPolicy {
    pub fn parse(text: String) -> Result<Self, InvalidPolicy> {
        let policy = Policy::parse(&text, Kind::Endpoint)?;
        Ok(EndpointPolicy { text, policy })
    }

    /// In place of one that cannot be read.
    pub(crate) fn denies_all() -> Self {
        EndpointPolicy { text: String::new(), policy: Policy::denies_all() }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl PartialEq for EndpointPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for EndpointPolicy {}

/// A request that is remembered: by the commands that it gives, and where its call ends.
#[derive(Debug)]
pub struct Request {
    pub id: String,
    /// If it was signed, and that was verified.
    pub signature_sha256: Option<String>,
    /// What it is for, where that is remembered too.
    resources: Option<Mutex<Vec<String>>>,
    /// What the audit will say of it if it goes well: an id and a line.
    event: OnceLock<(String, Box<str>)>,
}

impl Request {
    pub fn new(id: impl Into<String>, signature_sha256: Option<String>) -> Self {
        Request { id: id.into(), signature_sha256, resources: None, event: OnceLock::new() }
    }

    /// The same, which also remembers what it is for.
    pub fn with_resources(self) -> Self {
        Request { resources: Some(Mutex::default()), ..self }
    }

    /// The ARNs of what was decided about so far, in that order, whatever was decided. What is the account's has none.
    pub fn resources(&self) -> Vec<String> {
        self.resources.as_ref().map(|resources| resources.lock().clone()).unwrap_or_default()
    }

    /// What rides from now on in the commands that it gives: the id of an event, and the event if the call goes well.
    pub fn note_event(&self, id: String, line: Box<str>) {
        let _ = self.event.set((id, line));
    }

    pub(crate) fn asks_for(&self, arn: &str) {
        let Some(resources) = &self.resources else { return };
        let mut resources = resources.lock();
        if arn != ACCOUNT && !resources.iter().any(|known| known == arn) {
            resources.push(arn.to_owned());
        }
    }

    pub(crate) fn wants_resources(&self) -> bool {
        self.resources.is_some()
    }
}

/// One request of a thread mostly is of the same account and region as the one before it.
fn realm(account: &str, region: &str) -> Arc<Realm> {
    thread_local! {
        static LATEST: RefCell<Option<Arc<Realm>>> = const { RefCell::new(None) };
    }
    LATEST.with_borrow_mut(|latest| {
        let is_same = |latest: &&Arc<Realm>| latest.account == account && latest.region == region;
        if let Some(same) = latest.as_ref().filter(is_same) {
            return same.clone();
        }
        let realm = Realm { account: account.to_owned(), region: region.to_owned() };
        latest.insert(Arc::new(realm)).clone()
    })
}

/// Commands have no room for what is longer; where the call ends it is told all the same.
const DECIDED_BYTES_MAX: usize = 4096;

impl Caller {
    /// `region` is the one that the request is signed for.
    pub fn new(principal: Arc<Principal>, region: impl AsRef<str>) -> Self {
        let realm = realm(principal.account(), region.as_ref());
        Caller { principal, realm, request: None, standing: None, noted: Noted::default() }
    }

    /// The same with a request that is to be remembered.
    pub fn asking(self, request: Arc<Request>) -> Self {
        Caller { request: Some(request), ..self }
    }

    /// The same where policies decide.
    pub fn standing(self, standing: Standing) -> Self {
        Caller { standing: Some(standing), ..self }
    }

    /// The same request as that of whom an issuer vouches for. Policies decide about them also where denials are only
    /// counted: that is for those who had keys before.
    pub(crate) fn vouched_for(&self, principal: Principal) -> Self {
        let principal = Arc::new(principal);
        self.noted.note_who(&principal);
        let standing = self.standing.clone().map(|standing| Standing { report: None, ..standing });
        let caller = Caller::new(principal, &*self.realm.region);
        Caller { request: self.request.clone(), standing, ..caller }
    }

    /// Whether policies decide.
    pub fn is_judged(&self) -> bool {
        self.standing.is_some()
    }

    /// The same by what identities are now; nothing if the access key is no more.
    pub fn renewed(&self) -> Option<Self> {
        let Some(standing) = &self.standing else { return Some(self.clone()) };
        let Basis::Key(key) = &standing.basis else { return Some(self.clone()) };
        let standing = Standing { basis: Basis::Key(key.again()?), ..standing.clone() };
        Some(Caller { standing: Some(standing), ..self.clone() })
    }

    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The principal's account, in the request's region.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// What is noted of the call.
    pub fn noted(&self) -> &Noted {
        &self.noted
    }

    pub(crate) fn request(&self) -> Option<&Request> {
        self.request.as_deref()
    }

    /// For the commands that are given in this caller's name.
    pub fn origin(&self) -> Origin {
        let request = self.request.as_deref();
        let event = request.and_then(|request| request.event.get().zip(Some(request)));
        let event = event.map(|((id, line), request)| {
            let decided = self.noted.decided().filter(|decided| decided.len() <= DECIDED_BYTES_MAX);
            let decided = decided.map(str::to_owned);
            let (id, line) = (id.clone(), line.to_string());
            Box::new(CallEvent { id, line, resources: request.resources(), decided })
        });
        Origin {
            principal: Some(self.principal.to_string()),
            request_id: request.map(|request| request.id.clone()),
            signature_sha256: request.and_then(|request| request.signature_sha256.clone()),
            event,
        }
    }
}
