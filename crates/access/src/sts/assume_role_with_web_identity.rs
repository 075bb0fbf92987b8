//! AssumeRoleWithWebIdentity: whom an issuer vouches for becomes a session of a role that trusts the issuer. The request is not
//! signed; the issuer's token, which was verified (`web_identity`), is what it has in place of that.

use flumen_protocol::sts::{AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse};

use super::assume_role::{for_how_long, packed_percent, parsed, user};
use super::operations::{ASSUME_ROLE_WITH_WEB_IDENTITY, SET_SOURCE_IDENTITY, TAG_SESSION};
use super::token::{Of, Token};
use super::{Sts, StsError};
use crate::identity::state::Role;
use crate::policy::Kind as PolicyKind;
use crate::web_identity::WebIdentity;
use crate::{Principal, RequestContext, Resource, decide};

impl Sts<'_> {
    pub fn assume_role_with_web_identity(
        &self,
        input: &AssumeRoleWithWebIdentityRequest<'_>,
        identity: &WebIdentity,
    ) -> Result<AssumeRoleWithWebIdentityResponse<'static>, StsError> {
        let arn = &*input.role_arn;
        let (account, name) = parsed(arn).ok_or_else(|| StsError::InvalidArn { arn: arn.to_owned() })?;
        // Whether a role is there is told to nobody whom it does not trust.
        let role = self.role(arn, account, name).ok_or(StsError::NotTrusted)?;
        self.trusts(&role, account, input, identity)?;
        let for_s = for_how_long(input.duration_seconds, &role, false)?;
        let policy_arns = self.policies(account, input.policy.as_deref(), input.policy_arns.as_deref())?;
        let (id, role_name) = (role.named.id.clone(), role.named.name.clone());
        let (session, provider) = (input.role_session_name.to_string(), identity.issuer.arn(account));
        let assumed = user(account, &id, &role_name, &session);
        let token = Token {
            account: account.to_owned(),
            of: Of::Role { id, name: role_name, session },
            tags: identity.tags.clone(),
            transitive: identity.transitive.clone(),
            source_identity: identity.source_identity.clone(),
            provider: Some(provider.clone()),
            policy: input.policy.as_deref().map(str::to_owned),
            policy_arns,
            ..self.blank()
        };
        let credentials = self.credentials(token, for_s)?;
        let has_more = input.policy.is_some() || input.policy_arns.is_some() || !identity.tags.is_empty();
        Ok(AssumeRoleWithWebIdentityResponse {
            packed_policy_size: packed_percent(&credentials).filter(|_| has_more),
            credentials: Some(credentials),
            subject_from_web_identity_token: Some(identity.subject.clone().into()),
            assumed_role_user: Some(assumed),
            provider: Some(provider.into()),
            audience: identity.audiences.first().cloned().map(Into::into),
            source_identity: identity.source_identity.clone().map(Into::into),
        })
    }

    /// Whether the role may be assumed by whom the token is of, as they want to.
    fn trusts(
        &self,
        role: &Role,
        account: &str,
        input: &AssumeRoleWithWebIdentityRequest<'_>,
        identity: &WebIdentity,
    ) -> Result<(), StsError> {
        let issuer = &identity.issuer;
        let trust = role.trust.policy(PolicyKind::Trust).map_err(|_| StsError::NotTrusted)?;
        // Stored before the issuer was known to be one of those, or by an earlier program.
        if issuer.lets_in_anybody(trust, account) {
            return Err(StsError::NotTrusted);
        }
        let tags = identity.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let mut given = RequestContext::tags(tags)
            .and("sts:rolesessionname", &*input.role_session_name)
            .and(issuer.condition_key("sub"), &*identity.subject)
            .and_all(issuer.condition_key("aud"), identity.audiences.clone())
            .and_all(issuer.condition_key("amr"), identity.methods.clone())
            .and_all("sts:transitivetagkeys", identity.transitive.clone());
        let mut actions = vec![ASSUME_ROLE_WITH_WEB_IDENTITY];
        actions.extend((!identity.tags.is_empty()).then_some(TAG_SESSION));
        if let Some(source_identity) = &identity.source_identity {
            given = given.and("sts:sourceidentity", &**source_identity);
            actions.push(SET_SOURCE_IDENTITY);
        }
        let (arn, provider) = (&*input.role_arn, Principal::provider(issuer.arn(account), account));
        let resource = Resource {
            tags: Some(&role.tags),
            policy: Some(trust),
            given: Some(&given),
            ..Resource::new(account, &arn)
        };
        match decide(&self.caller.vouched_for(provider), &actions, resource) {
            Ok(_) => Ok(()),
            Err(denied) => {
                tracing::debug!("{denied}");
                Err(StsError::NotTrusted)
            }
        }
    }
}
