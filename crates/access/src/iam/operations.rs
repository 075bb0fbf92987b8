//! The table of operations: what policies call each that is served, and what it is done with. Source: AWS's reference of
//! actions for IAM.

use flumen_protocol::iam::Operation;

use crate::identity::state::Kind;
use crate::{Action, Level, Published};

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// What policies call it.
    pub actions: &'static [Action],
    pub level: Level,
    /// What it may be done with; nothing for those that are the account's.
    resources: &'static [Kind],
}

impl Row {
    /// What kinds of things it may be done with, as AWS's reference names them.
    pub fn resources(&self) -> impl Iterator<Item = &'static str> {
        self.resources.iter().map(|kind| kind.as_str())
    }

    /// Whether it changes something.
    pub fn is_command(&self) -> bool {
        !matches!(self.level, Level::List | Level::Read)
    }
}

/// The row of an operation; those that are not served have none.
pub const fn row(operation: Operation) -> &'static Row {
    macro_rules! rows {
        ($($name:ident: $level:ident [$($kind:ident),*],)*) => {
            match operation {
                $(Operation::$name => const {
                    &Row {
                        actions: &[Action(concat!("iam:", stringify!($name)))],
                        level: Level::$level,
                        resources: &[$(Kind::$kind),*],
                    }
                },)*
                _ => &Row { actions: &[], level: Level::Read, resources: &[] },
            }
        };
    }
    rows! {
        AddUserToGroup: Permissions [Group],
        AttachGroupPolicy: Permissions [Group],
        AttachRolePolicy: Permissions [Role],
        AttachUserPolicy: Permissions [User],
        CreateAccessKey: Permissions [User],
        CreateGroup: Permissions [Group],
        CreatePolicy: Permissions [Policy],
        CreatePolicyVersion: Permissions [Policy],
        CreateRole: Permissions [Role],
        CreateUser: Permissions [User],
        DeleteAccessKey: Permissions [User],
        DeleteGroup: Permissions [Group],
        DeleteGroupPolicy: Permissions [Group],
        DeletePolicy: Permissions [Policy],
        DeletePolicyVersion: Permissions [Policy],
        DeleteRole: Permissions [Role],
        DeleteRolePermissionsBoundary: Permissions [Role],
        DeleteRolePolicy: Permissions [Role],
        DeleteUser: Permissions [User],
        DeleteUserPermissionsBoundary: Permissions [User],
        DeleteUserPolicy: Permissions [User],
        DetachGroupPolicy: Permissions [Group],
        DetachRolePolicy: Permissions [Role],
        DetachUserPolicy: Permissions [User],
        GetAccessKeyLastUsed: Read [User],
        GetGroup: Read [Group],
        GetGroupPolicy: Read [Group],
        GetLoginProfile: List [User],
        GetPolicy: Read [Policy],
        GetPolicyVersion: Read [Policy],
        GetRole: Read [Role],
        GetRolePolicy: Read [Role],
        GetUser: Read [User],
        GetUserPolicy: Read [User],
        ListAccessKeys: List [User],
        ListAccountAliases: List [],
        ListAttachedGroupPolicies: List [Group],
        ListAttachedRolePolicies: List [Role],
        ListAttachedUserPolicies: List [User],
        ListEntitiesForPolicy: List [Policy],
        ListGroupPolicies: List [Group],
        ListGroups: List [],
        ListGroupsForUser: List [User],
        ListInstanceProfiles: List [],
        ListInstanceProfilesForRole: List [Role],
        ListMFADevices: List [User],
        ListPolicies: List [],
        ListPolicyTags: List [Policy],
        ListPolicyVersions: List [Policy],
        ListRolePolicies: List [Role],
        ListRoleTags: List [Role],
        ListRoles: List [],
        ListSSHPublicKeys: List [User],
        ListServiceSpecificCredentials: List [User],
        ListSigningCertificates: List [User],
        ListUserPolicies: List [User],
        ListUserTags: List [User],
        ListUsers: List [],
        PutGroupPolicy: Permissions [Group],
        PutRolePermissionsBoundary: Permissions [Role],
        PutRolePolicy: Permissions [Role],
        PutUserPermissionsBoundary: Permissions [User],
        PutUserPolicy: Permissions [User],
        RemoveUserFromGroup: Permissions [Group],
        SetDefaultPolicyVersion: Permissions [Policy],
        SimulateCustomPolicy: Read [],
        SimulatePrincipalPolicy: Read [User, Group, Role],
        TagPolicy: Tagging [Policy],
        TagRole: Tagging [Role],
        TagUser: Tagging [User],
        UntagPolicy: Tagging [Policy],
        UntagRole: Tagging [Role],
        UntagUser: Tagging [User],
        UpdateAccessKey: Permissions [User],
        UpdateAssumeRolePolicy: Permissions [Role],
        UpdateGroup: Permissions [Group],
        UpdateRole: Permissions [Role],
        UpdateRoleDescription: Permissions [Role],
        UpdateUser: Permissions [User],
    }
}

/// What is served and has no action does not compile.
const _: () = {
    let mut nth = 0;
    while nth < Operation::ALL.len() {
        let operation = Operation::ALL[nth];
        assert!(row(operation).actions.is_empty() != operation.is_served());
        nth += 1;
    }
};

/// What is served, as `flumen policy actions` shows it.
pub fn published() -> impl Iterator<Item = Published> {
    Operation::ALL.iter().filter(|operation| operation.is_served()).map(|&operation| {
        let row = row(operation);
        Published {
            service: "iam",
            operation: operation.as_str(),
            actions: row.actions,
            actions_with_tags: &[],
            level: row.level,
            resource_types: row.resources().collect(),
            served: true,
        }
    })
}
