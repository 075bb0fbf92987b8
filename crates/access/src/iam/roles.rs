//! Roles and who may assume them.

use std::sync::Arc;

use flumen_protocol::iam::{
    CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest, GetRoleRequest, GetRoleResponse,
    ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse, ListInstanceProfilesRequest,
    ListInstanceProfilesResponse, ListRolesRequest, ListRolesResponse, Role as RoleShape, RoleLastUsed,
    UpdateAssumeRolePolicyRequest, UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse,
    UpdateRoleRequest, UpdateRoleResponse,
};

use super::boundaries::{boundary_shape, checked_boundary};
use super::pages::{listed, page};
use super::tags::{checked_tags, tag_shapes};
use super::{Iam, IamError, checked_path, time, within};
use crate::identity::state::{Entity, Grants, Kind, Role, folded};
use crate::identity::{Document, Step};
use crate::policy::Kind as PolicyKind;

const ROLES_MAX: usize = 5_000;
const SESSION_S_DEFAULT: u32 = 3_600;

impl Iam<'_> {
    pub async fn create_role(
        &self,
        input: &CreateRoleRequest<'_>,
    ) -> Result<CreateRoleResponse<'static>, IamError> {
        let path = checked_path(input.path.as_deref())?;
        let tags = checked_tags(input.tags.as_deref().unwrap_or_default())?;
        self.may_make(Kind::Role, path, &input.role_name, &tags, input.permissions_boundary.as_deref())?;
        let trust = self.checked_trust(&input.assume_role_policy_document)?;
        let role = self
            .commit(|account, now_ms| {
                if account.roles.contains_key(&folded(&input.role_name)) {
                    return Err(IamError::Exists { what: "Role", name: input.role_name.to_string() });
                }
                within(account.roles.len(), ROLES_MAX, "RolesPerAccount")?;
                let boundary = checked_boundary(account, self.id(), input.permissions_boundary.as_deref())?;
                let session_s = input.max_session_duration.and_then(|s| u32::try_from(s).ok());
                let role = Arc::new(Role {
                    named: self.named(Kind::Role, &input.role_name, Some(path), now_ms)?,
                    grants: Grants { boundary, ..Grants::default() },
                    tags: tags.clone(),
                    trust: trust.clone(),
                    description: input.description.as_deref().map(str::to_owned),
                    session_s_max: session_s.unwrap_or(SESSION_S_DEFAULT),
                });
                Ok((vec![Step::Set(Entity::Role(role.clone()))], role))
            })
            .await?;
        Ok(CreateRoleResponse { role: self.role_shape(&role) })
    }

    pub fn get_role(&self, input: &GetRoleRequest<'_>) -> Result<GetRoleResponse<'static>, IamError> {
        self.may_with(Kind::Role, &input.role_name)?;
        let role = self.role(&input.role_name)?;
        let used = self.identities.last_used(&role.named.id);
        let role_last_used = Some(RoleLastUsed {
            last_used_date: used.as_ref().map(|used| time(used.at_ms)),
            region: used.map(|used| used.region.into()),
        });
        Ok(GetRoleResponse { role: RoleShape { role_last_used, ..self.role_shape(&role) } })
    }

    pub fn list_roles(&self, input: &ListRolesRequest<'_>) -> Result<ListRolesResponse<'static>, IamError> {
        self.may_list()?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let page = self.read(|account| {
            let roles = account.roles.iter().filter(|(_, role)| role.named.path.starts_with(prefix));
            // Lists say nothing of tags and boundaries.
            let shape =
                |role: &Role| RoleShape { tags: None, permissions_boundary: None, ..self.role_shape(role) };
            page(roles.map(|(name, role)| (&**name, shape(role))), input.marker.as_deref(), input.max_items)
        })?;
        Ok(listed!(ListRolesResponse { roles }, page))
    }

    pub async fn update_role(&self, input: &UpdateRoleRequest<'_>) -> Result<UpdateRoleResponse, IamError> {
        self.may_with(Kind::Role, &input.role_name)?;
        self.change_role(&input.role_name, |role| {
            if let Some(description) = input.description.as_deref() {
                role.description = Some(description.to_owned());
            }
            if let Some(session_s) = input.max_session_duration.and_then(|s| u32::try_from(s).ok()) {
                role.session_s_max = session_s;
            }
        })
        .await?;
        Ok(UpdateRoleResponse {})
    }

    pub async fn update_role_description(
        &self,
        input: &UpdateRoleDescriptionRequest<'_>,
    ) -> Result<UpdateRoleDescriptionResponse<'static>, IamError> {
        self.may_with(Kind::Role, &input.role_name)?;
        self.change_role(&input.role_name, |role| role.description = Some(input.description.to_string()))
            .await?;
        let role = self.role_shape(&*self.role(&input.role_name)?);
        Ok(UpdateRoleDescriptionResponse { role: Some(role) })
    }

    pub async fn update_assume_role_policy(
        &self,
        input: &UpdateAssumeRolePolicyRequest<'_>,
    ) -> Result<(), IamError> {
        self.may_with(Kind::Role, &input.role_name)?;
        let trust = self.checked_trust(&input.policy_document)?;
        self.change_role(&input.role_name, |role| role.trust = trust.clone()).await
    }

    pub async fn delete_role(&self, input: &DeleteRoleRequest<'_>) -> Result<(), IamError> {
        self.may_with(Kind::Role, &input.role_name)?;
        self.commit(|account, _| {
            let name = folded(&input.role_name);
            let role =
                account.roles.get(&name).ok_or_else(|| IamError::none(Kind::Role, &input.role_name))?;
            let first = match &role.grants {
                grants if !grants.attached.is_empty() => "detach all policies",
                grants if !grants.inline.is_empty() => "delete policies",
                _ => return Ok((vec![Step::Remove { kind: Kind::Role, name }], ())),
            };
            Err(IamError::InUse { first })
        })
        .await
    }

    /// There are no machines to have one.
    pub fn list_instance_profiles(
        &self,
        _: &ListInstanceProfilesRequest<'_>,
    ) -> Result<ListInstanceProfilesResponse<'static>, IamError> {
        self.may_list()?;
        Ok(ListInstanceProfilesResponse { is_truncated: Some(false), ..Default::default() })
    }

    pub fn list_instance_profiles_for_role(
        &self,
        input: &ListInstanceProfilesForRoleRequest<'_>,
    ) -> Result<ListInstanceProfilesForRoleResponse<'static>, IamError> {
        self.may_with(Kind::Role, &input.role_name)?;
        self.role(&input.role_name)?;
        Ok(ListInstanceProfilesForRoleResponse { is_truncated: Some(false), ..Default::default() })
    }

    /// A trust policy that does not let in everybody for whom a public issuer speaks.
    fn checked_trust(&self, text: &str) -> Result<Document, IamError> {
        let trust = Document::parse(text, PolicyKind::Trust)?;
        let policy = trust.policy(PolicyKind::Trust).map_err(Clone::clone)?;
        match self.identities.issuers().public().find(|issuer| issuer.lets_in_anybody(policy, self.id())) {
            Some(issuer) => Err(IamError::AnybodyTrusted { key: issuer.condition_key("sub") }),
            None => Ok(trust),
        }
    }

    fn role(&self, name: &str) -> Result<Arc<Role>, IamError> {
        let found = self.read(|account| account.roles.get(&folded(name)).cloned());
        found.ok_or_else(|| IamError::none(Kind::Role, name))
    }

    async fn change_role(&self, name: &str, change: impl Fn(&mut Role)) -> Result<(), IamError> {
        self.change(Kind::Role, name, |entity, _, _| {
            if let Entity::Role(role) = entity {
                change(Arc::make_mut(role));
            }
            Ok(())
        })
        .await
    }

    fn role_shape(&self, role: &Role) -> RoleShape<'static> {
        RoleShape {
            path: role.named.path.clone().into(),
            role_name: role.named.name.clone().into(),
            role_id: role.named.id.clone().into(),
            arn: role.named.arn(Kind::Role, self.id()).into(),
            create_date: time(role.named.created_ms),
            assume_role_policy_document: Some(super::inline::url_encoded(&role.trust.text).into()),
            description: role.description.clone().map(Into::into),
            max_session_duration: i32::try_from(role.session_s_max).ok(),
            permissions_boundary: boundary_shape(&role.grants),
            tags: (!role.tags.is_empty()).then(|| tag_shapes(&role.tags)),
            role_last_used: None,
        }
    }
}
