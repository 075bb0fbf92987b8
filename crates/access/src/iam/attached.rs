//! Managed policies on users, groups and roles.

use flumen_protocol::iam::{
    AttachGroupPolicyRequest, AttachRolePolicyRequest, AttachUserPolicyRequest, AttachedPolicy,
    DetachGroupPolicyRequest, DetachRolePolicyRequest, DetachUserPolicyRequest,
    ListAttachedGroupPoliciesRequest, ListAttachedGroupPoliciesResponse, ListAttachedRolePoliciesRequest,
    ListAttachedRolePoliciesResponse, ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse,
};

use super::managed::{ManagedArn, managed_path};
use super::pages::{Page, listed, page};
use super::{Iam, IamError};
use crate::identity::state::{Grants, Kind};

const ATTACHED_MAX: usize = 10;

macro_rules! of_each_kind {
    ($($kind:ident $name:ident: $attach:ident($Attach:ident) $detach:ident($Detach:ident)
        $list:ident($List:ident) -> $Listed:ident;)*) => {
        impl Iam<'_> {$(
            pub async fn $attach(&self, input: &$Attach<'_>) -> Result<(), IamError> {
                self.attach(Kind::$kind, &input.$name, &input.policy_arn).await
            }

            pub async fn $detach(&self, input: &$Detach<'_>) -> Result<(), IamError> {
                self.detach(Kind::$kind, &input.$name, &input.policy_arn).await
            }

            pub fn $list(&self, input: &$List<'_>) -> Result<$Listed<'static>, IamError> {
                let (prefix, marker) = (input.path_prefix.as_deref(), input.marker.as_deref());
                let page = self.attached(Kind::$kind, &input.$name, prefix, marker, input.max_items)?;
                Ok(listed!($Listed { some attached_policies }, page))
            }
        )*}
    };
}

of_each_kind! {
    User user_name: attach_user_policy(AttachUserPolicyRequest) detach_user_policy(DetachUserPolicyRequest)
        list_attached_user_policies(ListAttachedUserPoliciesRequest) -> ListAttachedUserPoliciesResponse;
    Group group_name: attach_group_policy(AttachGroupPolicyRequest) detach_group_policy(DetachGroupPolicyRequest)
        list_attached_group_policies(ListAttachedGroupPoliciesRequest) -> ListAttachedGroupPoliciesResponse;
    Role role_name: attach_role_policy(AttachRolePolicyRequest) detach_role_policy(DetachRolePolicyRequest)
        list_attached_role_policies(ListAttachedRolePoliciesRequest) -> ListAttachedRolePoliciesResponse;
}

impl Iam<'_> {
    async fn attach(&self, kind: Kind, name: &str, arn: &str) -> Result<(), IamError> {
        self.may_with_policy(kind, name, arn)?;
        let policy = ManagedArn::parse(arn, self.id())?;
        self.change(kind, name, |entity, account, _| {
            policy.document(account)?;
            let Some(grants) = entity.grants_mut() else { return Err(IamError::none(kind, name)) };
            if grants.attached.insert(arn.to_owned()) && grants.attached.len() > ATTACHED_MAX {
                let what = match kind {
                    Kind::User => "PoliciesPerUser",
                    Kind::Group => "PoliciesPerGroup",
                    Kind::Role | Kind::Policy => "PoliciesPerRole",
                };
                return Err(IamError::Quota { what, limit: ATTACHED_MAX });
            }
            Ok(())
        })
        .await
    }

    async fn detach(&self, kind: Kind, name: &str, arn: &str) -> Result<(), IamError> {
        self.may_with_policy(kind, name, arn)?;
        self.change(kind, name, |entity, _, _| {
            let was = entity.grants_mut().is_some_and(|grants| grants.attached.remove(arn));
            if was { Ok(()) } else { Err(IamError::NotAttached { arn: arn.to_owned() }) }
        })
        .await
    }

    fn attached(
        &self,
        kind: Kind,
        name: &str,
        prefix: Option<&str>,
        marker: Option<&str>,
        max_items: Option<i32>,
    ) -> Result<Page<AttachedPolicy<'static>>, IamError> {
        self.may_with(kind, name)?;
        let entity = self.found(kind, name)?;
        let none = Grants::default();
        let arns = entity.grants().unwrap_or(&none).attached.iter();
        let arns = arns.filter(|arn| managed_path(arn).starts_with(prefix.unwrap_or("/")));
        let shape = |arn: &String| AttachedPolicy {
            policy_name: arn.rsplit('/').next().map(|name| name.to_owned().into()),
            policy_arn: Some(arn.clone().into()),
        };
        page(arns.map(|arn| (&**arn, shape(arn))), marker, max_items)
    }
}
