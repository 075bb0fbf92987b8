//! Who calls, and whether they may.
//!
//! A [`Caller`] is made where requests come in, and nowhere else. A [`Permit`] is made by [`decide`], and nowhere else: what
//! must not be reached without a decision asks for one. What actions and resources there are is the services' to say.
//!
//! Today an account may do everything with what is its own, and nothing with what is another's; a service may do what the
//! account may that it acts in.

pub mod policy;
mod published;

use std::fmt;
use std::sync::Arc;

use flumen_machine::Origin;
use flumen_types::Realm;
use parking_lot::Mutex;

pub use published::Published;

/// Who calls: an account as a whole, or a service that acts in one.
#[derive(Debug, PartialEq, Eq)]
pub struct Principal {
    account: String,
    /// The name of a service.
    service: Option<String>,
}

impl Principal {
    /// The account itself, which AWS calls its root user.
    pub fn root(account: impl Into<String>) -> Self {
        Principal { account: account.into(), service: None }
    }

    /// A service by its name, such as `lambda.amazonaws.com`, where it acts in an account.
    pub fn service(name: impl Into<String>, account: impl Into<String>) -> Self {
        Principal { account: account.into(), service: Some(name.into()) }
    }

    pub fn account(&self) -> &str {
        &self.account
    }
}

/// As AWS writes it: an ARN, of a service its name.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.service {
            None => write!(f, "arn:aws:iam::{}:root", self.account),
            Some(name) => f.write_str(name),
        }
    }
}

/// A principal with a request: whose the request is, and what it means where it names no account and region.
#[derive(Clone, Debug)]
pub struct Caller {
    principal: Arc<Principal>,
    realm: Realm,
    /// Where it is to be remembered.
    request: Option<Arc<Request>>,
}

/// A request that is remembered: by the commands that it gives, and where its call ends.
#[derive(Debug)]
pub struct Request {
    pub id: String,
    /// If it was signed, and that was verified.
    pub signature_sha256: Option<String>,
    /// What it is for, where that is remembered too.
    resources: Option<Mutex<Vec<String>>>,
}

impl Request {
    pub fn new(id: impl Into<String>, signature_sha256: Option<String>) -> Self {
        Request { id: id.into(), signature_sha256, resources: None }
    }

    /// The same, which also remembers what it is for.
    pub fn with_resources(self) -> Self {
        Request { resources: Some(Mutex::default()), ..self }
    }

    /// The ARNs of what was decided about so far, in that order, whatever was decided. What is the account's has none.
    pub fn resources(&self) -> Vec<String> {
        self.resources.as_ref().map(|resources| resources.lock().clone()).unwrap_or_default()
    }

    fn asks_for(&self, arn: &dyn fmt::Display) {
        let Some(resources) = &self.resources else { return };
        let (arn, mut resources) = (arn.to_string(), resources.lock());
        if arn != ACCOUNT && !resources.contains(&arn) {
            resources.push(arn);
        }
    }
}

impl Caller {
    /// `region` is the one that the request is signed for.
    pub fn new(principal: Arc<Principal>, region: impl Into<String>) -> Self {
        let realm = Realm { account: principal.account.clone(), region: region.into() };
        Caller { principal, realm, request: None }
    }

    /// The same with a request that is to be remembered.
    pub fn asking(self, request: Arc<Request>) -> Self {
        Caller { request: Some(request), ..self }
    }

    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The principal's account, in the request's region.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// For the commands that are given in this caller's name.
    pub fn origin(&self) -> Origin {
        let request = self.request.as_deref();
        Origin {
            principal: Some(self.principal.to_string()),
            request_id: request.map(|request| request.id.clone()),
            signature_sha256: request.and_then(|request| request.signature_sha256.clone()),
            event: None,
        }
    }
}

/// What is to be done, as policies name it: `kinesis:PutRecord`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Action(pub &'static str);

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What kind of action it is, as AWS's reference of actions sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    List,
    Read,
    Write,
    Tagging,
    Permissions,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::List => "List",
            Level::Read => "Read",
            Level::Write => "Write",
            Level::Tagging => "Tagging",
            Level::Permissions => "Permissions management",
        })
    }
}

/// What it is to be done with, whether or not it is there.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// Whose it is.
    pub account: &'a str,
    /// Written only where it is needed.
    pub arn: &'a dyn fmt::Display,
}

/// In place of an ARN, for what is the account's and has none of its own.
pub const ACCOUNT: &str = "*";

/// Says that something was decided and is allowed. Only [`decide`] makes one.
#[derive(Debug)]
pub struct Permit(());

/// What a caller is told who may not.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "User: {principal} is not authorized to perform: {action} on resource: {arn} because no resource-based policy allows \
     the {action} action"
)]
pub struct Denied {
    pub principal: String,
    pub action: Action,
    pub arn: String,
}

/// Whether the caller may do all of `actions` with the resource.
pub fn decide(caller: &Caller, actions: &[Action], resource: Resource<'_>) -> Result<Permit, Denied> {
    if let Some(request) = &caller.request {
        request.asks_for(resource.arn);
    }
    if resource.account == caller.principal.account {
        return Ok(Permit(()));
    }
    Err(Denied {
        principal: caller.principal.to_string(),
        action: actions.first().copied().unwrap_or(Action("")),
        arn: resource.arn.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: Action = Action("kinesis:PutRecord");

    fn decided(principal: Principal, owner: &str) -> Result<(), Denied> {
        let caller = Caller::new(Arc::new(principal), "eu-west-1");
        let arn = format!("arn:aws:kinesis:eu-west-1:{owner}:stream/s");
        decide(&caller, &[PUT], Resource { account: owner, arn: &arn }).map(|_| ())
    }

    #[test]
    fn an_account_may_do_everything_with_its_own() {
        assert_eq!(decided(Principal::root("111111111111"), "111111111111"), Ok(()));
    }

    #[test]
    fn another_accounts_is_refused_in_the_words_of_aws() {
        let denied = decided(Principal::root("111111111111"), "222222222222").unwrap_err();
        assert_eq!(
            denied.to_string(),
            "User: arn:aws:iam::111111111111:root is not authorized to perform: kinesis:PutRecord on resource: \
             arn:aws:kinesis:eu-west-1:222222222222:stream/s because no resource-based policy allows the \
             kinesis:PutRecord action"
        );
    }

    #[test]
    fn a_service_may_do_what_the_account_may_that_it_acts_in() {
        let service = || Principal::service("lambda.amazonaws.com", "111111111111");
        assert_eq!(decided(service(), "111111111111"), Ok(()));
        let denied = decided(service(), "222222222222").unwrap_err().to_string();
        assert!(denied.starts_with("User: lambda.amazonaws.com is not authorized to perform: "), "{denied}");
        assert_ne!(service(), Principal::root("111111111111"));
    }

    #[test]
    fn what_is_changed_remembers_the_request() {
        let root = Arc::new(Principal::root("111111111111"));
        let request = Arc::new(Request::new("id", Some("ab".to_owned())).with_resources());
        let caller = Caller::new(root, "eu-west-1").asking(request.clone());
        let origin = Origin {
            principal: Some("arn:aws:iam::111111111111:root".to_owned()),
            request_id: Some("id".to_owned()),
            signature_sha256: Some("ab".to_owned()),
            event: None,
        };
        assert_eq!(caller.origin(), origin);
        let about =
            |account: &str, arn: &str| decide(&caller, &[PUT], Resource { account, arn: &arn }).is_ok();
        assert!(
            about("111111111111", "arn:a")
                && !about("222222222222", "arn:b")
                && about("111111111111", ACCOUNT)
        );
        assert!(about("111111111111", "arn:a"));
        assert_eq!(request.resources(), ["arn:a", "arn:b"]);
        let asker = Arc::new(Request::new("id", None));
        let caller =
            Caller::new(Arc::new(Principal::root("111111111111")), "eu-west-1").asking(asker.clone());
        decide(&caller, &[PUT], Resource { account: "111111111111", arn: &"arn:a" }).unwrap();
        assert_eq!(asker.resources(), [""; 0], "only where they are wanted");
    }
}
