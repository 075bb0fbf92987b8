//! The one decision.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use smallvec::SmallVec;

use crate::caller::{Basis, Caller, EndpointPolicy, Source, Standing};
use crate::facts::OfRequest;
use crate::policy::{Decision, Denial, Policies, Question, Side, evaluate};
use crate::{Action, Request, Resource, explained};

/// ARNs of streams fit.
const ARN_BYTES: usize = 256;

/// Says that something was decided and is allowed. Only [`decide`] makes one.
#[derive(Debug)]
pub struct Permit(());

/// What a caller is told who may not.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Denial { decision: *decision, principal, action, resource: arn })]
pub struct Denied {
    pub principal: String,
    pub action: Action,
    pub arn: String,
    pub decision: Decision,
}

/// What was let through that policies deny, where that is only counted and logged.
#[derive(Debug, Default)]
pub struct Denials(AtomicU64);

impl Denials {
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether the caller may do all of `actions` with the resource.
pub fn decide(caller: &Caller, actions: &[Action], resource: Resource<'_>) -> Result<Permit, Denied> {
    match &caller.standing {
        Some(standing) => by_policies(caller, standing, actions, &resource),
        None => by_ownership(caller, actions, &resource),
    }
}

fn by_ownership(caller: &Caller, actions: &[Action], resource: &Resource<'_>) -> Result<Permit, Denied> {
    if let Some(request) = caller.request()
        && request.wants_resources()
    {
        request.asks_for(&resource.arn.to_string());
    }
    if resource.account == caller.principal().account() {
        return Ok(Permit(()));
    }
    let arn = resource.arn.to_string();
    let decision = Decision::ImplicitDeny(Side::Resource);
    let action = actions.first().copied().unwrap_or(Action(""));
    caller.noted().note_on(&arn.as_str().into());
    caller.noted().note_denied(|| explained::by_ownership(action, &arn));
    Err(Denied { principal: caller.principal().to_string(), action, arn, decision })
}

fn by_policies(
    caller: &Caller,
    standing: &Standing,
    actions: &[Action],
    resource: &Resource<'_>,
) -> Result<Permit, Denied> {
    let mut arn = Text::default();
    // Writing to memory does not fail.
    let _ = fmt::write(&mut arn, format_args!("{}", resource.arn));
    let arn = arn.as_str();
    if let Some(request) = caller.request() {
        request.asks_for(arn);
    }
    let subject = caller.principal().subject();
    let facts = OfRequest { caller, standing, resource };
    let policies = policies_of(standing, resource);
    let is_own_root = caller.principal().is_root() && resource.account == caller.principal().account();
    // What is called nothing is granted by nothing.
    let none = [Action("")];
    for action in if actions.is_empty() { &none } else { actions } {
        let question = Question {
            subject: &subject,
            action: action.0,
            resource: arn,
            resource_account: Some(resource.account),
            facts: &facts,
        };
        // A service acts in an account by the account's leave.
        if caller.principal().is_service() && resource.account == caller.principal().account() {
            continue;
        }
        // Or a policy that denies everybody could never be taken away.
        let without_resource = Policies { resource: None, ..policies };
        let policies = match is_own_root && is_of_resource_policies(*action) {
            true => &without_resource,
            false => &policies,
        };
        let decision = evaluate(&question, policies);
        let explained = || explained::by_policies(caller, standing, &question, policies, decision);
        if decision.is_allowed() {
            // Of items, which are written all the time, nobody asks why they may.
            if caller.request().is_some_and(Request::wants_resources) {
                caller.noted().note_allowed(explained);
            }
            continue;
        }
        caller.noted().note_denied(explained);
        caller.noted().note_on(&arn.into());
        let (principal, arn) = (caller.principal().to_string(), arn.to_owned());
        let denied = Denied { principal, action: *action, arn, decision };
        match &standing.report {
            Some(denials) => {
                denials.0.fetch_add(1, Ordering::Relaxed);
                tracing::warn!("would be denied: {denied}");
            }
            None => return Err(denied),
        }
    }
    Ok(Permit(()))
}

/// Whether policies would let the caller do the action with the resource, which is not about to be done: nothing is noted, and
/// denials that are only counted count. Where no policies decide the resource's own are asked all the same, as of its account's root.
pub fn would_allow(caller: &Caller, action: Action, resource: &Resource<'_>) -> bool {
    let mut arn = Text::default();
    let _ = fmt::write(&mut arn, format_args!("{}", resource.arn));
    let subject = caller.principal().subject();
    let nobody = Standing {
        basis: Basis::Nothing,
        at_ms: 0,
        source: Source::default(),
        user_agent: None,
        report: None,
    };
    let standing = caller.standing.as_ref().unwrap_or(&nobody);
    let question = Question {
        subject: &subject,
        action: action.0,
        resource: arn.as_str(),
        resource_account: Some(resource.account),
        facts: &OfRequest { caller, standing, resource },
    };
    let is_of_service = caller.principal().is_service() && resource.account == caller.principal().account();
    is_of_service || evaluate(&question, &policies_of(standing, resource)).is_allowed()
}

fn policies_of<'a>(standing: &'a Standing, resource: &Resource<'a>) -> Policies<'a> {
    let rights = standing.basis.rights();
    let endpoint = standing.source.endpoint.as_ref();
    Policies {
        identity: &rights.identity,
        boundary: &rights.boundary,
        session: &rights.session,
        resource: resource.policy,
        grants: resource.grants,
        endpoint: endpoint.and_then(|endpoint| endpoint.policy.as_ref()).map(EndpointPolicy::policy),
    }
}

/// Whether it is done to the policy of a resource, and not to the resource.
fn is_of_resource_policies(action: Action) -> bool {
    let name = action.0.split_once(':').map(|(_, name)| name);
    matches!(name, Some("GetResourcePolicy" | "PutResourcePolicy" | "DeleteResourcePolicy"))
}

/// A text that is short mostly.
#[derive(Default)]
struct Text(SmallVec<[u8; ARN_BYTES]>);

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flumen_machine::Origin;

    use super::*;
    use crate::policy::{Kind, Policy};
    use crate::{ACCOUNT, Principal, Request, Rights};

    const PUT: Action = Action("kinesis:PutRecord");

    fn decided(principal: Principal, owner: &str) -> Result<(), Denied> {
        let caller = Caller::new(Arc::new(principal), "eu-west-1");
        let arn = format!("arn:aws:kinesis:eu-west-1:{owner}:stream/s");
        decide(&caller, &[PUT], Resource::new(owner, &arn)).map(|_| ())
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
    fn the_root_reaches_the_policies_of_what_is_its_accounts_whatever_they_deny() {
        let nobody = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
        let nobody = Policy::parse(nobody, Kind::Resource).unwrap();
        let by = |principal: Principal, action, owner: &str| {
            let rights = Arc::new(Rights::of_provided("AdministratorAccess").unwrap());
            let (basis, source) = (Basis::File(rights), Source::default());
            let standing = Standing { basis, at_ms: 0, source, user_agent: None, report: None };
            let caller = Caller::new(Arc::new(principal), "eu-west-1").standing(standing);
            let arn = format!("arn:aws:kinesis:eu-west-1:{owner}:stream/s");
            let resource = Resource { policy: Some(&nobody), ..Resource::new(owner, &arn) };
            decide(&caller, &[Action(action)], resource).is_ok()
        };
        let own = "111111111111";
        for action in
            ["kinesis:GetResourcePolicy", "kinesis:PutResourcePolicy", "kinesis:DeleteResourcePolicy"]
        {
            assert!(by(Principal::root(own), action, own), "{action}");
            assert!(!by(Principal::root("222222222222"), action, own), "{action} by another account's root");
            let user = Principal::user(own, "/", "ana", "AIDA", Default::default());
            assert!(!by(user, action, own), "{action} by a user");
        }
        assert!(!by(Principal::root(own), "kinesis:GetRecords", own));
    }

    #[test]
    fn an_operation_that_is_called_nothing_is_denied_where_policies_decide() {
        let standing = Standing {
            basis: Basis::File(Arc::new(Rights::of_provided("FlumenOperator").unwrap())),
            at_ms: 0,
            source: Source::default(),
            user_agent: None,
            report: None,
        };
        let user = Principal::user("111111111111", "/", "ana", "AIDA", Default::default());
        let caller = Caller::new(Arc::new(user), "eu-west-1").standing(standing);
        let about = |actions| decide(&caller, actions, Resource::new("111111111111", &ACCOUNT)).is_ok();
        assert!(about(&[PUT]) && !about(&[]));
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
        let about = |account: &str, arn: &str| decide(&caller, &[PUT], Resource::new(account, &arn)).is_ok();
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
        decide(&caller, &[PUT], Resource::new("111111111111", &"arn:a")).unwrap();
        assert_eq!(asker.resources(), [""; 0], "only where they are wanted");
    }

    /// A caller of whom policies decide, by one of those that come with the service.
    fn judged(principal: Principal, policy: &str, report: Option<Arc<Denials>>) -> Caller {
        let basis = Basis::File(Arc::new(crate::Rights::of_provided(policy).unwrap()));
        let standing = Standing { basis, at_ms: 0, source: Source::default(), user_agent: None, report };
        Caller::new(Arc::new(principal), "eu-west-1").standing(standing)
    }

    fn user() -> Principal {
        Principal::user("111111111111", "/", "u", "AIDA", std::collections::BTreeMap::new())
    }

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:111111111111:stream/s";
    const CREATE: Action = Action("kinesis:CreateStream");

    #[test]
    fn what_is_only_reported_is_counted_and_let_through() {
        let denials = Arc::new(Denials::default());
        let caller = judged(user(), "FlumenProducer", Some(denials.clone()));
        let decided = |action| decide(&caller, &[action], Resource::new("111111111111", &STREAM)).is_ok();
        assert!(decided(PUT));
        assert_eq!(denials.count(), 0);
        assert!(decided(CREATE) && decided(CREATE));
        assert_eq!(denials.count(), 2);
        let strict = judged(user(), "FlumenProducer", None);
        assert!(decide(&strict, &[CREATE], Resource::new("111111111111", &STREAM)).is_err());
    }

    #[test]
    fn what_would_be_allowed_is_told_and_nothing_is_noted() {
        let denials = Arc::new(Denials::default());
        let caller = judged(user(), "FlumenProducer", Some(denials.clone()));
        let own = Resource::new("111111111111", &STREAM);
        assert!(would_allow(&caller, PUT, &own));
        assert!(!would_allow(&caller, CREATE, &own), "also where a denial is only reported");
        assert_eq!(denials.count(), 0);
        // A service acts in an account by the account's leave, and in no other one.
        let service = || Principal::service("lambda.amazonaws.com", "111111111111");
        let other = Resource::new("222222222222", &"arn:aws:kinesis:eu-west-1:222222222222:stream/s");
        for caller in
            [Caller::new(Arc::new(service()), "eu-west-1"), judged(service(), "FlumenProducer", None)]
        {
            assert!(would_allow(&caller, CREATE, &own) && !would_allow(&caller, CREATE, &other));
        }
        let service = judged(service(), "FlumenProducer", None);
        let may = |resource| decide(&service, &[CREATE], resource).is_ok();
        assert!(may(own) && !may(other));
    }
}
