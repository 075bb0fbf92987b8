//! Users.

use std::sync::Arc;

use flumen_protocol::iam::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, GetLoginProfileRequest,
    GetLoginProfileResponse, GetUserRequest, GetUserResponse, ListAccountAliasesRequest,
    ListAccountAliasesResponse, ListMFADevicesRequest, ListMFADevicesResponse, ListSSHPublicKeysRequest,
    ListSSHPublicKeysResponse, ListServiceSpecificCredentialsRequest, ListServiceSpecificCredentialsResponse,
    ListSigningCertificatesRequest, ListSigningCertificatesResponse, ListUsersRequest, ListUsersResponse,
    UpdateUserRequest, User as UserShape,
};

use super::boundaries::{boundary_shape, checked_boundary};
use super::pages::{listed, page};
use super::tags::{checked_tags, tag_shapes};
use super::{Iam, IamError, checked_path, time, within};
use crate::identity::Step;
use crate::identity::state::{Entity, Grants, Kind, User, folded};

const USERS_MAX: usize = 10_000;

impl Iam<'_> {
    pub async fn create_user(
        &self,
        input: &CreateUserRequest<'_>,
    ) -> Result<CreateUserResponse<'static>, IamError> {
        let path = checked_path(input.path.as_deref())?;
        let tags = checked_tags(input.tags.as_deref().unwrap_or_default())?;
        self.may_make(Kind::User, path, &input.user_name, &tags, input.permissions_boundary.as_deref())?;
        let user = self
            .commit(|account, now_ms| {
                if account.users.contains_key(&folded(&input.user_name)) {
                    return Err(IamError::Exists { what: "User", name: input.user_name.to_string() });
                }
                within(account.users.len(), USERS_MAX, "UsersPerAccount")?;
                let boundary = checked_boundary(account, self.id(), input.permissions_boundary.as_deref())?;
                let user = Arc::new(User {
                    named: self.named(Kind::User, &input.user_name, Some(path), now_ms)?,
                    grants: Grants { boundary, ..Grants::default() },
                    tags: tags.clone(),
                    groups: Default::default(),
                    keys: Vec::new(),
                });
                Ok((vec![Step::Set(Entity::User(user.clone()))], user))
            })
            .await?;
        Ok(CreateUserResponse { user: Some(self.user_shape(&user)) })
    }

    pub fn get_user(&self, input: &GetUserRequest<'_>) -> Result<GetUserResponse<'static>, IamError> {
        if input.user_name.is_none() && self.caller.principal().is_root() {
            let arn = format!("arn:aws:iam::{}:root", self.id());
            self.may(&arn)?;
            let (path, user_id, create_date) = ("/".into(), self.id().to_owned().into(), time(0));
            let root = UserShape { path, user_id, arn: arn.into(), create_date, ..UserShape::default() };
            return Ok(GetUserResponse { user: root });
        }
        let name = self.user_name(input.user_name.as_deref())?;
        self.may_with(Kind::User, name)?;
        Ok(GetUserResponse { user: self.user_shape(&*self.user(name)?) })
    }

    pub fn list_users(&self, input: &ListUsersRequest<'_>) -> Result<ListUsersResponse<'static>, IamError> {
        self.may_list()?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let page = self.read(|account| {
            let users = account.users.iter().filter(|(_, user)| user.named.path.starts_with(prefix));
            // Lists say nothing of tags and boundaries.
            let shape =
                |user: &User| UserShape { tags: None, permissions_boundary: None, ..self.user_shape(user) };
            page(users.map(|(name, user)| (&**name, shape(user))), input.marker.as_deref(), input.max_items)
        })?;
        Ok(listed!(ListUsersResponse { users }, page))
    }

    /// A new name or path. Its keys, groups and policies stay with it.
    pub async fn update_user(&self, input: &UpdateUserRequest<'_>) -> Result<(), IamError> {
        self.may_with(Kind::User, &input.user_name)?;
        let new_path = input.new_path.as_deref().map(|path| checked_path(Some(path))).transpose()?;
        self.may_rename(Kind::User, &input.user_name, new_path, input.new_user_name.as_deref())?;
        self.commit(|account, _| {
            let name = folded(&input.user_name);
            let before =
                account.users.get(&name).ok_or_else(|| IamError::none(Kind::User, &input.user_name))?;
            let mut user = (**before).clone();
            let mut steps = Vec::new();
            if let Some(new) = input.new_user_name.as_deref() {
                if folded(new) != name {
                    if account.users.contains_key(&folded(new)) {
                        return Err(IamError::Exists { what: "User", name: new.to_owned() });
                    }
                    steps.push(Step::Remove { kind: Kind::User, name: name.clone() });
                }
                user.named.name = new.to_owned();
            }
            if let Some(path) = new_path {
                user.named.path = path.to_owned();
            }
            steps.push(Step::Set(Entity::User(Arc::new(user))));
            Ok((steps, ()))
        })
        .await
    }

    pub async fn delete_user(&self, input: &DeleteUserRequest<'_>) -> Result<(), IamError> {
        self.may_with(Kind::User, &input.user_name)?;
        self.commit(|account, _| {
            let name = folded(&input.user_name);
            let user =
                account.users.get(&name).ok_or_else(|| IamError::none(Kind::User, &input.user_name))?;
            let first = match &**user {
                user if !user.keys.is_empty() => "delete access keys",
                user if !user.groups.is_empty() => "remove user from all groups",
                user if !user.grants.attached.is_empty() => "detach all policies",
                user if !user.grants.inline.is_empty() => "delete policies",
                _ => return Ok((vec![Step::Remove { kind: Kind::User, name }], ())),
            };
            Err(IamError::InUse { first })
        })
        .await
    }

    /// Nobody signs in with a password here.
    pub fn get_login_profile(
        &self,
        input: &GetLoginProfileRequest<'_>,
    ) -> Result<GetLoginProfileResponse<'static>, IamError> {
        let name = self.user_name(input.user_name.as_deref())?;
        self.may_with(Kind::User, name)?;
        self.user(name)?;
        Err(IamError::NoLoginProfile { name: name.to_owned() })
    }

    pub fn list_mfa_devices(
        &self,
        input: &ListMFADevicesRequest<'_>,
    ) -> Result<ListMFADevicesResponse<'static>, IamError> {
        self.may_ask_about(input.user_name.as_deref())?;
        Ok(ListMFADevicesResponse { is_truncated: Some(false), ..Default::default() })
    }

    pub fn list_signing_certificates(
        &self,
        input: &ListSigningCertificatesRequest<'_>,
    ) -> Result<ListSigningCertificatesResponse<'static>, IamError> {
        self.may_ask_about(input.user_name.as_deref())?;
        Ok(ListSigningCertificatesResponse { is_truncated: Some(false), ..Default::default() })
    }

    pub fn list_ssh_public_keys(
        &self,
        input: &ListSSHPublicKeysRequest<'_>,
    ) -> Result<ListSSHPublicKeysResponse<'static>, IamError> {
        self.may_ask_about(input.user_name.as_deref())?;
        let none = Some(Vec::new());
        Ok(ListSSHPublicKeysResponse { ssh_public_keys: none, is_truncated: Some(false), marker: None })
    }

    pub fn list_service_specific_credentials(
        &self,
        input: &ListServiceSpecificCredentialsRequest<'_>,
    ) -> Result<ListServiceSpecificCredentialsResponse<'static>, IamError> {
        self.may_ask_about(input.user_name.as_deref())?;
        let service_specific_credentials = Some(Vec::new());
        Ok(ListServiceSpecificCredentialsResponse { service_specific_credentials, ..Default::default() })
    }

    /// There are none.
    pub fn list_account_aliases(
        &self,
        _: &ListAccountAliasesRequest<'_>,
    ) -> Result<ListAccountAliasesResponse<'static>, IamError> {
        self.may_list()?;
        Ok(ListAccountAliasesResponse { is_truncated: Some(false), ..Default::default() })
    }

    /// About a user, of whom there may be nothing to tell.
    fn may_ask_about(&self, user: Option<&str>) -> Result<(), IamError> {
        let Some(name) = user.or(self.caller.principal().user_name()) else { return self.may_list() };
        self.may_with(Kind::User, name)?;
        self.user(name).map(drop)
    }

    pub(super) fn user(&self, name: &str) -> Result<Arc<User>, IamError> {
        let found = self.read(|account| account.users.get(&folded(name)).cloned());
        found.ok_or_else(|| IamError::none(Kind::User, name))
    }

    pub(super) fn user_shape(&self, user: &User) -> UserShape<'static> {
        UserShape {
            path: user.named.path.clone().into(),
            user_name: user.named.name.clone().into(),
            user_id: user.named.id.clone().into(),
            arn: user.named.arn(Kind::User, self.id()).into(),
            create_date: time(user.named.created_ms),
            password_last_used: None,
            permissions_boundary: boundary_shape(&user.grants),
            tags: (!user.tags.is_empty()).then(|| tag_shapes(&user.tags)),
        }
    }
}
