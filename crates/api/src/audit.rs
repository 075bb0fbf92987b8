//! What the audit says of a call: which calls leave an event of their own, what stands in it, and where it goes when the call
//! ends. How events are written and kept is `flumen-audit`'s.
//!
//! Calls that manage something leave an event each. It rides in the command of a change, so that neither is there without the
//! other; of what has no command it is durable before the answer, unless the call only reads: then within a second. Of
//! records and items every call is summed, and what was denied has an event, up to so many a second for each principal.

mod denials;
mod elements;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use flumen_access::{Caller, KeyUse, Principal};
use flumen_audit::{
    Audit, Completeness, Event, Federation, Identity, Resource, SessionAttributes, SessionContext,
    SessionIssuer, new_event_id, sums::Called, sums::Sums, time, trails::DataCall, trails::DataWanted,
};
use flumen_protocol::codec::Encode;

use crate::peer::{Connection, Peer};
use denials::Denials;

pub(crate) use elements::elements;

/// How calls of an operation are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audited {
    /// An event each.
    Management { read_only: bool },
    /// In sums.
    Data { read_only: bool },
}

/// Where calls are told of.
pub struct Auditor {
    pub audit: Audit,
    pub sums: Sums,
    /// Which calls on records and items trails want events of.
    wanted: DataWanted,
    denials: Denials,
    denied: AtomicU64,
    by_root: AtomicU64,
}

impl Auditor {
    pub fn new(audit: Audit, sums: Sums, wanted: DataWanted) -> Self {
        Auditor {
            audit,
            sums,
            wanted,
            denials: Denials::default(),
            denied: AtomicU64::new(0),
            by_root: AtomicU64::new(0),
        }
    }
}

/// In sums, in place of who calls, of what was refused before that was known.
const STRANGER: &str = "(stranger)";
/// In sums, as outcome.
const WENT_AWAY: &str = "(caller went away)";

/// The event of a call that is under way.
pub(crate) struct Draft {
    id: String,
    identity: Identity,
    read_only: bool,
    /// Objects of JSON.
    parameters: OnceLock<Box<str>>,
    response: OnceLock<Box<str>>,
}

/// What is said of a call beside its draft.
pub(crate) struct About<'a> {
    pub at_ms: u64,
    pub caller: &'a Caller,
    pub from: &'a Peer,
    pub user_agent: Option<&'a str>,
    pub service: &'static str,
    pub operation: &'static str,
    pub request_id: &'a str,
    pub resources: &'a [Resource],
    pub error: Option<(&'a str, Option<&'a str>)>,
    /// Nobody waited for the answer.
    pub is_cut_off: bool,
    pub is_management: bool,
}

impl Draft {
    pub fn new(at_ms: u64, caller: &Caller, access_key: Option<&str>, read_only: bool) -> Self {
        let identity = identity(caller.principal(), access_key);
        let (parameters, response) = (OnceLock::new(), OnceLock::new());
        Draft { id: new_event_id(at_ms), identity, read_only, parameters, response }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    pub fn asks(&self, input: &impl Encode) {
        let _ = self.parameters.set(elements(input));
    }

    /// The same of a body that is JSON.
    pub fn asks_json(&self, body: &[u8]) {
        if let Some(parameters) = elements::of_json(body) {
            let _ = self.parameters.set(parameters);
        }
    }

    pub fn answers(&self, output: &impl Encode) {
        let _ = self.response.set(elements(output));
    }

    /// As it rides in a command, which has no room for long ones: what was asked for is then told where the call ends.
    pub fn riding_line(&self, about: &About<'_>) -> Box<str> {
        let line = self.line(about);
        if line.len() <= RIDING_BYTES_MAX {
            return line;
        }
        let bytes = self.parameters.get().map_or(0, |parameters| parameters.len());
        let omitted = format!("{{\"omitted\":true,\"originalSize\":{bytes}}}");
        let parameters = OnceLock::from(Box::<str>::from(omitted));
        let (id, identity, response) = (self.id.clone(), self.identity.clone(), OnceLock::new());
        Draft { id, identity, read_only: self.read_only, parameters, response }.line(about)
    }

    pub fn line(&self, about: &About<'_>) -> Box<str> {
        let caller = about.caller;
        let of_another = caller.noted().who().map(|who| identity(who, None));
        let from = match about.from {
            Peer::Connection(connection) => connection.client.ip().to_string(),
            Peer::Inside(inside) => inside.caller().principal().to_string(),
        };
        let (endpoint, tls) = match about.from {
            Peer::Connection(Connection { endpoint, tls, .. }) => (
                endpoint.as_deref().map(|endpoint| &*endpoint.id),
                tls.as_ref().map(|(version, suite)| (&**version, &**suite)),
            ),
            Peer::Inside(_) => (None, None),
        };
        let additional = match (about.is_cut_off, about.is_management) {
            (true, _) => Some(Cow::Borrowed(CUT_OFF)),
            (false, true) => None,
            (false, false) => {
                let (records, bytes) = caller.noted().records();
                Some(Cow::Owned(format!("{{\"records\":{records},\"bytes\":{bytes}}}")))
            }
        };
        let account = caller.noted().who().unwrap_or(caller.principal()).account();
        Event {
            id: &self.id,
            at_ms: about.at_ms,
            identity: of_another.as_ref().unwrap_or(&self.identity),
            source: source(about.service),
            name: about.operation,
            region: &caller.realm().region,
            from: &from,
            user_agent: about.user_agent,
            error: about.error,
            parameters: self.parameters.get().map(|parameters| &**parameters),
            response: self.response.get().map(|response| &**response),
            additional: additional.as_deref(),
            request_id: Some(about.request_id),
            read_only: self.read_only,
            resources: about.resources,
            is_call: true,
            is_management: about.is_management,
            account,
            endpoint,
            tls,
            decided: caller.noted().decided(),
        }
        .line()
    }
}

/// What events call a service, which signatures call shorter.
fn source(service: &'static str) -> &'static str {
    match service {
        "cloudtrail" => "cloudtrail.amazonaws.com",
        "dynamodb" => "dynamodb.amazonaws.com",
        "iam" => "iam.amazonaws.com",
        "kinesis" => "kinesis.amazonaws.com",
        "kms" => "kms.amazonaws.com",
        "monitoring" => "monitoring.amazonaws.com",
        "s3" => "s3.amazonaws.com",
        "sts" => "sts.amazonaws.com",
        other => other,
    }
}

/// Of an event in a command. There it is a text within JSON, in which its quotes take two bytes, and a command of tables has
/// 64 KiB for all but the request itself.
const RIDING_BYTES_MAX: usize = 16 * 1024;

/// Nobody waited for the answer, and nothing is known of what came of the call.
const CUT_OFF: &str = r#"{"callerWentAway":true}"#;

/// Source: the reference of `userIdentity`.
fn identity(principal: &Principal, access_key: Option<&str>) -> Identity {
    let account = (!principal.account().is_empty()).then(|| principal.account().to_owned());
    let of_issuer = |issuer: &str| Federation { federated_provider: issuer.to_owned() };
    let context = principal.issued_ms().map(|issued_ms| SessionContext {
        session_issuer: principal.role().map(|[arn, name, id]| SessionIssuer {
            kind: "Role",
            principal_id: id.to_owned(),
            arn: arn.to_owned(),
            account_id: principal.account().to_owned(),
            user_name: name.to_owned(),
        }),
        web_id_federation_data: principal.issuer().map(of_issuer),
        attributes: SessionAttributes { creation_date: time(issued_ms), mfa_authenticated: "false" },
        source_identity: principal.source_identity().map(str::to_owned),
    });
    let kind = match principal {
        _ if principal.is_root() => "Root",
        _ if principal.is_service() => "AWSService",
        _ if principal.role().is_some() => "AssumedRole",
        _ if principal.issuer().is_some() => "WebIdentityUser",
        _ if principal.is_stranger() => "Unknown",
        _ => "IAMUser",
    };
    if principal.is_service() {
        let invoked_by = Some(principal.to_string());
        return Identity { kind, account_id: account, invoked_by, ..Identity::default() };
    }
    Identity {
        kind,
        principal_id: Some(principal.id()),
        arn: Some(principal.to_string()),
        account_id: account,
        access_key_id: access_key.map(str::to_owned),
        user_name: principal.user_name().map(str::to_owned),
        invoked_by: None,
        session_context: context,
    }
}

impl Auditor {
    /// Tells of a call that has ended.
    pub(crate) fn tell(&self, draft: &Draft, about: &About<'_>) {
        let told = if about.is_cut_off { Completeness::CutOff } else { Completeness::AtItsEnd };
        self.audit.tell(draft.id(), about.at_ms, &draft.line(about), told);
    }

    /// Calls that were denied since the start.
    pub fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed)
    }

    /// Calls of root users since the start, where policies decide: elsewhere everybody is one.
    pub fn by_root(&self) -> u64 {
        self.by_root.load(Ordering::Relaxed)
    }

    /// Counts a call that has ended.
    pub(crate) fn count(&self, caller: Option<&Caller>, is_denied: bool) {
        if is_denied {
            self.denied.fetch_add(1, Ordering::Relaxed);
        }
        if caller.is_some_and(|caller| caller.principal().is_root() && caller.is_judged()) {
            self.by_root.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds a call that has ended to the sums. `caller` is nothing where it never was known who calls.
    pub(crate) fn sum(
        &self,
        caller: Option<&Caller>,
        service: &'static str,
        operation: &'static str,
        outcome: Option<&str>,
        is_cut_off: bool,
    ) {
        let outcome = if is_cut_off { WENT_AWAY } else { outcome.unwrap_or_default() };
        let (principal, thing, records, bytes) = match caller {
            Some(caller) => {
                let noted = caller.noted();
                let (records, bytes) = noted.records();
                let thing = noted.on().map_or("", |arn| &**arn);
                (caller.principal().policy_arn(), thing, records, bytes)
            }
            None => (STRANGER, "", 0, 0),
        };
        let call = Called { principal, thing, service: source(service), operation, outcome };
        self.sums.add(&call, records, bytes);
        if let Some(KeyUse { operation, key }) = caller.and_then(|caller| caller.noted().key_use()) {
            // What fails otherwise had been let use the key by then.
            let outcome = if outcome.starts_with("KMS") { outcome } else { "" };
            let of_key = Called { principal, thing: key, service: source("kms"), operation, outcome };
            self.sums.add(&of_key, 0, 0);
        }
    }

    /// Whether a trail wants an event of a call on records or items.
    pub(crate) fn is_wanted(
        &self,
        caller: &Caller,
        service: &'static str,
        operation: &str,
        read_only: bool,
    ) -> bool {
        // Nearly always.
        if !self.wanted.by_anybody() {
            return false;
        }
        let arn = caller.noted().on().map_or("", |arn| &**arn);
        self.wanted.wants(&DataCall {
            account: caller.principal().account(),
            region: &caller.realm().region,
            source: source(service),
            name: operation,
            read_only,
            kind: Resource::of_arn(arn).kind.unwrap_or_default(),
            arn,
        })
    }

    /// Whether one more denial of this principal has an event of its own in this second.
    pub(crate) fn tells_denial(&self, principal: &Arc<Principal>, at_ms: u64) -> bool {
        !principal.is_stranger() && self.denials.admits(principal.policy_arn(), at_ms)
    }
}
