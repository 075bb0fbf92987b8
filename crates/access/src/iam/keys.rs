//! Access keys: two a user, and two of the root's.

use std::sync::Arc;

use flumen_protocol::iam::{
    AccessKey as KeyShape, AccessKeyLastUsed, AccessKeyMetadata, CreateAccessKeyRequest,
    CreateAccessKeyResponse, DeleteAccessKeyRequest, GetAccessKeyLastUsedRequest,
    GetAccessKeyLastUsedResponse, ListAccessKeysRequest, ListAccessKeysResponse, StatusType,
    UpdateAccessKeyRequest,
};
use flumen_seal::SecretString;

use super::pages::{listed, page};
use super::{Iam, IamError, time, within};
use crate::identity::state::{AccessKey, Account, Entity, Kind, Owner, folded};
use crate::identity::{CommitError, Identities, Step, new_id, new_secret};

const KEYS_MAX: usize = 2;

/// Whose keys they are: a user's by name, or the root's.
#[derive(Clone, Copy)]
enum Of<'a> {
    Root,
    User(&'a str),
}

impl Of<'_> {
    fn keys(self, account: &Account) -> Result<Vec<AccessKey>, IamError> {
        match self {
            Of::Root => Ok(account.keys.clone()),
            Of::User(name) => match account.users.get(&folded(name)) {
                Some(user) => Ok(user.keys.clone()),
                None => Err(IamError::none(Kind::User, name)),
            },
        }
    }

    fn set(self, account: &Account, keys: Vec<AccessKey>) -> Result<Step, IamError> {
        match self {
            Of::Root => Ok(Step::RootKeys(keys)),
            Of::User(name) => {
                let user =
                    account.users.get(&folded(name)).ok_or_else(|| IamError::none(Kind::User, name))?;
                let mut user = user.clone();
                Arc::make_mut(&mut user).keys = keys;
                Ok(Step::Set(Entity::User(user)))
            }
        }
    }

    fn name(self) -> String {
        match self {
            Of::Root => "root".to_owned(),
            Of::User(name) => name.to_owned(),
        }
    }
}

impl Iam<'_> {
    pub async fn create_access_key(
        &self,
        input: &CreateAccessKeyRequest<'_>,
    ) -> Result<CreateAccessKeyResponse<'static>, IamError> {
        let of = self.whose_keys(input.user_name.as_deref())?;
        let (key, secret) = new_key(self.identities, "AKIA")?;
        let key = self
            .commit(|account, now_ms| {
                let mut keys = of.keys(account)?;
                within(keys.len(), KEYS_MAX, "AccessKeysPerUser")?;
                let key = AccessKey { created_ms: now_ms, ..key.clone() };
                keys.push(key.clone());
                Ok((vec![of.set(account, keys)?], key))
            })
            .await?;
        Ok(CreateAccessKeyResponse {
            access_key: KeyShape {
                user_name: of.name().into(),
                access_key_id: key.id.into(),
                status: StatusType::Active,
                secret_access_key: secret.expose().to_owned().into(),
                create_date: Some(time(key.created_ms)),
            },
        })
    }

    pub fn list_access_keys(
        &self,
        input: &ListAccessKeysRequest<'_>,
    ) -> Result<ListAccessKeysResponse<'static>, IamError> {
        let of = self.whose_keys(input.user_name.as_deref())?;
        let mut keys = self.read(|account| of.keys(account))?;
        keys.sort_by(|a, b| a.id.cmp(&b.id));
        let shape = |key: &AccessKey| AccessKeyMetadata {
            user_name: Some(of.name().into()),
            access_key_id: Some(key.id.clone().into()),
            status: Some(if key.is_active { StatusType::Active } else { StatusType::Inactive }),
            create_date: Some(time(key.created_ms)),
        };
        let keys = keys.iter().map(|key| (&*key.id, shape(key)));
        Ok(listed!(
            ListAccessKeysResponse { access_key_metadata },
            page(keys, input.marker.as_deref(), input.max_items)?
        ))
    }

    pub async fn update_access_key(&self, input: &UpdateAccessKeyRequest<'_>) -> Result<(), IamError> {
        let of = self.whose_keys(input.user_name.as_deref())?;
        let is_active = match input.status {
            StatusType::Active => true,
            StatusType::Inactive => false,
            StatusType::Expired => {
                let value = "Expired".to_owned();
                return Err(IamError::Value { what: "status", value, wanted: "Active or Inactive" });
            }
        };
        self.commit(|account, _| {
            let mut keys = of.keys(account)?;
            let key = keys.iter_mut().find(|key| key.id == input.access_key_id);
            key.ok_or_else(|| no_key(&input.access_key_id))?.is_active = is_active;
            self.keeps_a_root_key(of, &keys)?;
            Ok((vec![of.set(account, keys)?], ()))
        })
        .await
    }

    pub async fn delete_access_key(&self, input: &DeleteAccessKeyRequest<'_>) -> Result<(), IamError> {
        let of = self.whose_keys(input.user_name.as_deref())?;
        self.commit(|account, _| {
            let mut keys = of.keys(account)?;
            let at = keys.iter().position(|key| key.id == input.access_key_id);
            keys.remove(at.ok_or_else(|| no_key(&input.access_key_id))?);
            self.keeps_a_root_key(of, &keys)?;
            Ok((vec![of.set(account, keys)?], ()))
        })
        .await
    }

    pub fn get_access_key_last_used(
        &self,
        input: &GetAccessKeyLastUsedRequest<'_>,
    ) -> Result<GetAccessKeyLastUsedResponse<'static>, IamError> {
        let owner = self.identities.state().keys.get(&*input.access_key_id).cloned();
        let name = match owner {
            Some(Owner::User { account, user }) if account == self.id() => {
                self.may_with(Kind::User, &user)?;
                self.user(&user)?.named.name.clone()
            }
            Some(Owner::Root { account }) if account == self.id() => {
                self.may_list()?;
                "root".to_owned()
            }
            // Of other accounts nothing is told.
            _ => {
                self.may_list()?;
                return Err(no_key(&input.access_key_id));
            }
        };
        let used = self.identities.last_used(&input.access_key_id);
        let (service_name, region) = match &used {
            Some(used) => (used.service.to_string(), used.region.clone()),
            None => ("N/A".to_owned(), "N/A".to_owned()),
        };
        let last_used_date = used.map(|used| time(used.at_ms));
        Ok(GetAccessKeyLastUsedResponse {
            user_name: Some(name.into()),
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date,
                service_name: service_name.into(),
                region: region.into(),
            }),
        })
    }

    /// The keys of the named user; without a name the caller's own.
    fn whose_keys<'n>(&'n self, name: Option<&'n str>) -> Result<Of<'n>, IamError> {
        if name.is_none() && self.caller.principal().is_root() {
            self.may(&format!("arn:aws:iam::{}:root", self.id()))?;
            return Ok(Of::Root);
        }
        let name = self.user_name(name)?;
        self.may_with(Kind::User, name)?;
        Ok(Of::User(name))
    }

    /// Without one nobody would come to the account any more.
    fn keeps_a_root_key(&self, of: Of<'_>, keys: &[AccessKey]) -> Result<(), IamError> {
        match of {
            Of::Root if !keys.iter().any(|key| key.is_active) => {
                Err(IamError::LastRootKey { account: self.id().to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn no_key(id: &str) -> IamError {
    IamError::NoKey { id: id.to_owned() }
}

/// A key that nobody has yet, and its secret.
fn new_key(identities: &Identities, prefix: &str) -> Result<(AccessKey, SecretString), CommitError> {
    let (id, secret) = (new_id(prefix).ok_or(CommitError::Random)?, new_secret().ok_or(CommitError::Random)?);
    let sealed = identities.seal_secret(&id, &secret)?;
    Ok((AccessKey { id, sealed, is_active: true, created_ms: 0 }, secret))
}
