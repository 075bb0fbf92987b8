//! IAM: users, groups, roles, policies and access keys.

use bytes::Bytes;
use flumen_access::Identities;
use flumen_access::iam::{Iam, row};
use flumen_protocol::iam::{NAMESPACE, Operation, SIGNING_NAME};
use flumen_protocol::query::{Fault, decode, encode};

use crate::Resources;
use crate::audit::Audited;
use crate::call::Call;
use crate::forms;
use crate::reply::Reply;
use crate::service::{Head, IdentifiedRequest, Remembered, Service};

/// The service of that name, on the identities that there are.
pub struct IamService(pub Identities);

/// The output of an operation that has none.
const NOTHING: Option<&bool> = None;

impl Service for IamService {
    type RequestKind = ();
    type Fault = Fault;

    const SIGNING_NAME: &'static str = SIGNING_NAME;

    fn is_meant(head: &Head<'_>) -> bool {
        forms::is_signed_for(head, SIGNING_NAME)
    }

    fn resolve(call: &Call<'_>, _: &Head<'_>, body: &Bytes) -> Result<(), Box<Reply>> {
        call.is_for(forms::action(body, Operation::parse).ok().map(|operation| operation as usize));
        Ok(())
    }

    fn audited(operation: usize) -> Audited {
        Audited::Management { read_only: !row(Operation::ALL[operation]).is_command() }
    }

    fn remembered(operation: usize) -> Remembered {
        match row(Operation::ALL[operation]).is_command() {
            true => Remembered::AskerAndResources,
            false => Remembered::Nothing,
        }
    }

    async fn run(
        &self,
        _: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { caller, body, .. }: IdentifiedRequest<'_, ()>,
    ) -> Result<Reply, Fault> {
        use Operation::*;
        let operation = forms::action(body, Operation::parse)?;
        let (iam, name) = (Iam::new(&self.0, caller, operation), operation.as_str());
        macro_rules! reads {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                encode(NAMESPACE, name, Some(&iam.$method(&input)?), call.id())
            }};
        }
        macro_rules! changes {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                let output = iam.$method(&input).await?;
                call.answers(&output);
                encode(NAMESPACE, name, Some(&output), call.id())
            }};
        }
        macro_rules! nothing {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                iam.$method(&input).await?;
                encode(NAMESPACE, name, NOTHING, call.id())
            }};
        }
        let answer = match operation {
            AddUserToGroup => nothing!(add_user_to_group),
            AttachGroupPolicy => nothing!(attach_group_policy),
            AttachRolePolicy => nothing!(attach_role_policy),
            AttachUserPolicy => nothing!(attach_user_policy),
            CreateAccessKey => changes!(create_access_key),
            CreateGroup => changes!(create_group),
            CreatePolicy => changes!(create_policy),
            CreatePolicyVersion => changes!(create_policy_version),
            CreateRole => changes!(create_role),
            CreateUser => changes!(create_user),
            DeleteAccessKey => nothing!(delete_access_key),
            DeleteGroup => nothing!(delete_group),
            DeleteGroupPolicy => nothing!(delete_group_policy),
            DeletePolicy => nothing!(delete_policy),
            DeletePolicyVersion => nothing!(delete_policy_version),
            DeleteRole => nothing!(delete_role),
            DeleteRolePermissionsBoundary => nothing!(delete_role_permissions_boundary),
            DeleteRolePolicy => nothing!(delete_role_policy),
            DeleteUser => nothing!(delete_user),
            DeleteUserPermissionsBoundary => nothing!(delete_user_permissions_boundary),
            DeleteUserPolicy => nothing!(delete_user_policy),
            DetachGroupPolicy => nothing!(detach_group_policy),
            DetachRolePolicy => nothing!(detach_role_policy),
            DetachUserPolicy => nothing!(detach_user_policy),
            GetAccessKeyLastUsed => reads!(get_access_key_last_used),
            GetGroup => reads!(get_group),
            GetGroupPolicy => reads!(get_group_policy),
            GetLoginProfile => reads!(get_login_profile),
            GetPolicy => reads!(get_policy),
            GetPolicyVersion => reads!(get_policy_version),
            GetRole => reads!(get_role),
            GetRolePolicy => reads!(get_role_policy),
            GetUser => reads!(get_user),
            GetUserPolicy => reads!(get_user_policy),
            ListAccessKeys => reads!(list_access_keys),
            ListAttachedGroupPolicies => reads!(list_attached_group_policies),
            ListAttachedRolePolicies => reads!(list_attached_role_policies),
            ListAttachedUserPolicies => reads!(list_attached_user_policies),
            ListEntitiesForPolicy => reads!(list_entities_for_policy),
            ListGroupPolicies => reads!(list_group_policies),
            ListGroups => reads!(list_groups),
            ListGroupsForUser => reads!(list_groups_for_user),
            ListInstanceProfiles => reads!(list_instance_profiles),
            ListInstanceProfilesForRole => reads!(list_instance_profiles_for_role),
            ListMFADevices => reads!(list_mfa_devices),
            ListPolicies => reads!(list_policies),
            ListPolicyTags => reads!(list_policy_tags),
            ListPolicyVersions => reads!(list_policy_versions),
            ListRolePolicies => reads!(list_role_policies),
            ListRoleTags => reads!(list_role_tags),
            ListRoles => reads!(list_roles),
            ListSSHPublicKeys => reads!(list_ssh_public_keys),
            ListServiceSpecificCredentials => reads!(list_service_specific_credentials),
            ListSigningCertificates => reads!(list_signing_certificates),
            ListUserPolicies => reads!(list_user_policies),
            ListUserTags => reads!(list_user_tags),
            ListUsers => reads!(list_users),
            PutGroupPolicy => nothing!(put_group_policy),
            PutRolePermissionsBoundary => nothing!(put_role_permissions_boundary),
            PutRolePolicy => nothing!(put_role_policy),
            PutUserPermissionsBoundary => nothing!(put_user_permissions_boundary),
            PutUserPolicy => nothing!(put_user_policy),
            RemoveUserFromGroup => nothing!(remove_user_from_group),
            SetDefaultPolicyVersion => nothing!(set_default_policy_version),
            TagPolicy => nothing!(tag_policy),
            TagRole => nothing!(tag_role),
            TagUser => nothing!(tag_user),
            UntagPolicy => nothing!(untag_policy),
            UntagRole => nothing!(untag_role),
            UntagUser => nothing!(untag_user),
            UpdateAccessKey => nothing!(update_access_key),
            UpdateAssumeRolePolicy => nothing!(update_assume_role_policy),
            UpdateGroup => nothing!(update_group),
            UpdateRole => changes!(update_role),
            UpdateRoleDescription => changes!(update_role_description),
            UpdateUser => nothing!(update_user),
            ListAccountAliases => reads!(list_account_aliases),
            SimulateCustomPolicy => reads!(simulate_custom_policy),
            SimulatePrincipalPolicy => reads!(simulate_principal_policy),
            other => return Err(forms::not_served(other.as_str())),
        };
        Ok(forms::answered(answer))
    }

    fn refuse(_: &Head<'_>, fault: &Fault, call: &Call<'_>) -> Reply {
        forms::refused(fault, NAMESPACE, call)
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        (operations.collect(), forms::codes())
    }
}
