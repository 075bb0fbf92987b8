//! Permissions boundaries: a managed policy that bounds whatever else is granted.

use flumen_protocol::iam::{
    AttachedPermissionsBoundary, DeleteRolePermissionsBoundaryRequest, DeleteUserPermissionsBoundaryRequest,
    PermissionsBoundaryAttachmentType, PutRolePermissionsBoundaryRequest, PutUserPermissionsBoundaryRequest,
};

use super::managed::ManagedArn;
use super::{BOUNDARY, Iam, IamError};
use crate::RequestContext;
use crate::identity::state::{Account, Grants, Kind};

impl Iam<'_> {
    pub async fn put_user_permissions_boundary(
        &self,
        input: &PutUserPermissionsBoundaryRequest<'_>,
    ) -> Result<(), IamError> {
        self.set_boundary(Kind::User, &input.user_name, Some(&input.permissions_boundary)).await
    }

    pub async fn put_role_permissions_boundary(
        &self,
        input: &PutRolePermissionsBoundaryRequest<'_>,
    ) -> Result<(), IamError> {
        self.set_boundary(Kind::Role, &input.role_name, Some(&input.permissions_boundary)).await
    }

    pub async fn delete_user_permissions_boundary(
        &self,
        input: &DeleteUserPermissionsBoundaryRequest<'_>,
    ) -> Result<(), IamError> {
        self.set_boundary(Kind::User, &input.user_name, None).await
    }

    pub async fn delete_role_permissions_boundary(
        &self,
        input: &DeleteRolePermissionsBoundaryRequest<'_>,
    ) -> Result<(), IamError> {
        self.set_boundary(Kind::Role, &input.role_name, None).await
    }

    async fn set_boundary(&self, kind: Kind, name: &str, arn: Option<&str>) -> Result<(), IamError> {
        let asked = arn.map(|arn| RequestContext::default().and(BOUNDARY, arn)).unwrap_or_default();
        self.may_with_given(kind, name, asked)?;
        self.change(kind, name, |entity, account, _| {
            let boundary = checked_boundary(account, self.id(), arn)?;
            if let Some(grants) = entity.grants_mut() {
                grants.boundary = boundary;
            }
            Ok(())
        })
        .await
    }
}

/// The ARN of a managed policy that is there.
pub(super) fn checked_boundary(
    account: &Account,
    id: &str,
    arn: Option<&str>,
) -> Result<Option<String>, IamError> {
    let Some(arn) = arn else { return Ok(None) };
    ManagedArn::parse(arn, id)?.document(account)?;
    Ok(Some(arn.to_owned()))
}

pub(super) fn boundary_shape(grants: &Grants) -> Option<AttachedPermissionsBoundary<'static>> {
    let arn = grants.boundary.clone()?;
    Some(AttachedPermissionsBoundary {
        permissions_boundary_type: Some(PermissionsBoundaryAttachmentType::default()),
        permissions_boundary_arn: Some(arn.into()),
    })
}
