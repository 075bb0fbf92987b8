//! What policies would say: the evaluator that decides about requests, asked about requests that nobody made.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flumen_protocol::iam::{
    ContextEntry, EvaluationResult, PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType,
    PolicySourceType, SimulateCustomPolicyRequest, SimulatePolicyResponse, SimulatePrincipalPolicyRequest,
    Statement,
};

use super::pages::page;
use super::{Iam, IamError};
use crate::identity::state::{Entity, Kind};
use crate::policy::{
    Decision, Fact, Facts, Kind as PolicyKind, Policies, Policy, Question, Side, Subject, evaluate,
};
use crate::rights::Rights;

/// Actions times resources.
const QUESTIONS_MAX: usize = 10_000;

/// What both operations are asked.
struct SimulateInput<'a> {
    actions: &'a [Cow<'a, str>],
    resources: Option<&'a [Cow<'a, str>]>,
    resource_policy: Option<&'a str>,
    resource_owner: Option<&'a str>,
    caller: Option<&'a str>,
    context: Option<&'a [ContextEntry<'a>]>,
    marker: Option<&'a str>,
    max_items: Option<i32>,
}

macro_rules! asked {
    ($input:expr) => {
        SimulateInput {
            actions: &$input.action_names,
            resources: $input.resource_arns.as_deref(),
            resource_policy: $input.resource_policy.as_deref(),
            resource_owner: $input.resource_owner.as_deref(),
            caller: $input.caller_arn.as_deref(),
            context: $input.context_entries.as_deref(),
            marker: $input.marker.as_deref(),
            max_items: $input.max_items,
        }
    };
}

impl Iam<'_> {
    pub fn simulate_custom_policy(
        &self,
        input: &SimulateCustomPolicyRequest<'_>,
    ) -> Result<SimulatePolicyResponse<'static>, IamError> {
        self.may_list()?;
        let identity = parsed(Some(&input.policy_input_list))?;
        let boundary = parsed(input.permissions_boundary_policy_input_list.as_deref())?;
        let nobody = format!("arn:aws:iam::{}:user/nobody", self.id());
        self.simulate(&nobody, &Rights { identity, boundary, ..Rights::default() }, &asked!(input))
    }

    /// The policies of a user, a group or a role, and those that are given.
    pub fn simulate_principal_policy(
        &self,
        input: &SimulatePrincipalPolicyRequest<'_>,
    ) -> Result<SimulatePolicyResponse<'static>, IamError> {
        let arn = &*input.policy_source_arn;
        self.may(arn)?;
        let invalid = || IamError::InvalidArn { arn: arn.to_owned() };
        let (kind, path) =
            arn.rsplit_once(':').and_then(|(_, path)| path.split_once('/')).ok_or_else(invalid)?;
        let kind = match kind {
            "user" => Kind::User,
            "group" => Kind::Group,
            "role" => Kind::Role,
            _ => return Err(invalid()),
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut rights = self.read(|account| {
            let entity =
                account.entity(kind, name).filter(|entity| entity.named().arn(kind, self.id()) == arn);
            let entity = entity.ok_or_else(|| IamError::none(kind, name))?;
            Ok::<_, IamError>(match &entity {
                Entity::User(user) => Rights::of_user(self.id(), account, user),
                entity => match entity.grants() {
                    Some(grants) => Rights::of_grants(self.id(), account, arn.to_owned(), grants),
                    None => Rights::default(),
                },
            })
        })?;
        rights.identity.extend(parsed(input.policy_input_list.as_deref())?);
        if let Some(boundary) = input.permissions_boundary_policy_input_list.as_deref() {
            rights.boundary = parsed(Some(boundary))?;
        }
        self.simulate(arn, &rights, &asked!(input))
    }

    fn simulate(
        &self,
        source: &str,
        rights: &Rights,
        asked: &SimulateInput<'_>,
    ) -> Result<SimulatePolicyResponse<'static>, IamError> {
        let every = [Cow::Borrowed("*")];
        let resources = asked.resources.filter(|resources| !resources.is_empty()).unwrap_or(&every);
        let count = asked.actions.len().saturating_mul(resources.len());
        if count > QUESTIONS_MAX {
            return Err(IamError::Quota { what: "SimulatedActionsTimesResources", limit: QUESTIONS_MAX });
        }
        let resource_policy =
            asked.resource_policy.map(|text| Policy::parse(text, PolicyKind::Resource)).transpose()?;
        let caller = asked.caller.unwrap_or(source);
        let subject = Subject::of_arn(caller).or_else(|| Subject::of_arn(source));
        let nobody = Subject::service("");
        let subject = subject.as_ref().unwrap_or(&nobody);
        let policies = Policies {
            identity: &rights.identity,
            boundary: &rights.boundary,
            session: &[],
            resource: resource_policy.as_ref(),
            grants: &[],
            endpoint: None,
        };
        let owner = asked.resource_owner.map(|owner| owner.split(':').nth(4).unwrap_or(owner));
        let mut results = Vec::with_capacity(count);
        for action in asked.actions {
            for resource in resources {
                let facts = ContextEntries::new(asked.context.unwrap_or_default());
                let question = Question { subject, action, resource, resource_account: owner, facts: &facts };
                let decision = evaluate(&question, &policies);
                results.push(shape(action, resource, decision, !rights.boundary.is_empty(), facts));
            }
        }
        let keys: Vec<String> = (0..results.len()).map(|nth| format!("{nth:08}")).collect();
        let numbered = keys.iter().zip(results).map(|(key, result)| (key.as_str(), result));
        let page = page(numbered, asked.marker, asked.max_items)?;
        Ok(SimulatePolicyResponse {
            evaluation_results: Some(page.items),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker.map(Into::into),
        })
    }
}

fn parsed(texts: Option<&[Cow<'_, str>]>) -> Result<Vec<Arc<Policy>>, IamError> {
    let parse = |text: &Cow<'_, str>| Policy::parse(text, PolicyKind::Identity).map(Arc::new);
    Ok(texts.unwrap_or_default().iter().map(parse).collect::<Result<_, _>>()?)
}

fn shape(
    action: &str,
    resource: &str,
    decision: Decision,
    is_bounded: bool,
    facts: ContextEntries,
) -> EvaluationResult<'static> {
    let eval_decision = match decision {
        Decision::Allow(_) => PolicyEvaluationDecisionType::Allowed,
        Decision::ExplicitDeny(_) => PolicyEvaluationDecisionType::ExplicitDeny,
        Decision::ImplicitDeny(_) => PolicyEvaluationDecisionType::ImplicitDeny,
    };
    let matched = decision.decisive().map(|by| {
        let (list, kind) = match by.side {
            Side::Boundary => ("PermissionsBoundaryPolicyInputList", PolicySourceType::None),
            Side::Resource | Side::Trust | Side::Grant => ("ResourcePolicy", PolicySourceType::Resource),
            _ => ("PolicyInputList", PolicySourceType::None),
        };
        Statement {
            source_policy_id: Some(format!("{list}.{}", by.policy + 1).into()),
            source_policy_type: Some(kind),
            ..Statement::default()
        }
    });
    let allowed = Some(!matches!(decision, Decision::ImplicitDeny(Side::Boundary)));
    EvaluationResult {
        eval_action_name: action.to_owned().into(),
        eval_resource_name: Some(resource.to_owned().into()),
        eval_decision,
        matched_statements: Some(matched.into_iter().collect()),
        missing_context_values: Some(facts.missing.into_inner().into_iter().map(Into::into).collect()),
        permissions_boundary_decision_detail: is_bounded
            .then_some(PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: allowed }),
        ..EvaluationResult::default()
    }
}

/// The context that is given, and what policies asked for beyond it.
struct ContextEntries {
    given: BTreeMap<String, Vec<String>>,
    missing: RefCell<BTreeSet<String>>,
}

impl ContextEntries {
    fn new(entries: &[ContextEntry<'_>]) -> Self {
        let entry = |entry: &ContextEntry<'_>| {
            let values = entry.context_key_values.iter().flatten().map(|value| value.to_string()).collect();
            Some((entry.context_key_name.as_deref()?.to_ascii_lowercase(), values))
        };
        ContextEntries { given: entries.iter().filter_map(entry).collect(), missing: RefCell::default() }
    }
}

impl Facts for ContextEntries {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        match self.given.get(key).map(Vec::as_slice) {
            None | Some([]) => {
                self.missing.borrow_mut().insert(key.to_owned());
                None
            }
            Some([value]) => Some(Fact::One(value.as_str().into())),
            Some(values) => Some(Fact::Many(values)),
        }
    }
}
