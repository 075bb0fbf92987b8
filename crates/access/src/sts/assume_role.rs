//! AssumeRole: whom the role trusts becomes a session of it, within what the session is begun with.

use std::collections::BTreeMap;

use flumen_protocol::sts::{
    AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser, Credentials, PolicyDescriptorType,
};

use super::operations::{ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION};
use super::token::{Of, Token};
use super::{Sts, StsError};
use crate::identity::state::{Kind, Role, folded};
use crate::identity::{Identities, managed};
use crate::policy::{Decision, Kind as PolicyKind, Policy, Side, size};
use crate::{Denied, RequestContext, Resource, decide};

const SESSION_S_DEFAULT: u64 = 3_600;
/// Of a session that another session of a role begins.
const CHAINED_S_MAX: u64 = 3_600;
const POLICY_CHARACTERS_MAX: usize = 2_048;

impl Sts<'_> {
    pub fn assume_role(
        &self,
        input: &AssumeRoleRequest<'_>,
    ) -> Result<AssumeRoleResponse<'static>, StsError> {
        let arn = &*input.role_arn;
        let (account, name) = parsed(arn).ok_or_else(|| StsError::InvalidArn { arn: arn.to_owned() })?;
        let caller = self.caller.principal();
        if caller.is_root() && self.caller.standing.is_some() {
            return Err(StsError::Root);
        }
        let session = caller.session();
        let (tags, transitive) = self.tags(input)?;
        let source_identity = match (session.and_then(|s| s.source_identity.clone()), &input.source_identity)
        {
            (Some(own), Some(asked)) if own != **asked => {
                return Err(StsError::SourceIdentity { source_identity: own });
            }
            (own, asked) => own.or(asked.as_deref().map(str::to_owned)),
        };
        let role = self.trusting(arn, account, name, input, &tags)?;
        let for_s = for_how_long(input.duration_seconds, &role, caller.is_role_session())?;
        let policy_arns = self.policies(account, input.policy.as_deref(), input.policy_arns.as_deref())?;
        let session_name = input.role_session_name.to_string();
        let (id, role_name) = (role.named.id.clone(), role.named.name.clone());
        let token = Token {
            account: account.to_owned(),
            of: Of::Role { id: id.clone(), name: role_name.clone(), session: session_name.clone() },
            tags,
            transitive,
            source_identity: source_identity.clone(),
            policy: input.policy.as_deref().map(str::to_owned),
            policy_arns,
            ..self.blank()
        };
        let credentials = self.credentials(token, for_s)?;
        let packed = packed_percent(&credentials);
        let has_more = input.policy.is_some() || input.policy_arns.is_some() || input.tags.is_some();
        Ok(AssumeRoleResponse {
            credentials: Some(credentials),
            assumed_role_user: Some(user(account, &id, &role_name, &session_name)),
            packed_policy_size: packed.filter(|_| has_more),
            source_identity: source_identity.map(Into::into),
        })
    }

    /// The role, if it is there and the caller may assume it as they want to.
    fn trusting(
        &self,
        arn: &str,
        account: &str,
        name: &str,
        input: &AssumeRoleRequest<'_>,
        tags: &BTreeMap<String, String>,
    ) -> Result<std::sync::Arc<Role>, StsError> {
        let role = self.role(arn, account, name);
        // Whether a role is there is told to nobody whom it does not trust.
        let denied = || {
            let (principal, arn) = (self.caller.principal().to_string(), arn.to_owned());
            let decision = Decision::ImplicitDeny(Side::Identity);
            StsError::from(Box::new(Denied { principal, action: ASSUME_ROLE, arn, decision }))
        };
        let role = role.ok_or_else(denied)?;
        let trust = role.trust.policy(PolicyKind::Trust).map_err(|_| denied())?;
        let mut given = RequestContext::tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
            .and("sts:rolesessionname", &*input.role_session_name);
        if let Some(id) = &input.external_id {
            given = given.and("sts:externalid", &**id);
        }
        if let Some(identity) = &input.source_identity {
            given = given.and("sts:sourceidentity", &**identity);
        }
        if let Some(keys) = &input.transitive_tag_keys {
            given = given.and_all("sts:transitivetagkeys", keys.iter().map(|key| key.to_string()).collect());
        }
        let mut actions = vec![ASSUME_ROLE];
        actions.extend((!tags.is_empty()).then_some(TAG_SESSION));
        actions.extend(input.source_identity.is_some().then_some(SET_SOURCE_IDENTITY));
        let resource = Resource {
            tags: Some(&role.tags),
            policy: Some(trust),
            given: Some(&given),
            ..Resource::new(account, &arn)
        };
        decide(self.caller, &actions, resource).map_err(Box::new)?;
        Ok(role)
    }

    /// The role of that name, if its ARN is this.
    pub(super) fn role(&self, arn: &str, account: &str, name: &str) -> Option<std::sync::Arc<Role>> {
        let role =
            self.identities.state().account(account).and_then(|of| of.roles.get(&folded(name)).cloned());
        role.filter(|role| role.named.arn(Kind::Role, account) == arn)
    }

    /// The session's tags, and the keys of those that go on to sessions which begin in it.
    fn tags(
        &self,
        input: &AssumeRoleRequest<'_>,
    ) -> Result<(BTreeMap<String, String>, Vec<String>), StsError> {
        let caller = self.caller.principal();
        let mut transitive = caller.session().map(|session| session.transitive.clone()).unwrap_or_default();
        let inherited = caller.tags().iter().filter(|(key, _)| transitive.contains(key));
        let mut tags: BTreeMap<String, String> =
            inherited.map(|(key, value)| (key.clone(), value.clone())).collect();
        for tag in input.tags.iter().flatten() {
            if transitive.iter().any(|key| key.eq_ignore_ascii_case(&tag.key)) {
                return Err(StsError::InheritedTag { key: tag.key.to_string() });
            }
            if tags.keys().any(|key| key.eq_ignore_ascii_case(&tag.key)) {
                return Err(StsError::DuplicateTags);
            }
            tags.insert(tag.key.to_string(), tag.value.to_string());
        }
        for key in input.transitive_tag_keys.iter().flatten() {
            match tags.keys().find(|known| known.eq_ignore_ascii_case(key)) {
                Some(known) if transitive.contains(known) => {}
                Some(known) => transitive.push(known.clone()),
                None => return Err(StsError::NoSuchTag { key: key.to_string() }),
            }
        }
        Ok((tags, transitive))
    }

    /// The session's policies are policies that can be had; ARNs of the managed ones.
    pub(super) fn policies(
        &self,
        account: &str,
        policy: Option<&str>,
        arns: Option<&[PolicyDescriptorType<'_>]>,
    ) -> Result<Vec<String>, StsError> {
        if let Some(policy) = policy {
            let characters = size(policy);
            if characters > POLICY_CHARACTERS_MAX {
                return Err(StsError::PolicyTooLarge { characters, limit: POLICY_CHARACTERS_MAX });
            }
            Policy::parse(policy, PolicyKind::Identity)?;
        }
        let mut found = Vec::new();
        for arn in arns.unwrap_or_default().iter().filter_map(|policy| policy.arn.as_deref()) {
            if !is_there(self.identities, account, arn) {
                return Err(StsError::NoPolicy { arn: arn.to_owned() });
            }
            found.push(arn.to_owned());
        }
        Ok(found)
    }
}

/// The session, as it is shown.
pub(super) fn user(account: &str, role_id: &str, role: &str, session: &str) -> AssumedRoleUser<'static> {
    AssumedRoleUser {
        assumed_role_id: format!("{role_id}:{session}").into(),
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}").into(),
    }
}

/// How much of what a token may have it has.
pub(super) fn packed_percent(credentials: &Credentials<'_>) -> Option<i32> {
    i32::try_from(credentials.session_token.len() * 100 / super::TOKEN_MAX).ok()
}

fn is_there(identities: &Identities, account: &str, arn: &str) -> bool {
    let own = |name: &str| {
        let state = identities.state();
        let policy = state.account(account).and_then(|of| of.policies.get(&folded(name)));
        policy.is_some_and(|policy| policy.named.arn(Kind::Policy, account) == arn)
    };
    managed::provided(arn).is_some() || own(arn.rsplit('/').next().unwrap_or_default())
}

/// Account and name of a role.
pub(super) fn parsed(arn: &str) -> Option<(&str, &str)> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, path) = rest.split_once(":role/")?;
    let name = path.rsplit('/').next()?;
    let is_role = partition.starts_with("aws") && account.len() == 12 && !name.is_empty();
    is_role.then_some((account, name))
}

pub(super) fn for_how_long(asked: Option<i32>, role: &Role, is_chained: bool) -> Result<u64, StsError> {
    let asked_s = asked.and_then(|s| u64::try_from(s).ok());
    let for_s = asked_s.unwrap_or(SESSION_S_DEFAULT);
    if is_chained && for_s > CHAINED_S_MAX {
        return Err(StsError::ChainedTooLong);
    }
    if for_s > u64::from(role.session_s_max) {
        return Err(StsError::TooLong);
    }
    Ok(for_s)
}
