//! Credentials for a while. Source: AWS's STS API reference.
//!
//! The service keeps nothing of a session: its token holds all that it is (`token`), and what it may is worked out of that
//! and of the role or user as they are when it calls.

mod assume_role;
mod assume_role_with_web_identity;
mod errors;
mod operations;
pub(crate) mod token;

use flumen_protocol::Timestamp;
use flumen_protocol::sts::{
    Credentials, GetAccessKeyInfoRequest, GetAccessKeyInfoResponse, GetCallerIdentityRequest,
    GetCallerIdentityResponse, GetSessionTokenRequest, GetSessionTokenResponse,
};

use crate::identity::state::Owner;
use crate::identity::{CommitError, Identities, new_id, new_secret};
use crate::{ACCOUNT, Action, Caller, Resource, decide};
use operations::GET_ACCESS_KEY_INFO;
use token::{Of, TOKEN_MAX, Token};

pub use errors::StsError;
pub use operations::published;

const SESSION_TOKEN_S_DEFAULT: u64 = 43_200;
/// Of the root user, at most.
const ROOT_S_MAX: u64 = 3_600;

/// Somebody who wants something of STS.
pub struct Sts<'a> {
    identities: &'a Identities,
    caller: &'a Caller,
}

impl<'a> Sts<'a> {
    pub fn new(identities: &'a Identities, caller: &'a Caller) -> Self {
        Sts { identities, caller }
    }

    /// Whoever calls may know who that is.
    pub fn get_caller_identity(&self, _: &GetCallerIdentityRequest) -> GetCallerIdentityResponse<'static> {
        let principal = self.caller.principal();
        GetCallerIdentityResponse {
            user_id: Some(principal.id().into()),
            account: Some(principal.account().to_owned().into()),
            arn: Some(principal.to_string().into()),
        }
    }

    /// Whose an access key is; of accounts that are not here nothing is known.
    pub fn get_access_key_info(
        &self,
        input: &GetAccessKeyInfoRequest<'_>,
    ) -> Result<GetAccessKeyInfoResponse<'static>, StsError> {
        // What GetSessionToken gave becomes roles, and asks STS for nothing else.
        if self.caller.principal().is_of_session_token() {
            return Err(StsError::OfSession { action: "GetAccessKeyInfo" });
        }
        self.may_with_account(GET_ACCESS_KEY_INFO)?;
        let owner = self.identities.state().keys.get(&*input.access_key_id).cloned();
        match owner {
            Some(Owner::Root { account } | Owner::User { account, .. }) => {
                Ok(GetAccessKeyInfoResponse { account: Some(account.into()) })
            }
            None => Err(StsError::NoKey { id: input.access_key_id.to_string() }),
        }
    }

    /// The caller's own rights, for a while.
    pub fn get_session_token(
        &self,
        input: &GetSessionTokenRequest<'_>,
    ) -> Result<GetSessionTokenResponse<'static>, StsError> {
        let principal = self.caller.principal();
        if principal.session().is_some() {
            return Err(StsError::OfSession { action: "GetSessionToken" });
        }
        let asked_s = input.duration_seconds.and_then(|s| u64::try_from(s).ok());
        let for_s = asked_s.unwrap_or(SESSION_TOKEN_S_DEFAULT);
        let (of, for_s) = match principal.user_name() {
            Some(_) => (Of::User { id: principal.id() }, for_s),
            None => (Of::Root, for_s.min(ROOT_S_MAX)),
        };
        let credentials = self.credentials(Token { of, ..self.blank() }, for_s)?;
        Ok(GetSessionTokenResponse { credentials: Some(credentials) })
    }

    fn may_with_account(&self, action: Action) -> Result<(), StsError> {
        let account = self.caller.principal().account();
        decide(self.caller, &[action], Resource::new(account, &ACCOUNT)).map_err(Box::new)?;
        Ok(())
    }

    /// A token of the caller's account that says nothing yet.
    fn blank(&self) -> Token {
        Token {
            key: String::new(),
            secret: String::new(),
            account: self.caller.principal().account().to_owned(),
            of: Of::Root,
            issued_ms: self.identities.now_ms(),
            expires_ms: 0,
            tags: Default::default(),
            transitive: Vec::new(),
            source_identity: None,
            provider: None,
            policy: None,
            policy_arns: Vec::new(),
        }
    }

    /// An access key of its own for the token, which seals it.
    fn credentials(&self, token: Token, for_s: u64) -> Result<Credentials<'static>, StsError> {
        let (key, secret) = (new_id("ASIA"), new_secret());
        let (key, secret) = (key.ok_or(CommitError::Random)?, secret.ok_or(CommitError::Random)?);
        let expires_ms = token.issued_ms.saturating_add(for_s * 1000);
        let token = Token { key, secret: secret.expose().to_owned(), expires_ms, ..token };
        let sealed = token.sealed(self.identities.seal()).map_err(CommitError::from)?;
        if sealed.len() > TOKEN_MAX {
            return Err(StsError::Packed { characters: sealed.len(), limit: TOKEN_MAX });
        }
        Ok(Credentials {
            access_key_id: token.key.into(),
            secret_access_key: token.secret.into(),
            session_token: sealed.into(),
            expiration: Timestamp::of_ms(expires_ms - expires_ms % 1000),
        })
    }
}
