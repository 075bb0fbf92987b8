//! Accounts and their first keys: what an operator makes who sits at the data directory, before anybody can sign anything.

use std::collections::BTreeMap;

use flumen_machine::Origin;
use flumen_seal::SecretString;

use super::state::{AccessKey, Account, Entity, Grants, Kind, Named, PrivateEndpoint, Tags, User, folded};
use super::{CommitError, Identities, Step, new_id, new_secret};
use crate::limits::LimitOverrides;
use crate::{Endpoint, EndpointPolicy};

/// Keys of one user or of the root.
const KEYS_MAX: usize = 2;

/// An access key with its secret.
#[derive(Clone, Debug)]
pub struct KeyPair {
    pub id: String,
    pub secret: SecretString,
}

/// Why an account or a key is not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("{id:?} is no account: it must be twelve digits")]
    NotAnAccount { id: String },
    #[error("account {id} already exists")]
    Exists { id: String },
    #[error("there is no account {id}")]
    None { id: String },
    #[error("the access key {id} is another's already")]
    KeyTaken { id: String },
    #[error("the access key {id:?} must have 16 to 128 letters, digits and underscores")]
    KeyId { id: String },
    #[error("the secret of the access key {id} is empty or longer than 1024 bytes")]
    Secret { id: String },
    #[error("user {name} has {KEYS_MAX} access keys already")]
    Keys { name: String },
    #[error("there is no account yet")]
    NoOperator,
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl KeyPair {
    /// One that nobody has.
    pub fn random() -> Result<Self, CommitError> {
        let (id, secret) = (new_id("AKIA"), new_secret());
        Ok(KeyPair { id: id.ok_or(CommitError::Random)?, secret: secret.ok_or(CommitError::Random)? })
    }

    /// Whether it can be anybody's: an id of 16 to 128 letters, digits and underscores, a secret of 1 to 1024 bytes.
    pub fn check(&self) -> Result<(), AccountError> {
        let is_id = (16..=128).contains(&self.id.len())
            && self.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_id {
            return Err(AccountError::KeyId { id: self.id.clone() });
        }
        match self.secret.expose().len() {
            1..=1024 => Ok(()),
            _ => Err(AccountError::Secret { id: self.id.clone() }),
        }
    }
}

impl Identities {
    /// Makes an account with a key of its root.
    pub async fn create_account(&self, id: &str, root: &KeyPair) -> Result<(), AccountError> {
        if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AccountError::NotAnAccount { id: id.to_owned() });
        }
        if self.has_key(&root.id) {
            return Err(AccountError::KeyTaken { id: root.id.clone() });
        }
        let key = self.sealed_key(root)?;
        self.commit(Origin::default(), id, |account, now_ms| {
            if !account.keys.is_empty() {
                return Err(AccountError::Exists { id: id.to_owned() });
            }
            let key = AccessKey { created_ms: now_ms, ..key.clone() };
            Ok((vec![Step::Initialise, Step::RootKeys(vec![key])], ()))
        })
        .await
    }

    /// Gives the root of an account a new key in place of those that it has, for whoever has lost them.
    pub async fn recover(&self, id: &str, root: &KeyPair) -> Result<(), AccountError> {
        if self.has_key(&root.id) {
            return Err(AccountError::KeyTaken { id: root.id.clone() });
        }
        let key = self.sealed_key(root)?;
        self.commit(Origin::default(), id, |account, now_ms| {
            if account.keys.is_empty() {
                return Err(AccountError::None { id: id.to_owned() });
            }
            let key = AccessKey { created_ms: now_ms, ..key.clone() };
            Ok((vec![Step::RootKeys(vec![key])], ()))
        })
        .await
    }

    /// Makes a user with a key that its clients have already, and a managed policy; adds the key where the user is there.
    pub async fn import_user(
        &self,
        id: &str,
        name: &str,
        key: &KeyPair,
        policy: &str,
    ) -> Result<(), AccountError> {
        let (sealed, is_taken) = (self.sealed_key(key)?, self.has_key(&key.id));
        self.commit(Origin::default(), id, |account, now_ms| {
            if account.keys.is_empty() {
                return Err(AccountError::None { id: id.to_owned() });
            }
            let mut user = match account.users.get(&folded(name)) {
                Some(user) => (**user).clone(),
                None => new_user(name, policy, now_ms)?,
            };
            if user.keys.iter().any(|has| has.id == key.id) {
                return Ok((Vec::new(), ()));
            }
            if is_taken {
                return Err(AccountError::KeyTaken { id: key.id.clone() });
            }
            if user.keys.len() >= KEYS_MAX {
                return Err(AccountError::Keys { name: name.to_owned() });
            }
            user.keys.push(AccessKey { created_ms: now_ms, ..sealed.clone() });
            Ok((vec![Step::Set(Entity::User(user.into()))], ()))
        })
        .await
    }

    /// Ends the sessions that began before, of an account or of one of its roles and users by ARN.
    pub async fn revoke_sessions(&self, account: &str, of: &str, before_ms: u64) -> Result<(), CommitError> {
        self.commit(Origin::default(), account, |_: &Account, _| {
            Ok((vec![Step::RevokeSessions { of: of.to_owned(), before_ms }], ()))
        })
        .await
    }

    /// What an account may take, in place of what it could so far; whether that is something else.
    pub async fn set_limits(&self, id: &str, limits: &LimitOverrides) -> Result<bool, CommitError> {
        self.commit(Origin::default(), id, |account: &Account, _| match account.limits == *limits {
            true => Ok((Vec::new(), false)),
            false => Ok((vec![Step::Limits(limits.clone())], true)),
        })
        .await
    }

    /// What accounts were given of their own.
    pub fn limits(&self) -> BTreeMap<String, LimitOverrides> {
        let state = self.state();
        let given = state.accounts.iter().filter(|(_, account)| !account.limits.is_empty());
        given.map(|(id, account)| (id.clone(), account.limits.clone())).collect()
    }

    /// Describes a private endpoint, of which there must be an operator's account; whether that changes anything.
    pub async fn set_endpoint(&self, id: &str, endpoint: &PrivateEndpoint) -> Result<bool, AccountError> {
        let step = Step::Endpoint { id: id.to_owned(), endpoint: endpoint.clone() };
        self.change_endpoint(step, || self.state().endpoints.get(id) == Some(endpoint)).await
    }

    pub async fn remove_endpoint(&self, id: &str) -> Result<bool, AccountError> {
        let step = Step::RemoveEndpoint(id.to_owned());
        self.change_endpoint(step, || !self.state().endpoints.contains_key(id)).await
    }

    async fn change_endpoint(&self, step: Step, is_so: impl Fn() -> bool) -> Result<bool, AccountError> {
        let operator = self.operator().ok_or(AccountError::NoOperator)?;
        self.commit(Origin::default(), &operator, |_: &Account, _| match is_so() {
            true => Ok((Vec::new(), false)),
            false => Ok((vec![step.clone()], true)),
        })
        .await
    }

    /// The private endpoints that are described. One whose policy cannot be read lets nothing through.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let read = |(id, endpoint): (&String, &PrivateEndpoint)| {
            let policy = endpoint.policy.clone().map(|text| {
                EndpointPolicy::parse(text).unwrap_or_else(|error| {
                    tracing::warn!(endpoint = id, %error, "the policy of an endpoint cannot be read; it denies everything");
                    EndpointPolicy::denies_all()
                })
            });
            Endpoint { id: id.clone(), vpc: endpoint.vpc.clone(), policy }
        };
        self.state().endpoints.iter().map(read).collect()
    }

    /// The same in every account. Where they were ended already nothing is written, so it may be asked for at each start.
    pub async fn revoke_all_sessions(&self, before_ms: u64) -> Result<(), CommitError> {
        for account in self.accounts() {
            let known = self.state().revoked_before_ms.get(&account).copied();
            if known.is_none_or(|known| known < before_ms) {
                self.revoke_sessions(&account, &account, before_ms).await?;
            }
        }
        Ok(())
    }

    /// All accounts, by id.
    pub fn accounts(&self) -> Vec<String> {
        self.state().accounts.keys().cloned().collect()
    }

    /// Whether an access key is anybody's.
    pub fn has_key(&self, id: &str) -> bool {
        self.state().keys.contains_key(id)
    }

    fn sealed_key(&self, key: &KeyPair) -> Result<AccessKey, AccountError> {
        key.check()?;
        let sealed = self.seal_secret(&key.id, &key.secret).map_err(CommitError::from)?;
        Ok(AccessKey { id: key.id.clone(), sealed, is_active: true, created_ms: 0 })
    }
}

fn new_user(name: &str, policy: &str, now_ms: u64) -> Result<User, AccountError> {
    let id = new_id(Kind::User.prefix()).ok_or(CommitError::Random)?;
    let named = Named { name: name.to_owned(), path: "/".to_owned(), id, created_ms: now_ms };
    let attached = [format!("arn:aws:iam::aws:policy/{policy}")].into();
    let grants = Grants { attached, ..Grants::default() };
    Ok(User { named, grants, tags: Tags::new(), groups: Default::default(), keys: Vec::new() })
}
