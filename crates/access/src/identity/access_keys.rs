//! Whose a request is, by its access key: the principal, the secret that signs, and what the principal may. Worked out
//! when it is first asked for, and again when identities have changed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use flumen_seal::{SealError, SecretString};
use parking_lot::RwLock;

use super::Identities;
use super::state::{AccessKey, Kind, Owner, Role, User, folded};
use super::used::Uses;
use crate::principal::{Principal, RoleName};
use crate::rights::Rights;
use crate::sts::token::{self, Token};

/// So many access keys are remembered; then it begins anew.
const KNOWN_MAX: usize = 100_000;

/// An access key whose secret may verify a signature.
#[derive(Debug)]
pub struct CachedAccessKey {
    id: Box<str>,
    pub principal: Arc<Principal>,
    pub secret: SecretString,
    pub rights: Arc<Rights>,
    generation: u64,
    /// Of credentials for a while.
    session: Option<SessionKey>,
    /// Of the key, or of the role that it is a session of.
    uses: Uses,
}

/// The access key that a request was signed with.
#[derive(Clone)]
pub struct SignedBy {
    identities: Identities,
    pub known: Arc<CachedAccessKey>,
}

impl SignedBy {
    /// The same with what the key is and may now; nothing if it is no more.
    pub(crate) fn again(&self) -> Option<SignedBy> {
        let token = self.known.session.as_ref().map(|session| &*session.token);
        self.identities.signed_by(&self.known.id, token).ok()
    }
}

impl fmt::Debug for SignedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.known.id.fmt(f)
    }
}

#[derive(Debug)]
struct SessionKey {
    token: Box<str>,
    expires_ms: u64,
}

/// Why an access key verifies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKnown {
    #[error("The security token included in the request is invalid.")]
    Unknown,
    #[error("The security token included in the request is expired")]
    Expired,
}

/// What is known so far, by access key.
#[derive(Default)]
pub(super) struct Cache(RwLock<HashMap<String, Arc<CachedAccessKey>>>);

impl Cache {
    fn get(&self, key: &str) -> Option<Arc<CachedAccessKey>> {
        self.0.read().get(key).cloned()
    }

    fn put(&self, key: &str, known: &Arc<CachedAccessKey>) {
        let mut all = self.0.write();
        if all.len() >= KNOWN_MAX {
            all.clear();
        }
        all.insert(key.to_owned(), known.clone());
    }

    fn forget(&self, key: &str) {
        self.0.write().remove(key);
    }
}

impl CachedAccessKey {
    /// Notes that a request was signed with it; once a minute is enough.
    pub fn note_use(&self, at_ms: u64, service: &'static str, region: &str) {
        self.uses.note(at_ms, service, region);
    }

    /// A token belongs to its key: neither passes without the other, nor with another one.
    fn check(&self, token: Option<&str>, now_ms: u64) -> Result<(), NotKnown> {
        match (&self.session, token) {
            (None, None) => Ok(()),
            (Some(session), Some(token)) if is_same(&session.token, token) => match session.expires_ms {
                expires_ms if now_ms < expires_ms => Ok(()),
                _ => Err(NotKnown::Expired),
            },
            _ => Err(NotKnown::Unknown),
        }
    }
}

impl Identities {
    /// Whose an access key is, with the session token that came along.
    pub fn signed_by(&self, key: &str, token: Option<&str>) -> Result<SignedBy, NotKnown> {
        Ok(SignedBy { identities: self.clone(), known: self.known(key, token)? })
    }

    fn known(&self, key: &str, token: Option<&str>) -> Result<Arc<CachedAccessKey>, NotKnown> {
        let generation = self.generation();
        let before = self.inner.known.get(key);
        let now_ms = self.now_ms();
        if let Some(known) = &before
            && known.generation == generation
            && known.check(token, now_ms).is_ok()
        {
            return Ok(known.clone());
        }
        let found = match token {
            None => self.found(key, generation),
            Some(token) => self.opened(key, token, generation),
        };
        match found {
            Ok(known) => {
                known.check(token, now_ms)?;
                let known = Arc::new(known);
                self.inner.known.put(key, &known);
                Ok(known)
            }
            Err(unknown) => {
                // Whoever sends a wrong token does not make others' keys be forgotten.
                if token.is_none() {
                    self.inner.known.forget(key);
                }
                Err(unknown)
            }
        }
    }

    fn found(&self, id: &str, generation: u64) -> Result<CachedAccessKey, NotKnown> {
        let state = self.state();
        let (key, owner) = state.key(id).filter(|(key, _)| key.is_active).ok_or(NotKnown::Unknown)?;
        let secret = self.unsealed(key).ok_or(NotKnown::Unknown)?;
        let (principal, rights) = match owner {
            Owner::Root { account } => (Principal::root(account.as_str()), Rights::default()),
            Owner::User { account, user } => {
                let of = state.account(account).ok_or(NotKnown::Unknown)?;
                let user = of.users.get(user).ok_or(NotKnown::Unknown)?;
                (principal_of(account, user), Rights::of_user(account, of, user))
            }
        };
        let (principal, rights) = (Arc::new(principal), Arc::new(rights));
        let uses = self.inner.uses.of(id);
        Ok(CachedAccessKey { id: id.into(), principal, secret, rights, generation, session: None, uses })
    }

    fn opened(&self, id: &str, text: &str, generation: u64) -> Result<CachedAccessKey, NotKnown> {
        let token =
            token::open(self.seal(), text).filter(|token| token.key == id).ok_or(NotKnown::Unknown)?;
        let (principal, rights) = self.of_token(&token).ok_or(NotKnown::Unknown)?;
        let session = Some(SessionKey { token: text.into(), expires_ms: token.expires_ms });
        let secret = SecretString::new(token.secret.clone());
        let (principal, rights) = (Arc::new(principal), Arc::new(rights));
        let uses = match &token.of {
            token::Of::Role { id, .. } => self.inner.uses.of(id),
            token::Of::Root | token::Of::User { .. } => Uses::default(),
        };
        Ok(CachedAccessKey { id: id.into(), principal, secret, rights, generation, session, uses })
    }

    /// Nothing where the role or the user is gone, another one has its name, or the session was revoked.
    fn of_token(&self, token: &Token) -> Option<(Principal, Rights)> {
        let state = self.state();
        let account = state.account(&token.account)?;
        let is_revoked = |arn: &str| {
            let before_ms = state.revoked_before_ms.get(arn).into_iter();
            let of_account = state.revoked_before_ms.get(&token.account);
            before_ms.chain(of_account).any(|before_ms| token.issued_ms < *before_ms)
        };
        let (principal, rights) = match &token.of {
            token::Of::Root => (Principal::root(token.account.as_str()), Rights::default()),
            token::Of::User { id } => {
                let user = account.users.values().find(|user| user.named.id == *id)?;
                (principal_of(&token.account, user), Rights::of_user(&token.account, account, user))
            }
            token::Of::Role { id, name, session } => {
                let role = account.roles.get(&folded(name)).filter(|role| role.named.id == *id)?;
                let principal = session_of(&token.account, role, session, token);
                (principal, Rights::of_role(&token.account, account, role))
            }
        };
        if is_revoked(principal.policy_arn()) {
            return None;
        }
        let rights = rights.within_session(&token.account, account, token);
        let principal = match principal.is_role_session() {
            true => principal,
            false => principal.for_a_while(token.session()),
        };
        Some((principal, rights))
    }

    /// The secret of an access key, which can be read as long as the root key is there.
    fn unsealed(&self, key: &AccessKey) -> Option<SecretString> {
        match self.seal().open(&context(&key.id), &key.sealed) {
            Ok(secret) => secret.into_string(),
            Err(error) => {
                tracing::error!(key = key.id, %error, "the secret of an access key cannot be read");
                None
            }
        }
    }

    pub(crate) fn seal_secret(&self, id: &str, secret: &SecretString) -> Result<Vec<u8>, SealError> {
        self.seal().seal(&context(id), secret.expose().as_bytes())
    }
}

/// How long it takes says nothing of where they differ.
fn is_same(own: &str, given: &str) -> bool {
    verify_slices_are_equal(own.as_bytes(), given.as_bytes()).is_ok()
}

/// So that no key's secret opens as another's.
fn context(id: &str) -> String {
    format!("access/key/{id}")
}

fn principal_of(account: &str, user: &User) -> Principal {
    let named = &user.named;
    Principal::user(account, &named.path, &named.name, &named.id, user.tags.clone())
}

fn session_of(account: &str, role: &Role, name: &str, token: &Token) -> Principal {
    let mut tags = role.tags.clone();
    tags.extend(token.tags.clone());
    let arn = role.named.arn(Kind::Role, account);
    let role = RoleName { arn, name: role.named.name.clone(), id: role.named.id.clone() };
    Principal::session_of(account, role, name, tags, token.session())
}
