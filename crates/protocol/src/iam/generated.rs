// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};

operations! {
    AcceptDelegationRequest: false,
    AddClientIDToOpenIDConnectProvider: false,
    AddRoleToInstanceProfile: false,
    AddUserToGroup: true,
    AssociateDelegationRequest: false,
    AttachGroupPolicy: true,
    AttachRolePolicy: true,
    AttachUserPolicy: true,
    ChangePassword: false,
    CreateAccessKey: true,
    CreateAccountAlias: false,
    CreateDelegationRequest: false,
    CreateGroup: true,
    CreateInstanceProfile: false,
    CreateLoginProfile: false,
    CreateOpenIDConnectProvider: false,
    CreatePolicy: true,
    CreatePolicyVersion: true,
    CreateRole: true,
    CreateSAMLProvider: false,
    CreateServiceLinkedRole: false,
    CreateServiceSpecificCredential: false,
    CreateUser: true,
    CreateVirtualMFADevice: false,
    DeactivateMFADevice: false,
    DeleteAccessKey: true,
    DeleteAccountAlias: false,
    DeleteAccountPasswordPolicy: false,
    DeleteGroup: true,
    DeleteGroupPolicy: true,
    DeleteInstanceProfile: false,
    DeleteLoginProfile: false,
    DeleteOpenIDConnectProvider: false,
    DeletePolicy: true,
    DeletePolicyVersion: true,
    DeleteRole: true,
    DeleteRolePermissionsBoundary: true,
    DeleteRolePolicy: true,
    DeleteSAMLProvider: false,
    DeleteSSHPublicKey: false,
    DeleteServerCertificate: false,
    DeleteServiceLinkedRole: false,
    DeleteServiceSpecificCredential: false,
    DeleteSigningCertificate: false,
    DeleteUser: true,
    DeleteUserPermissionsBoundary: true,
    DeleteUserPolicy: true,
    DeleteVirtualMFADevice: false,
    DetachGroupPolicy: true,
    DetachRolePolicy: true,
    DetachUserPolicy: true,
    DisableOrganizationsRootCredentialsManagement: false,
    DisableOrganizationsRootSessions: false,
    DisableOutboundWebIdentityFederation: false,
    EnableMFADevice: false,
    EnableOrganizationsRootCredentialsManagement: false,
    EnableOrganizationsRootSessions: false,
    EnableOutboundWebIdentityFederation: false,
    GenerateCredentialReport: false,
    GenerateOrganizationsAccessReport: false,
    GenerateServiceLastAccessedDetails: false,
    GetAccessKeyLastUsed: true,
    GetAccountAuthorizationDetails: false,
    GetAccountPasswordPolicy: false,
    GetAccountSummary: false,
    GetContextKeysForCustomPolicy: false,
    GetContextKeysForPrincipalPolicy: false,
    GetCredentialReport: false,
    GetDelegationRequest: false,
    GetGroup: true,
    GetGroupPolicy: true,
    GetHumanReadableSummary: false,
    GetInstanceProfile: false,
    GetLoginProfile: true,
    GetMFADevice: false,
    GetOpenIDConnectProvider: false,
    GetOrganizationsAccessReport: false,
    GetOutboundWebIdentityFederationInfo: false,
    GetPolicy: true,
    GetPolicyVersion: true,
    GetRole: true,
    GetRolePolicy: true,
    GetSAMLProvider: false,
    GetSSHPublicKey: false,
    GetServerCertificate: false,
    GetServiceLastAccessedDetails: false,
    GetServiceLastAccessedDetailsWithEntities: false,
    GetServiceLinkedRoleDeletionStatus: false,
    GetUser: true,
    GetUserPolicy: true,
    ListAccessKeys: true,
    ListAccountAliases: true,
    ListAttachedGroupPolicies: true,
    ListAttachedRolePolicies: true,
    ListAttachedUserPolicies: true,
    ListDelegationRequests: false,
    ListEntitiesForPolicy: true,
    ListGroupPolicies: true,
    ListGroups: true,
    ListGroupsForUser: true,
    ListInstanceProfileTags: false,
    ListInstanceProfiles: true,
    ListInstanceProfilesForRole: true,
    ListMFADeviceTags: false,
    ListMFADevices: true,
    ListOpenIDConnectProviderTags: false,
    ListOpenIDConnectProviders: false,
    ListOrganizationsFeatures: false,
    ListPolicies: true,
    ListPoliciesGrantingServiceAccess: false,
    ListPolicyTags: true,
    ListPolicyVersions: true,
    ListRolePolicies: true,
    ListRoleTags: true,
    ListRoles: true,
    ListSAMLProviderTags: false,
    ListSAMLProviders: false,
    ListSSHPublicKeys: true,
    ListServerCertificateTags: false,
    ListServerCertificates: false,
    ListServiceSpecificCredentials: true,
    ListSigningCertificates: true,
    ListUserPolicies: true,
    ListUserTags: true,
    ListUsers: true,
    ListVirtualMFADevices: false,
    PutGroupPolicy: true,
    PutRolePermissionsBoundary: true,
    PutRolePolicy: true,
    PutUserPermissionsBoundary: true,
    PutUserPolicy: true,
    RejectDelegationRequest: false,
    RemoveClientIDFromOpenIDConnectProvider: false,
    RemoveRoleFromInstanceProfile: false,
    RemoveUserFromGroup: true,
    ResetServiceSpecificCredential: false,
    ResyncMFADevice: false,
    SendDelegationToken: false,
    SetDefaultPolicyVersion: true,
    SetSecurityTokenServicePreferences: false,
    SimulateCustomPolicy: true,
    SimulatePrincipalPolicy: true,
    TagInstanceProfile: false,
    TagMFADevice: false,
    TagOpenIDConnectProvider: false,
    TagPolicy: true,
    TagRole: true,
    TagSAMLProvider: false,
    TagServerCertificate: false,
    TagUser: true,
    UntagInstanceProfile: false,
    UntagMFADevice: false,
    UntagOpenIDConnectProvider: false,
    UntagPolicy: true,
    UntagRole: true,
    UntagSAMLProvider: false,
    UntagServerCertificate: false,
    UntagUser: true,
    UpdateAccessKey: true,
    UpdateAccountPasswordPolicy: false,
    UpdateAssumeRolePolicy: true,
    UpdateDelegationRequest: false,
    UpdateGroup: true,
    UpdateLoginProfile: false,
    UpdateOpenIDConnectProviderThumbprint: false,
    UpdateRole: true,
    UpdateRoleDescription: true,
    UpdateSAMLProvider: false,
    UpdateSSHPublicKey: false,
    UpdateServerCertificate: false,
    UpdateServiceSpecificCredential: false,
    UpdateSigningCertificate: false,
    UpdateUser: true,
    UploadSSHPublicKey: false,
    UploadServerCertificate: false,
    UploadSigningCertificate: false,
}

error_codes! {
    AccessDenied: 403,
    ConcurrentModification: 409,
    DeleteConflict: 409,
    EntityAlreadyExists: 409,
    EntityTemporarilyUnmodifiable: 409,
    ExpiredTokenException: 400,
    IncompleteSignatureException: 400,
    InternalFailure: 500,
    InvalidInput: 400,
    InvalidParameterValue: 400,
    InvalidSignatureException: 400,
    LimitExceeded: 409,
    MalformedPolicyDocument: 400,
    MissingAuthenticationTokenException: 400,
    NoSuchEntity: 404,
    NotSupportedService: 404,
    PolicyEvaluation: 500,
    PolicyNotAttachable: 400,
    SerializationException: 400,
    ServiceFailure: 500,
    ServiceUnavailable: 503,
    UnknownOperationException: 400,
    UnmodifiableEntity: 400,
    UnrecognizedClientException: 400,
    UnsupportedOperationException: 400,
    ValidationError: 400,
}

operation_codes! {
    AddUserToGroupCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    AttachGroupPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, PolicyNotAttachable, ServiceFailure, ValidationError;
    AttachRolePolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, PolicyNotAttachable, ServiceFailure, UnmodifiableEntity, ValidationError;
    AttachUserPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, PolicyNotAttachable, ServiceFailure, ValidationError;
    CreateAccessKeyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    CreateGroupCode: AccessDenied, EntityAlreadyExists, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    CreatePolicyCode: AccessDenied, ConcurrentModification, EntityAlreadyExists, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, ServiceFailure, ValidationError;
    CreatePolicyVersionCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, ValidationError;
    CreateRoleCode: AccessDenied, ConcurrentModification, EntityAlreadyExists, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, ServiceFailure, ValidationError;
    CreateUserCode: AccessDenied, ConcurrentModification, EntityAlreadyExists, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeleteAccessKeyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeleteGroupCode: AccessDenied, DeleteConflict, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeleteGroupPolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeletePolicyCode: AccessDenied, DeleteConflict, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeletePolicyVersionCode: AccessDenied, DeleteConflict, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeleteRoleCode: AccessDenied, ConcurrentModification, DeleteConflict, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    DeleteRolePermissionsBoundaryCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    DeleteRolePolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    DeleteUserCode: AccessDenied, ConcurrentModification, DeleteConflict, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DeleteUserPermissionsBoundaryCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    DeleteUserPolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DetachGroupPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    DetachRolePolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    DetachUserPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    GetAccessKeyLastUsedCode: AccessDenied, InternalFailure, InvalidParameterValue, ValidationError;
    GetGroupCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetGroupPolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetLoginProfileCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetPolicyVersionCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetRoleCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetRolePolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetUserCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    GetUserPolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListAccessKeysCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListAccountAliasesCode: AccessDenied, InternalFailure, InvalidParameterValue, ServiceFailure, ValidationError;
    ListAttachedGroupPoliciesCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListAttachedRolePoliciesCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListAttachedUserPoliciesCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListEntitiesForPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListGroupPoliciesCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListGroupsCode: AccessDenied, InternalFailure, InvalidParameterValue, ServiceFailure, ValidationError;
    ListGroupsForUserCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListInstanceProfilesCode: AccessDenied, InternalFailure, InvalidParameterValue, ServiceFailure, ValidationError;
    ListInstanceProfilesForRoleCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListMFADevicesCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListPoliciesCode: AccessDenied, InternalFailure, InvalidParameterValue, ServiceFailure, ValidationError;
    ListPolicyTagsCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListPolicyVersionsCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListRolePoliciesCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListRoleTagsCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListRolesCode: AccessDenied, InternalFailure, InvalidParameterValue, ServiceFailure, ValidationError;
    ListSSHPublicKeysCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ValidationError;
    ListServiceSpecificCredentialsCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, NotSupportedService, ValidationError;
    ListSigningCertificatesCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListUserPoliciesCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListUserTagsCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    ListUsersCode: AccessDenied, InternalFailure, InvalidParameterValue, ServiceFailure, ValidationError;
    PutGroupPolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, ValidationError;
    PutRolePermissionsBoundaryCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, PolicyNotAttachable, ServiceFailure, UnmodifiableEntity, ValidationError;
    PutRolePolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    PutUserPermissionsBoundaryCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, PolicyNotAttachable, ServiceFailure, ValidationError;
    PutUserPolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, ValidationError;
    RemoveUserFromGroupCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    SetDefaultPolicyVersionCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    SimulateCustomPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, PolicyEvaluation, ValidationError;
    SimulatePrincipalPolicyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, PolicyEvaluation, ValidationError;
    TagPolicyCode: AccessDenied, ConcurrentModification, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    TagRoleCode: AccessDenied, ConcurrentModification, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    TagUserCode: AccessDenied, ConcurrentModification, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    UntagPolicyCode: AccessDenied, ConcurrentModification, InternalFailure, InvalidInput, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    UntagRoleCode: AccessDenied, ConcurrentModification, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    UntagUserCode: AccessDenied, ConcurrentModification, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, ValidationError;
    UpdateAccessKeyCode: AccessDenied, InternalFailure, InvalidInput, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    UpdateAssumeRolePolicyCode: AccessDenied, InternalFailure, InvalidParameterValue, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    UpdateGroupCode: AccessDenied, EntityAlreadyExists, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
    UpdateRoleCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    UpdateRoleDescriptionCode: AccessDenied, InternalFailure, InvalidParameterValue, NoSuchEntity, ServiceFailure, UnmodifiableEntity, ValidationError;
    UpdateUserCode: AccessDenied, ConcurrentModification, EntityAlreadyExists, EntityTemporarilyUnmodifiable, InternalFailure, InvalidParameterValue, LimitExceeded, NoSuchEntity, ServiceFailure, ValidationError;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessKey<'a> {
    pub user_name: Cow<'a, str>,
    pub access_key_id: Cow<'a, str>,
    pub status: StatusType,
    pub secret_access_key: Cow<'a, str>,
    pub create_date: Option<Timestamp>,
}

impl<'a> Decode<'a> for AccessKey<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut access_key_id = None;
        let mut status = None;
        let mut secret_access_key = None;
        let mut create_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "AccessKeyId", "Status", "SecretAccessKey", "CreateDate"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "AccessKeyId" => access_key_id = from.string()?,
                "Status" => status = from.string()?,
                "SecretAccessKey" => secret_access_key = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let access_key_id = violations.required(at, "AccessKeyId", access_key_id);
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        let secret_access_key = violations.required(at, "SecretAccessKey", secret_access_key);
        Ok(Some(AccessKey { user_name, access_key_id, status, secret_access_key, create_date }))
    }
}

impl Encode for AccessKey<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("AccessKeyId", &self.access_key_id);
        to.field("Status", &self.status);
        to.field("SecretAccessKey", &self.secret_access_key);
        to.optional("CreateDate", &self.create_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessKeyLastUsed<'a> {
    pub last_used_date: Option<Timestamp>,
    pub service_name: Cow<'a, str>,
    pub region: Cow<'a, str>,
}

impl<'a> Decode<'a> for AccessKeyLastUsed<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut last_used_date = None;
        let mut service_name = None;
        let mut region = None;
        while let Some(found) = from.member(&mut open, const { &names(["LastUsedDate", "ServiceName", "Region"]) })? {
            match &*found {
                "LastUsedDate" => last_used_date = from.timestamp()?,
                "ServiceName" => service_name = from.string()?,
                "Region" => region = from.string()?,
                _ => from.skip()?,
            }
        }
        let service_name = violations.required(at, "ServiceName", service_name);
        let region = violations.required(at, "Region", region);
        Ok(Some(AccessKeyLastUsed { last_used_date, service_name, region }))
    }
}

impl Encode for AccessKeyLastUsed<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("LastUsedDate", &self.last_used_date);
        to.field("ServiceName", &self.service_name);
        to.field("Region", &self.region);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessKeyMetadata<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub access_key_id: Option<Cow<'a, str>>,
    pub status: Option<StatusType>,
    pub create_date: Option<Timestamp>,
}

impl<'a> Decode<'a> for AccessKeyMetadata<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut access_key_id = None;
        let mut status = None;
        let mut create_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "AccessKeyId", "Status", "CreateDate"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "AccessKeyId" => access_key_id = from.string()?,
                "Status" => status = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let status = violations.enumeration(at, "Status", status);
        Ok(Some(AccessKeyMetadata { user_name, access_key_id, status, create_date }))
    }
}

impl Encode for AccessKeyMetadata<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("AccessKeyId", &self.access_key_id);
        to.optional("Status", &self.status);
        to.optional("CreateDate", &self.create_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddUserToGroupRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub user_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for AddUserToGroupRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "UserName"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        Ok(Some(AddUserToGroupRequest { group_name, user_name }))
    }
}

impl Encode for AddUserToGroupRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachGroupPolicyRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for AttachGroupPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PolicyArn"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(AttachGroupPolicyRequest { group_name, policy_arn }))
    }
}

impl Encode for AttachGroupPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachRolePolicyRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for AttachRolePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyArn"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(AttachRolePolicyRequest { role_name, policy_arn }))
    }
}

impl Encode for AttachRolePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachUserPolicyRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for AttachUserPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PolicyArn"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(AttachUserPolicyRequest { user_name, policy_arn }))
    }
}

impl Encode for AttachUserPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachedPermissionsBoundary<'a> {
    pub permissions_boundary_type: Option<PermissionsBoundaryAttachmentType>,
    pub permissions_boundary_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for AttachedPermissionsBoundary<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut permissions_boundary_type = None;
        let mut permissions_boundary_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["PermissionsBoundaryType", "PermissionsBoundaryArn"]) })? {
            match &*found {
                "PermissionsBoundaryType" => permissions_boundary_type = from.string()?,
                "PermissionsBoundaryArn" => permissions_boundary_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        let permissions_boundary_type = violations.enumeration(at, "PermissionsBoundaryType", permissions_boundary_type);
        Ok(Some(AttachedPermissionsBoundary { permissions_boundary_type, permissions_boundary_arn }))
    }
}

impl Encode for AttachedPermissionsBoundary<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PermissionsBoundaryType", &self.permissions_boundary_type);
        to.optional("PermissionsBoundaryArn", &self.permissions_boundary_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachedPolicy<'a> {
    pub policy_name: Option<Cow<'a, str>>,
    pub policy_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for AttachedPolicy<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyName", "PolicyArn"]) })? {
            match &*found {
                "PolicyName" => policy_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(AttachedPolicy { policy_name, policy_arn }))
    }
}

impl Encode for AttachedPolicy<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyName", &self.policy_name);
        to.optional("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

enumeration! {
    AttachmentType "[user, group, role]";
    User = "user",
    Group = "group",
    Role = "role",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContextEntry<'a> {
    pub context_key_name: Option<Cow<'a, str>>,
    pub context_key_values: Option<Vec<Cow<'a, str>>>,
    pub context_key_type: Option<ContextKeyTypeEnum>,
}

impl<'a> Decode<'a> for ContextEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut context_key_name = None;
        let mut context_key_values = None;
        let mut context_key_type = None;
        while let Some(found) = from.member(&mut open, const { &names(["ContextKeyName", "ContextKeyValues", "ContextKeyType"]) })? {
            match &*found {
                "ContextKeyName" => context_key_name = from.string()?,
                "ContextKeyValues" => context_key_values = list(from, &Path::Member(at, "ContextKeyValues"), violations, 1000)?,
                "ContextKeyType" => context_key_type = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ContextKeyName", &context_key_name, &CONTEXT_KEY_NAME_TYPE);
        violations.strings(at, "ContextKeyValues", &context_key_values, Range { min: None, max: Some(1000) }, &CONTEXT_ENTRY_CONTEXT_KEY_VALUES);
        let context_key_type = violations.enumeration(at, "ContextKeyType", context_key_type);
        Ok(Some(ContextEntry { context_key_name, context_key_values, context_key_type }))
    }
}

impl Encode for ContextEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ContextKeyName", &self.context_key_name);
        to.optional("ContextKeyValues", &self.context_key_values);
        to.optional("ContextKeyType", &self.context_key_type);
        to.end_struct();
    }
}

enumeration! {
    ContextKeyTypeEnum "[string, stringList, numeric, numericList, boolean, booleanList, ip, ipList, binary, binaryList, date, dateList]";
    String = "string",
    StringList = "stringList",
    Numeric = "numeric",
    NumericList = "numericList",
    Boolean = "boolean",
    BooleanList = "booleanList",
    Ip = "ip",
    IpList = "ipList",
    Binary = "binary",
    BinaryList = "binaryList",
    Date = "date",
    DateList = "dateList",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAccessKeyRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for CreateAccessKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        Ok(Some(CreateAccessKeyRequest { user_name }))
    }
}

impl Encode for CreateAccessKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAccessKeyResponse<'a> {
    pub access_key: AccessKey<'a>,
}

impl<'a> Decode<'a> for CreateAccessKeyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut access_key = None;
        while let Some(found) = from.member(&mut open, const { &names(["AccessKey"]) })? {
            match &*found {
                "AccessKey" => access_key = AccessKey::decode(from, &Path::Member(at, "AccessKey"), violations)?,
                _ => from.skip()?,
            }
        }
        let access_key = violations.required(at, "AccessKey", access_key);
        Ok(Some(CreateAccessKeyResponse { access_key }))
    }
}

impl Encode for CreateAccessKeyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AccessKey", &self.access_key);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateGroupRequest<'a> {
    pub path: Option<Cow<'a, str>>,
    pub group_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for CreateGroupRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut group_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "GroupName"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "GroupName" => group_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Path", &path, &PATH_TYPE);
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        Ok(Some(CreateGroupRequest { path, group_name }))
    }
}

impl Encode for CreateGroupRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Path", &self.path);
        to.field("GroupName", &self.group_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateGroupResponse<'a> {
    pub group: Group<'a>,
}

impl<'a> Decode<'a> for CreateGroupResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group = None;
        while let Some(found) = from.member(&mut open, const { &names(["Group"]) })? {
            match &*found {
                "Group" => group = Group::decode(from, &Path::Member(at, "Group"), violations)?,
                _ => from.skip()?,
            }
        }
        let group = violations.required(at, "Group", group);
        Ok(Some(CreateGroupResponse { group }))
    }
}

impl Encode for CreateGroupResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Group", &self.group);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyRequest<'a> {
    pub policy_name: Cow<'a, str>,
    pub path: Option<Cow<'a, str>>,
    pub policy_document: Cow<'a, str>,
    pub description: Option<Cow<'a, str>>,
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for CreatePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_name = None;
        let mut path = None;
        let mut policy_document = None;
        let mut description = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyName", "Path", "PolicyDocument", "Description", "Tags"]) })? {
            match &*found {
                "PolicyName" => policy_name = from.string()?,
                "Path" => path = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                "Description" => description = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        violations.string(at, "Path", &path, &POLICY_PATH_TYPE);
        violations.string(at, "PolicyDocument", &policy_document, &POLICY_DOCUMENT_TYPE);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        violations.string(at, "Description", &description, &POLICY_DESCRIPTION_TYPE);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        Ok(Some(CreatePolicyRequest { policy_name, path, policy_document, description, tags }))
    }
}

impl Encode for CreatePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyName", &self.policy_name);
        to.optional("Path", &self.path);
        to.field("PolicyDocument", &self.policy_document);
        to.optional("Description", &self.description);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyResponse<'a> {
    pub policy: Option<Policy<'a>>,
}

impl<'a> Decode<'a> for CreatePolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy = None;
        while let Some(found) = from.member(&mut open, const { &names(["Policy"]) })? {
            match &*found {
                "Policy" => policy = Policy::decode(from, &Path::Member(at, "Policy"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CreatePolicyResponse { policy }))
    }
}

impl Encode for CreatePolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Policy", &self.policy);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyVersionRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
    pub set_as_default: Option<bool>,
}

impl<'a> Decode<'a> for CreatePolicyVersionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut policy_document = None;
        let mut set_as_default = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "PolicyDocument", "SetAsDefault"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                "SetAsDefault" => set_as_default = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.string(at, "PolicyDocument", &policy_document, &POLICY_DOCUMENT_TYPE);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(CreatePolicyVersionRequest { policy_arn, policy_document, set_as_default }))
    }
}

impl Encode for CreatePolicyVersionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.field("PolicyDocument", &self.policy_document);
        to.optional("SetAsDefault", &self.set_as_default);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePolicyVersionResponse<'a> {
    pub policy_version: Option<PolicyVersion<'a>>,
}

impl<'a> Decode<'a> for CreatePolicyVersionResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_version = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyVersion"]) })? {
            match &*found {
                "PolicyVersion" => policy_version = PolicyVersion::decode(from, &Path::Member(at, "PolicyVersion"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CreatePolicyVersionResponse { policy_version }))
    }
}

impl Encode for CreatePolicyVersionResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyVersion", &self.policy_version);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateRoleRequest<'a> {
    pub path: Option<Cow<'a, str>>,
    pub role_name: Cow<'a, str>,
    pub assume_role_policy_document: Cow<'a, str>,
    pub description: Option<Cow<'a, str>>,
    pub max_session_duration: Option<i32>,
    pub permissions_boundary: Option<Cow<'a, str>>,
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for CreateRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut role_name = None;
        let mut assume_role_policy_document = None;
        let mut description = None;
        let mut max_session_duration = None;
        let mut permissions_boundary = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "RoleName", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "RoleName" => role_name = from.string()?,
                "AssumeRolePolicyDocument" => assume_role_policy_document = from.string()?,
                "Description" => description = from.string()?,
                "MaxSessionDuration" => max_session_duration = from.integer()?,
                "PermissionsBoundary" => permissions_boundary = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Path", &path, &PATH_TYPE);
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "AssumeRolePolicyDocument", &assume_role_policy_document, &POLICY_DOCUMENT_TYPE);
        let assume_role_policy_document = violations.required(at, "AssumeRolePolicyDocument", assume_role_policy_document);
        violations.string(at, "Description", &description, &ROLE_DESCRIPTION_TYPE);
        violations.integer(at, "MaxSessionDuration", max_session_duration, Range { min: Some(3600), max: Some(43200) });
        violations.string(at, "PermissionsBoundary", &permissions_boundary, &ARN_TYPE);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        Ok(Some(CreateRoleRequest { path, role_name, assume_role_policy_document, description, max_session_duration, permissions_boundary, tags }))
    }
}

impl Encode for CreateRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Path", &self.path);
        to.field("RoleName", &self.role_name);
        to.field("AssumeRolePolicyDocument", &self.assume_role_policy_document);
        to.optional("Description", &self.description);
        to.optional("MaxSessionDuration", &self.max_session_duration);
        to.optional("PermissionsBoundary", &self.permissions_boundary);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateRoleResponse<'a> {
    pub role: Role<'a>,
}

impl<'a> Decode<'a> for CreateRoleResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role = None;
        while let Some(found) = from.member(&mut open, const { &names(["Role"]) })? {
            match &*found {
                "Role" => role = Role::decode(from, &Path::Member(at, "Role"), violations)?,
                _ => from.skip()?,
            }
        }
        let role = violations.required(at, "Role", role);
        Ok(Some(CreateRoleResponse { role }))
    }
}

impl Encode for CreateRoleResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Role", &self.role);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateUserRequest<'a> {
    pub path: Option<Cow<'a, str>>,
    pub user_name: Cow<'a, str>,
    pub permissions_boundary: Option<Cow<'a, str>>,
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for CreateUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut user_name = None;
        let mut permissions_boundary = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "UserName", "PermissionsBoundary", "Tags"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "UserName" => user_name = from.string()?,
                "PermissionsBoundary" => permissions_boundary = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Path", &path, &PATH_TYPE);
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PermissionsBoundary", &permissions_boundary, &ARN_TYPE);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        Ok(Some(CreateUserRequest { path, user_name, permissions_boundary, tags }))
    }
}

impl Encode for CreateUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Path", &self.path);
        to.field("UserName", &self.user_name);
        to.optional("PermissionsBoundary", &self.permissions_boundary);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateUserResponse<'a> {
    pub user: Option<User<'a>>,
}

impl<'a> Decode<'a> for CreateUserResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user = None;
        while let Some(found) = from.member(&mut open, const { &names(["User"]) })? {
            match &*found {
                "User" => user = User::decode(from, &Path::Member(at, "User"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CreateUserResponse { user }))
    }
}

impl Encode for CreateUserResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("User", &self.user);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteAccessKeyRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub access_key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteAccessKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut access_key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "AccessKeyId"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "AccessKeyId" => access_key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        violations.string(at, "AccessKeyId", &access_key_id, &ACCESS_KEY_ID_TYPE);
        let access_key_id = violations.required(at, "AccessKeyId", access_key_id);
        Ok(Some(DeleteAccessKeyRequest { user_name, access_key_id }))
    }
}

impl Encode for DeleteAccessKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.field("AccessKeyId", &self.access_key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteGroupPolicyRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteGroupPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PolicyName"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        Ok(Some(DeleteGroupPolicyRequest { group_name, policy_name }))
    }
}

impl Encode for DeleteGroupPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteGroupRequest<'a> {
    pub group_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteGroupRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        Ok(Some(DeleteGroupRequest { group_name }))
    }
}

impl Encode for DeleteGroupRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePolicyRequest<'a> {
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeletePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(DeletePolicyRequest { policy_arn }))
    }
}

impl Encode for DeletePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeletePolicyVersionRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub version_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeletePolicyVersionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut version_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "VersionId"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "VersionId" => version_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.string(at, "VersionId", &version_id, &POLICY_VERSION_ID_TYPE);
        let version_id = violations.required(at, "VersionId", version_id);
        Ok(Some(DeletePolicyVersionRequest { policy_arn, version_id }))
    }
}

impl Encode for DeletePolicyVersionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.field("VersionId", &self.version_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRolePermissionsBoundaryRequest<'a> {
    pub role_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteRolePermissionsBoundaryRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        Ok(Some(DeleteRolePermissionsBoundaryRequest { role_name }))
    }
}

impl Encode for DeleteRolePermissionsBoundaryRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRolePolicyRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteRolePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyName"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        Ok(Some(DeleteRolePolicyRequest { role_name, policy_name }))
    }
}

impl Encode for DeleteRolePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRoleRequest<'a> {
    pub role_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        Ok(Some(DeleteRoleRequest { role_name }))
    }
}

impl Encode for DeleteRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserPermissionsBoundaryRequest<'a> {
    pub user_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteUserPermissionsBoundaryRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        Ok(Some(DeleteUserPermissionsBoundaryRequest { user_name }))
    }
}

impl Encode for DeleteUserPermissionsBoundaryRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserPolicyRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteUserPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PolicyName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        Ok(Some(DeleteUserPolicyRequest { user_name, policy_name }))
    }
}

impl Encode for DeleteUserPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteUserRequest<'a> {
    pub user_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        Ok(Some(DeleteUserRequest { user_name }))
    }
}

impl Encode for DeleteUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachGroupPolicyRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for DetachGroupPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PolicyArn"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(DetachGroupPolicyRequest { group_name, policy_arn }))
    }
}

impl Encode for DetachGroupPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachRolePolicyRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for DetachRolePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyArn"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(DetachRolePolicyRequest { role_name, policy_arn }))
    }
}

impl Encode for DetachRolePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetachUserPolicyRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for DetachUserPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PolicyArn"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(DetachUserPolicyRequest { user_name, policy_arn }))
    }
}

impl Encode for DetachUserPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

enumeration! {
    EntityType "[User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]";
    User = "User",
    Role = "Role",
    Group = "Group",
    LocalManagedPolicy = "LocalManagedPolicy",
    AWSManagedPolicy = "AWSManagedPolicy",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvaluationResult<'a> {
    pub eval_action_name: Cow<'a, str>,
    pub eval_resource_name: Option<Cow<'a, str>>,
    pub eval_decision: PolicyEvaluationDecisionType,
    pub matched_statements: Option<Vec<Statement<'a>>>,
    pub missing_context_values: Option<Vec<Cow<'a, str>>>,
    pub organizations_decision_detail: Option<OrganizationsDecisionDetail>,
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
    pub resource_specific_results: Option<Vec<ResourceSpecificResult<'a>>>,
}

impl<'a> Decode<'a> for EvaluationResult<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut eval_action_name = None;
        let mut eval_resource_name = None;
        let mut eval_decision = None;
        let mut matched_statements = None;
        let mut missing_context_values = None;
        let mut organizations_decision_detail = None;
        let mut permissions_boundary_decision_detail = None;
        let mut resource_specific_results = None;
        while let Some(found) = from.member(&mut open, const { &names(["EvalActionName", "EvalResourceName", "EvalDecision", "MatchedStatements", "MissingContextValues", "OrganizationsDecisionDetail", "PermissionsBoundaryDecisionDetail", "ResourceSpecificResults"]) })? {
            match &*found {
                "EvalActionName" => eval_action_name = from.string()?,
                "EvalResourceName" => eval_resource_name = from.string()?,
                "EvalDecision" => eval_decision = from.string()?,
                "MatchedStatements" => matched_statements = list(from, &Path::Member(at, "MatchedStatements"), violations, usize::MAX)?,
                "MissingContextValues" => missing_context_values = list(from, &Path::Member(at, "MissingContextValues"), violations, usize::MAX)?,
                "OrganizationsDecisionDetail" => organizations_decision_detail = OrganizationsDecisionDetail::decode(from, &Path::Member(at, "OrganizationsDecisionDetail"), violations)?,
                "PermissionsBoundaryDecisionDetail" => permissions_boundary_decision_detail = PermissionsBoundaryDecisionDetail::decode(from, &Path::Member(at, "PermissionsBoundaryDecisionDetail"), violations)?,
                "ResourceSpecificResults" => resource_specific_results = list(from, &Path::Member(at, "ResourceSpecificResults"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let eval_action_name = violations.required(at, "EvalActionName", eval_action_name);
        let eval_decision = violations.enumeration(at, "EvalDecision", eval_decision);
        let eval_decision = violations.required(at, "EvalDecision", eval_decision);
        Ok(Some(EvaluationResult { eval_action_name, eval_resource_name, eval_decision, matched_statements, missing_context_values, organizations_decision_detail, permissions_boundary_decision_detail, resource_specific_results }))
    }
}

impl Encode for EvaluationResult<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("EvalActionName", &self.eval_action_name);
        to.optional("EvalResourceName", &self.eval_resource_name);
        to.field("EvalDecision", &self.eval_decision);
        to.optional("MatchedStatements", &self.matched_statements);
        to.optional("MissingContextValues", &self.missing_context_values);
        to.optional("OrganizationsDecisionDetail", &self.organizations_decision_detail);
        to.optional("PermissionsBoundaryDecisionDetail", &self.permissions_boundary_decision_detail);
        to.optional("ResourceSpecificResults", &self.resource_specific_results);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetAccessKeyLastUsedRequest<'a> {
    pub access_key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetAccessKeyLastUsedRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut access_key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["AccessKeyId"]) })? {
            match &*found {
                "AccessKeyId" => access_key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "AccessKeyId", &access_key_id, &ACCESS_KEY_ID_TYPE);
        let access_key_id = violations.required(at, "AccessKeyId", access_key_id);
        Ok(Some(GetAccessKeyLastUsedRequest { access_key_id }))
    }
}

impl Encode for GetAccessKeyLastUsedRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AccessKeyId", &self.access_key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetAccessKeyLastUsedResponse<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub access_key_last_used: Option<AccessKeyLastUsed<'a>>,
}

impl<'a> Decode<'a> for GetAccessKeyLastUsedResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut access_key_last_used = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "AccessKeyLastUsed"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "AccessKeyLastUsed" => access_key_last_used = AccessKeyLastUsed::decode(from, &Path::Member(at, "AccessKeyLastUsed"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetAccessKeyLastUsedResponse { user_name, access_key_last_used }))
    }
}

impl Encode for GetAccessKeyLastUsedResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("AccessKeyLastUsed", &self.access_key_last_used);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetGroupPolicyRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetGroupPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PolicyName"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        Ok(Some(GetGroupPolicyRequest { group_name, policy_name }))
    }
}

impl Encode for GetGroupPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetGroupPolicyResponse<'a> {
    pub group_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetGroupPolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut policy_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PolicyName", "PolicyDocument"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        let group_name = violations.required(at, "GroupName", group_name);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(GetGroupPolicyResponse { group_name, policy_name, policy_document }))
    }
}

impl Encode for GetGroupPolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("PolicyName", &self.policy_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetGroupRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for GetGroupRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "Marker", "MaxItems"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(GetGroupRequest { group_name, marker, max_items }))
    }
}

impl Encode for GetGroupRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetGroupResponse<'a> {
    pub group: Group<'a>,
    pub users: Vec<User<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetGroupResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group = None;
        let mut users = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Group", "Users", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Group" => group = Group::decode(from, &Path::Member(at, "Group"), violations)?,
                "Users" => users = list(from, &Path::Member(at, "Users"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let group = violations.required(at, "Group", group);
        let users = violations.required(at, "Users", users);
        Ok(Some(GetGroupResponse { group, users, is_truncated, marker }))
    }
}

impl Encode for GetGroupResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Group", &self.group);
        to.field("Users", &self.users);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetLoginProfileRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetLoginProfileRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        Ok(Some(GetLoginProfileRequest { user_name }))
    }
}

impl Encode for GetLoginProfileRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetLoginProfileResponse<'a> {
    pub login_profile: LoginProfile<'a>,
}

impl<'a> Decode<'a> for GetLoginProfileResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut login_profile = None;
        while let Some(found) = from.member(&mut open, const { &names(["LoginProfile"]) })? {
            match &*found {
                "LoginProfile" => login_profile = LoginProfile::decode(from, &Path::Member(at, "LoginProfile"), violations)?,
                _ => from.skip()?,
            }
        }
        let login_profile = violations.required(at, "LoginProfile", login_profile);
        Ok(Some(GetLoginProfileResponse { login_profile }))
    }
}

impl Encode for GetLoginProfileResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("LoginProfile", &self.login_profile);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyRequest<'a> {
    pub policy_arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        Ok(Some(GetPolicyRequest { policy_arn }))
    }
}

impl Encode for GetPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyResponse<'a> {
    pub policy: Option<Policy<'a>>,
}

impl<'a> Decode<'a> for GetPolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy = None;
        while let Some(found) = from.member(&mut open, const { &names(["Policy"]) })? {
            match &*found {
                "Policy" => policy = Policy::decode(from, &Path::Member(at, "Policy"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetPolicyResponse { policy }))
    }
}

impl Encode for GetPolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Policy", &self.policy);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyVersionRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub version_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetPolicyVersionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut version_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "VersionId"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "VersionId" => version_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.string(at, "VersionId", &version_id, &POLICY_VERSION_ID_TYPE);
        let version_id = violations.required(at, "VersionId", version_id);
        Ok(Some(GetPolicyVersionRequest { policy_arn, version_id }))
    }
}

impl Encode for GetPolicyVersionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.field("VersionId", &self.version_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetPolicyVersionResponse<'a> {
    pub policy_version: Option<PolicyVersion<'a>>,
}

impl<'a> Decode<'a> for GetPolicyVersionResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_version = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyVersion"]) })? {
            match &*found {
                "PolicyVersion" => policy_version = PolicyVersion::decode(from, &Path::Member(at, "PolicyVersion"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetPolicyVersionResponse { policy_version }))
    }
}

impl Encode for GetPolicyVersionResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyVersion", &self.policy_version);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRolePolicyRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetRolePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyName"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        Ok(Some(GetRolePolicyRequest { role_name, policy_name }))
    }
}

impl Encode for GetRolePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRolePolicyResponse<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetRolePolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyName", "PolicyDocument"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        let role_name = violations.required(at, "RoleName", role_name);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(GetRolePolicyResponse { role_name, policy_name, policy_document }))
    }
}

impl Encode for GetRolePolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyName", &self.policy_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRoleRequest<'a> {
    pub role_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        Ok(Some(GetRoleRequest { role_name }))
    }
}

impl Encode for GetRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetRoleResponse<'a> {
    pub role: Role<'a>,
}

impl<'a> Decode<'a> for GetRoleResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role = None;
        while let Some(found) = from.member(&mut open, const { &names(["Role"]) })? {
            match &*found {
                "Role" => role = Role::decode(from, &Path::Member(at, "Role"), violations)?,
                _ => from.skip()?,
            }
        }
        let role = violations.required(at, "Role", role);
        Ok(Some(GetRoleResponse { role }))
    }
}

impl Encode for GetRoleResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Role", &self.role);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserPolicyRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetUserPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PolicyName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        Ok(Some(GetUserPolicyRequest { user_name, policy_name }))
    }
}

impl Encode for GetUserPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserPolicyResponse<'a> {
    pub user_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetUserPolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut policy_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PolicyName", "PolicyDocument"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(GetUserPolicyResponse { user_name, policy_name, policy_document }))
    }
}

impl Encode for GetUserPolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PolicyName", &self.policy_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        Ok(Some(GetUserRequest { user_name }))
    }
}

impl Encode for GetUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetUserResponse<'a> {
    pub user: User<'a>,
}

impl<'a> Decode<'a> for GetUserResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user = None;
        while let Some(found) = from.member(&mut open, const { &names(["User"]) })? {
            match &*found {
                "User" => user = User::decode(from, &Path::Member(at, "User"), violations)?,
                _ => from.skip()?,
            }
        }
        let user = violations.required(at, "User", user);
        Ok(Some(GetUserResponse { user }))
    }
}

impl Encode for GetUserResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("User", &self.user);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group<'a> {
    pub path: Cow<'a, str>,
    pub group_name: Cow<'a, str>,
    pub group_id: Cow<'a, str>,
    pub arn: Cow<'a, str>,
    pub create_date: Timestamp,
}

impl<'a> Decode<'a> for Group<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut group_name = None;
        let mut group_id = None;
        let mut arn = None;
        let mut create_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "GroupName", "GroupId", "Arn", "CreateDate"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "GroupName" => group_name = from.string()?,
                "GroupId" => group_id = from.string()?,
                "Arn" => arn = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let path = violations.required(at, "Path", path);
        let group_name = violations.required(at, "GroupName", group_name);
        let group_id = violations.required(at, "GroupId", group_id);
        let arn = violations.required(at, "Arn", arn);
        let create_date = violations.required(at, "CreateDate", create_date);
        Ok(Some(Group { path, group_name, group_id, arn, create_date }))
    }
}

impl Encode for Group<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Path", &self.path);
        to.field("GroupName", &self.group_name);
        to.field("GroupId", &self.group_id);
        to.field("Arn", &self.arn);
        to.field("CreateDate", &self.create_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InlinePolicyIdentifierType<'a> {
    pub policy_name: Cow<'a, str>,
    pub attachment_type: AttachmentType,
    pub attachment_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for InlinePolicyIdentifierType<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_name = None;
        let mut attachment_type = None;
        let mut attachment_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyName", "AttachmentType", "AttachmentName"]) })? {
            match &*found {
                "PolicyName" => policy_name = from.string()?,
                "AttachmentType" => attachment_type = from.string()?,
                "AttachmentName" => attachment_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        let attachment_type = violations.enumeration(at, "AttachmentType", attachment_type);
        let attachment_type = violations.required(at, "AttachmentType", attachment_type);
        violations.string(at, "AttachmentName", &attachment_name, &ATTACHMENT_NAME);
        let attachment_name = violations.required(at, "AttachmentName", attachment_name);
        Ok(Some(InlinePolicyIdentifierType { policy_name, attachment_type, attachment_name }))
    }
}

impl Encode for InlinePolicyIdentifierType<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyName", &self.policy_name);
        to.field("AttachmentType", &self.attachment_type);
        to.field("AttachmentName", &self.attachment_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceProfile<'a> {
    pub path: Cow<'a, str>,
    pub instance_profile_name: Cow<'a, str>,
    pub instance_profile_id: Cow<'a, str>,
    pub arn: Cow<'a, str>,
    pub create_date: Timestamp,
    pub roles: Vec<Role<'a>>,
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for InstanceProfile<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut instance_profile_name = None;
        let mut instance_profile_id = None;
        let mut arn = None;
        let mut create_date = None;
        let mut roles = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "InstanceProfileName", "InstanceProfileId", "Arn", "CreateDate", "Roles", "Tags"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "InstanceProfileName" => instance_profile_name = from.string()?,
                "InstanceProfileId" => instance_profile_id = from.string()?,
                "Arn" => arn = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                "Roles" => roles = list(from, &Path::Member(at, "Roles"), violations, usize::MAX)?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let path = violations.required(at, "Path", path);
        let instance_profile_name = violations.required(at, "InstanceProfileName", instance_profile_name);
        let instance_profile_id = violations.required(at, "InstanceProfileId", instance_profile_id);
        let arn = violations.required(at, "Arn", arn);
        let create_date = violations.required(at, "CreateDate", create_date);
        let roles = violations.required(at, "Roles", roles);
        Ok(Some(InstanceProfile { path, instance_profile_name, instance_profile_id, arn, create_date, roles, tags }))
    }
}

impl Encode for InstanceProfile<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Path", &self.path);
        to.field("InstanceProfileName", &self.instance_profile_name);
        to.field("InstanceProfileId", &self.instance_profile_id);
        to.field("Arn", &self.arn);
        to.field("CreateDate", &self.create_date);
        to.field("Roles", &self.roles);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAccessKeysRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListAccessKeysRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListAccessKeysRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListAccessKeysRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAccessKeysResponse<'a> {
    pub access_key_metadata: Vec<AccessKeyMetadata<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListAccessKeysResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut access_key_metadata = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["AccessKeyMetadata", "IsTruncated", "Marker"]) })? {
            match &*found {
                "AccessKeyMetadata" => access_key_metadata = list(from, &Path::Member(at, "AccessKeyMetadata"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let access_key_metadata = violations.required(at, "AccessKeyMetadata", access_key_metadata);
        Ok(Some(ListAccessKeysResponse { access_key_metadata, is_truncated, marker }))
    }
}

impl Encode for ListAccessKeysResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AccessKeyMetadata", &self.access_key_metadata);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAccountAliasesRequest<'a> {
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListAccountAliasesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["Marker", "MaxItems"]) })? {
            match &*found {
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListAccountAliasesRequest { marker, max_items }))
    }
}

impl Encode for ListAccountAliasesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAccountAliasesResponse<'a> {
    pub account_aliases: Vec<Cow<'a, str>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListAccountAliasesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut account_aliases = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["AccountAliases", "IsTruncated", "Marker"]) })? {
            match &*found {
                "AccountAliases" => account_aliases = list(from, &Path::Member(at, "AccountAliases"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let account_aliases = violations.required(at, "AccountAliases", account_aliases);
        Ok(Some(ListAccountAliasesResponse { account_aliases, is_truncated, marker }))
    }
}

impl Encode for ListAccountAliasesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AccountAliases", &self.account_aliases);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedGroupPoliciesRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListAttachedGroupPoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "PathPrefix", &path_prefix, &POLICY_PATH_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListAttachedGroupPoliciesRequest { group_name, path_prefix, marker, max_items }))
    }
}

impl Encode for ListAttachedGroupPoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedGroupPoliciesResponse<'a> {
    pub attached_policies: Option<Vec<AttachedPolicy<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListAttachedGroupPoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut attached_policies = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["AttachedPolicies", "IsTruncated", "Marker"]) })? {
            match &*found {
                "AttachedPolicies" => attached_policies = list(from, &Path::Member(at, "AttachedPolicies"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListAttachedGroupPoliciesResponse { attached_policies, is_truncated, marker }))
    }
}

impl Encode for ListAttachedGroupPoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AttachedPolicies", &self.attached_policies);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedRolePoliciesRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListAttachedRolePoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PathPrefix", &path_prefix, &POLICY_PATH_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListAttachedRolePoliciesRequest { role_name, path_prefix, marker, max_items }))
    }
}

impl Encode for ListAttachedRolePoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedRolePoliciesResponse<'a> {
    pub attached_policies: Option<Vec<AttachedPolicy<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListAttachedRolePoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut attached_policies = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["AttachedPolicies", "IsTruncated", "Marker"]) })? {
            match &*found {
                "AttachedPolicies" => attached_policies = list(from, &Path::Member(at, "AttachedPolicies"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListAttachedRolePoliciesResponse { attached_policies, is_truncated, marker }))
    }
}

impl Encode for ListAttachedRolePoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AttachedPolicies", &self.attached_policies);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedUserPoliciesRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListAttachedUserPoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PathPrefix", &path_prefix, &POLICY_PATH_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListAttachedUserPoliciesRequest { user_name, path_prefix, marker, max_items }))
    }
}

impl Encode for ListAttachedUserPoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAttachedUserPoliciesResponse<'a> {
    pub attached_policies: Option<Vec<AttachedPolicy<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListAttachedUserPoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut attached_policies = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["AttachedPolicies", "IsTruncated", "Marker"]) })? {
            match &*found {
                "AttachedPolicies" => attached_policies = list(from, &Path::Member(at, "AttachedPolicies"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListAttachedUserPoliciesResponse { attached_policies, is_truncated, marker }))
    }
}

impl Encode for ListAttachedUserPoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AttachedPolicies", &self.attached_policies);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEntitiesForPolicyRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub entity_filter: Option<EntityType>,
    pub path_prefix: Option<Cow<'a, str>>,
    pub policy_usage_filter: Option<PolicyUsageType>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListEntitiesForPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut entity_filter = None;
        let mut path_prefix = None;
        let mut policy_usage_filter = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "EntityFilter", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "EntityFilter" => entity_filter = from.string()?,
                "PathPrefix" => path_prefix = from.string()?,
                "PolicyUsageFilter" => policy_usage_filter = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        let entity_filter = violations.enumeration(at, "EntityFilter", entity_filter);
        violations.string(at, "PathPrefix", &path_prefix, &PATH_TYPE);
        let policy_usage_filter = violations.enumeration(at, "PolicyUsageFilter", policy_usage_filter);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListEntitiesForPolicyRequest { policy_arn, entity_filter, path_prefix, policy_usage_filter, marker, max_items }))
    }
}

impl Encode for ListEntitiesForPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.optional("EntityFilter", &self.entity_filter);
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("PolicyUsageFilter", &self.policy_usage_filter);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListEntitiesForPolicyResponse<'a> {
    pub policy_groups: Option<Vec<PolicyGroup<'a>>>,
    pub policy_users: Option<Vec<PolicyUser<'a>>>,
    pub policy_roles: Option<Vec<PolicyRole<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListEntitiesForPolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_groups = None;
        let mut policy_users = None;
        let mut policy_roles = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyGroups", "PolicyUsers", "PolicyRoles", "IsTruncated", "Marker"]) })? {
            match &*found {
                "PolicyGroups" => policy_groups = list(from, &Path::Member(at, "PolicyGroups"), violations, usize::MAX)?,
                "PolicyUsers" => policy_users = list(from, &Path::Member(at, "PolicyUsers"), violations, usize::MAX)?,
                "PolicyRoles" => policy_roles = list(from, &Path::Member(at, "PolicyRoles"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListEntitiesForPolicyResponse { policy_groups, policy_users, policy_roles, is_truncated, marker }))
    }
}

impl Encode for ListEntitiesForPolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyGroups", &self.policy_groups);
        to.optional("PolicyUsers", &self.policy_users);
        to.optional("PolicyRoles", &self.policy_roles);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupPoliciesRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListGroupPoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "Marker", "MaxItems"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListGroupPoliciesRequest { group_name, marker, max_items }))
    }
}

impl Encode for ListGroupPoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupPoliciesResponse<'a> {
    pub policy_names: Vec<Cow<'a, str>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListGroupPoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_names = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyNames", "IsTruncated", "Marker"]) })? {
            match &*found {
                "PolicyNames" => policy_names = list(from, &Path::Member(at, "PolicyNames"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let policy_names = violations.required(at, "PolicyNames", policy_names);
        Ok(Some(ListGroupPoliciesResponse { policy_names, is_truncated, marker }))
    }
}

impl Encode for ListGroupPoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyNames", &self.policy_names);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsForUserRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListGroupsForUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListGroupsForUserRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListGroupsForUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsForUserResponse<'a> {
    pub groups: Vec<Group<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListGroupsForUserResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut groups = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Groups", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Groups" => groups = list(from, &Path::Member(at, "Groups"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let groups = violations.required(at, "Groups", groups);
        Ok(Some(ListGroupsForUserResponse { groups, is_truncated, marker }))
    }
}

impl Encode for ListGroupsForUserResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Groups", &self.groups);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsRequest<'a> {
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListGroupsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PathPrefix", &path_prefix, &PATH_PREFIX_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListGroupsRequest { path_prefix, marker, max_items }))
    }
}

impl Encode for ListGroupsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsResponse<'a> {
    pub groups: Vec<Group<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListGroupsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut groups = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Groups", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Groups" => groups = list(from, &Path::Member(at, "Groups"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let groups = violations.required(at, "Groups", groups);
        Ok(Some(ListGroupsResponse { groups, is_truncated, marker }))
    }
}

impl Encode for ListGroupsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Groups", &self.groups);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListInstanceProfilesForRoleRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListInstanceProfilesForRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "Marker", "MaxItems"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListInstanceProfilesForRoleRequest { role_name, marker, max_items }))
    }
}

impl Encode for ListInstanceProfilesForRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListInstanceProfilesForRoleResponse<'a> {
    pub instance_profiles: Vec<InstanceProfile<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListInstanceProfilesForRoleResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut instance_profiles = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["InstanceProfiles", "IsTruncated", "Marker"]) })? {
            match &*found {
                "InstanceProfiles" => instance_profiles = list(from, &Path::Member(at, "InstanceProfiles"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let instance_profiles = violations.required(at, "InstanceProfiles", instance_profiles);
        Ok(Some(ListInstanceProfilesForRoleResponse { instance_profiles, is_truncated, marker }))
    }
}

impl Encode for ListInstanceProfilesForRoleResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("InstanceProfiles", &self.instance_profiles);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListInstanceProfilesRequest<'a> {
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListInstanceProfilesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PathPrefix", &path_prefix, &PATH_PREFIX_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListInstanceProfilesRequest { path_prefix, marker, max_items }))
    }
}

impl Encode for ListInstanceProfilesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListInstanceProfilesResponse<'a> {
    pub instance_profiles: Vec<InstanceProfile<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListInstanceProfilesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut instance_profiles = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["InstanceProfiles", "IsTruncated", "Marker"]) })? {
            match &*found {
                "InstanceProfiles" => instance_profiles = list(from, &Path::Member(at, "InstanceProfiles"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let instance_profiles = violations.required(at, "InstanceProfiles", instance_profiles);
        Ok(Some(ListInstanceProfilesResponse { instance_profiles, is_truncated, marker }))
    }
}

impl Encode for ListInstanceProfilesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("InstanceProfiles", &self.instance_profiles);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMFADevicesRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListMFADevicesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListMFADevicesRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListMFADevicesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListMFADevicesResponse<'a> {
    pub mfa_devices: Vec<MFADevice<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListMFADevicesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut mfa_devices = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["MFADevices", "IsTruncated", "Marker"]) })? {
            match &*found {
                "MFADevices" => mfa_devices = list(from, &Path::Member(at, "MFADevices"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let mfa_devices = violations.required(at, "MFADevices", mfa_devices);
        Ok(Some(ListMFADevicesResponse { mfa_devices, is_truncated, marker }))
    }
}

impl Encode for ListMFADevicesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("MFADevices", &self.mfa_devices);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPoliciesRequest<'a> {
    pub scope: Option<PolicyScopeType>,
    pub only_attached: Option<bool>,
    pub path_prefix: Option<Cow<'a, str>>,
    pub policy_usage_filter: Option<PolicyUsageType>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListPoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut scope = None;
        let mut only_attached = None;
        let mut path_prefix = None;
        let mut policy_usage_filter = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["Scope", "OnlyAttached", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"]) })? {
            match &*found {
                "Scope" => scope = from.string()?,
                "OnlyAttached" => only_attached = from.boolean()?,
                "PathPrefix" => path_prefix = from.string()?,
                "PolicyUsageFilter" => policy_usage_filter = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        let scope = violations.enumeration(at, "Scope", scope);
        violations.string(at, "PathPrefix", &path_prefix, &POLICY_PATH_TYPE);
        let policy_usage_filter = violations.enumeration(at, "PolicyUsageFilter", policy_usage_filter);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListPoliciesRequest { scope, only_attached, path_prefix, policy_usage_filter, marker, max_items }))
    }
}

impl Encode for ListPoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Scope", &self.scope);
        to.optional("OnlyAttached", &self.only_attached);
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("PolicyUsageFilter", &self.policy_usage_filter);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPoliciesResponse<'a> {
    pub policies: Option<Vec<Policy<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListPoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policies = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Policies", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Policies" => policies = list(from, &Path::Member(at, "Policies"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListPoliciesResponse { policies, is_truncated, marker }))
    }
}

impl Encode for ListPoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Policies", &self.policies);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyTagsRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListPolicyTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "Marker", "MaxItems"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListPolicyTagsRequest { policy_arn, marker, max_items }))
    }
}

impl Encode for ListPolicyTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyTagsResponse<'a> {
    pub tags: Vec<Tag<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListPolicyTagsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(ListPolicyTagsResponse { tags, is_truncated, marker }))
    }
}

impl Encode for ListPolicyTagsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Tags", &self.tags);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyVersionsRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListPolicyVersionsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "Marker", "MaxItems"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListPolicyVersionsRequest { policy_arn, marker, max_items }))
    }
}

impl Encode for ListPolicyVersionsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPolicyVersionsResponse<'a> {
    pub versions: Option<Vec<PolicyVersion<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListPolicyVersionsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut versions = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Versions", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Versions" => versions = list(from, &Path::Member(at, "Versions"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListPolicyVersionsResponse { versions, is_truncated, marker }))
    }
}

impl Encode for ListPolicyVersionsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Versions", &self.versions);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolePoliciesRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListRolePoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "Marker", "MaxItems"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListRolePoliciesRequest { role_name, marker, max_items }))
    }
}

impl Encode for ListRolePoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolePoliciesResponse<'a> {
    pub policy_names: Vec<Cow<'a, str>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListRolePoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_names = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyNames", "IsTruncated", "Marker"]) })? {
            match &*found {
                "PolicyNames" => policy_names = list(from, &Path::Member(at, "PolicyNames"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let policy_names = violations.required(at, "PolicyNames", policy_names);
        Ok(Some(ListRolePoliciesResponse { policy_names, is_truncated, marker }))
    }
}

impl Encode for ListRolePoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyNames", &self.policy_names);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRoleTagsRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListRoleTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "Marker", "MaxItems"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListRoleTagsRequest { role_name, marker, max_items }))
    }
}

impl Encode for ListRoleTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRoleTagsResponse<'a> {
    pub tags: Vec<Tag<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListRoleTagsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(ListRoleTagsResponse { tags, is_truncated, marker }))
    }
}

impl Encode for ListRoleTagsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Tags", &self.tags);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolesRequest<'a> {
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListRolesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PathPrefix", &path_prefix, &PATH_PREFIX_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListRolesRequest { path_prefix, marker, max_items }))
    }
}

impl Encode for ListRolesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRolesResponse<'a> {
    pub roles: Vec<Role<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListRolesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut roles = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Roles", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Roles" => roles = list(from, &Path::Member(at, "Roles"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let roles = violations.required(at, "Roles", roles);
        Ok(Some(ListRolesResponse { roles, is_truncated, marker }))
    }
}

impl Encode for ListRolesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Roles", &self.roles);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSSHPublicKeysRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListSSHPublicKeysRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListSSHPublicKeysRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListSSHPublicKeysRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSSHPublicKeysResponse<'a> {
    pub ssh_public_keys: Option<Vec<SSHPublicKeyMetadata<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListSSHPublicKeysResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ssh_public_keys = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["SSHPublicKeys", "IsTruncated", "Marker"]) })? {
            match &*found {
                "SSHPublicKeys" => ssh_public_keys = list(from, &Path::Member(at, "SSHPublicKeys"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListSSHPublicKeysResponse { ssh_public_keys, is_truncated, marker }))
    }
}

impl Encode for ListSSHPublicKeysResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("SSHPublicKeys", &self.ssh_public_keys);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListServiceSpecificCredentialsRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub service_name: Option<Cow<'a, str>>,
    pub all_users: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListServiceSpecificCredentialsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut service_name = None;
        let mut all_users = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "ServiceName", "AllUsers", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "ServiceName" => service_name = from.string()?,
                "AllUsers" => all_users = from.boolean()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListServiceSpecificCredentialsRequest { user_name, service_name, all_users, marker, max_items }))
    }
}

impl Encode for ListServiceSpecificCredentialsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("ServiceName", &self.service_name);
        to.optional("AllUsers", &self.all_users);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListServiceSpecificCredentialsResponse<'a> {
    pub service_specific_credentials: Option<Vec<ServiceSpecificCredentialMetadata<'a>>>,
    pub marker: Option<Cow<'a, str>>,
    pub is_truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListServiceSpecificCredentialsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut service_specific_credentials = None;
        let mut marker = None;
        let mut is_truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["ServiceSpecificCredentials", "Marker", "IsTruncated"]) })? {
            match &*found {
                "ServiceSpecificCredentials" => service_specific_credentials = list(from, &Path::Member(at, "ServiceSpecificCredentials"), violations, usize::MAX)?,
                "Marker" => marker = from.string()?,
                "IsTruncated" => is_truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListServiceSpecificCredentialsResponse { service_specific_credentials, marker, is_truncated }))
    }
}

impl Encode for ListServiceSpecificCredentialsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ServiceSpecificCredentials", &self.service_specific_credentials);
        to.optional("Marker", &self.marker);
        to.optional("IsTruncated", &self.is_truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSigningCertificatesRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListSigningCertificatesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListSigningCertificatesRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListSigningCertificatesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListSigningCertificatesResponse<'a> {
    pub certificates: Vec<SigningCertificate<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListSigningCertificatesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut certificates = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Certificates", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Certificates" => certificates = list(from, &Path::Member(at, "Certificates"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let certificates = violations.required(at, "Certificates", certificates);
        Ok(Some(ListSigningCertificatesResponse { certificates, is_truncated, marker }))
    }
}

impl Encode for ListSigningCertificatesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Certificates", &self.certificates);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserPoliciesRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListUserPoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListUserPoliciesRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListUserPoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserPoliciesResponse<'a> {
    pub policy_names: Vec<Cow<'a, str>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListUserPoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_names = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyNames", "IsTruncated", "Marker"]) })? {
            match &*found {
                "PolicyNames" => policy_names = list(from, &Path::Member(at, "PolicyNames"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let policy_names = violations.required(at, "PolicyNames", policy_names);
        Ok(Some(ListUserPoliciesResponse { policy_names, is_truncated, marker }))
    }
}

impl Encode for ListUserPoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyNames", &self.policy_names);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserTagsRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListUserTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Marker", "MaxItems"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListUserTagsRequest { user_name, marker, max_items }))
    }
}

impl Encode for ListUserTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUserTagsResponse<'a> {
    pub tags: Vec<Tag<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListUserTagsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(ListUserTagsResponse { tags, is_truncated, marker }))
    }
}

impl Encode for ListUserTagsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Tags", &self.tags);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUsersRequest<'a> {
    pub path_prefix: Option<Cow<'a, str>>,
    pub marker: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
}

impl<'a> Decode<'a> for ListUsersRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path_prefix = None;
        let mut marker = None;
        let mut max_items = None;
        while let Some(found) = from.member(&mut open, const { &names(["PathPrefix", "Marker", "MaxItems"]) })? {
            match &*found {
                "PathPrefix" => path_prefix = from.string()?,
                "Marker" => marker = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PathPrefix", &path_prefix, &PATH_PREFIX_TYPE);
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        Ok(Some(ListUsersRequest { path_prefix, marker, max_items }))
    }
}

impl Encode for ListUsersRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PathPrefix", &self.path_prefix);
        to.optional("Marker", &self.marker);
        to.optional("MaxItems", &self.max_items);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListUsersResponse<'a> {
    pub users: Vec<User<'a>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListUsersResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut users = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["Users", "IsTruncated", "Marker"]) })? {
            match &*found {
                "Users" => users = list(from, &Path::Member(at, "Users"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        let users = violations.required(at, "Users", users);
        Ok(Some(ListUsersResponse { users, is_truncated, marker }))
    }
}

impl Encode for ListUsersResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Users", &self.users);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoginProfile<'a> {
    pub user_name: Cow<'a, str>,
    pub create_date: Timestamp,
    pub password_reset_required: Option<bool>,
}

impl<'a> Decode<'a> for LoginProfile<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut create_date = None;
        let mut password_reset_required = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "CreateDate", "PasswordResetRequired"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                "PasswordResetRequired" => password_reset_required = from.boolean()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let create_date = violations.required(at, "CreateDate", create_date);
        Ok(Some(LoginProfile { user_name, create_date, password_reset_required }))
    }
}

impl Encode for LoginProfile<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("CreateDate", &self.create_date);
        to.optional("PasswordResetRequired", &self.password_reset_required);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MFADevice<'a> {
    pub user_name: Cow<'a, str>,
    pub serial_number: Cow<'a, str>,
    pub enable_date: Timestamp,
}

impl<'a> Decode<'a> for MFADevice<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut serial_number = None;
        let mut enable_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "SerialNumber", "EnableDate"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "SerialNumber" => serial_number = from.string()?,
                "EnableDate" => enable_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let serial_number = violations.required(at, "SerialNumber", serial_number);
        let enable_date = violations.required(at, "EnableDate", enable_date);
        Ok(Some(MFADevice { user_name, serial_number, enable_date }))
    }
}

impl Encode for MFADevice<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("SerialNumber", &self.serial_number);
        to.field("EnableDate", &self.enable_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderedOrganizationPolicyType<'a> {
    pub service_control_policy_input_list: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Decode<'a> for OrderedOrganizationPolicyType<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut service_control_policy_input_list = None;
        while let Some(found) = from.member(&mut open, const { &names(["ServiceControlPolicyInputList"]) })? {
            match &*found {
                "ServiceControlPolicyInputList" => service_control_policy_input_list = list(from, &Path::Member(at, "ServiceControlPolicyInputList"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.strings(at, "ServiceControlPolicyInputList", &service_control_policy_input_list, Range { min: None, max: Some(1000) }, &POLICY_DOCUMENT_TYPE);
        Ok(Some(OrderedOrganizationPolicyType { service_control_policy_input_list }))
    }
}

impl Encode for OrderedOrganizationPolicyType<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ServiceControlPolicyInputList", &self.service_control_policy_input_list);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrganizationsDecisionDetail {
    pub allowed_by_organizations: Option<bool>,
}

impl<'a> Decode<'a> for OrganizationsDecisionDetail {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut allowed_by_organizations = None;
        while let Some(found) = from.member(&mut open, const { &names(["AllowedByOrganizations"]) })? {
            match &*found {
                "AllowedByOrganizations" => allowed_by_organizations = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(OrganizationsDecisionDetail { allowed_by_organizations }))
    }
}

impl Encode for OrganizationsDecisionDetail {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AllowedByOrganizations", &self.allowed_by_organizations);
        to.end_struct();
    }
}

enumeration! {
    PermissionsBoundaryAttachmentType "[PermissionsBoundaryPolicy]";
    PermissionsBoundaryPolicy = "PermissionsBoundaryPolicy",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PermissionsBoundaryDecisionDetail {
    pub allowed_by_permissions_boundary: Option<bool>,
}

impl<'a> Decode<'a> for PermissionsBoundaryDecisionDetail {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut allowed_by_permissions_boundary = None;
        while let Some(found) = from.member(&mut open, const { &names(["AllowedByPermissionsBoundary"]) })? {
            match &*found {
                "AllowedByPermissionsBoundary" => allowed_by_permissions_boundary = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary }))
    }
}

impl Encode for PermissionsBoundaryDecisionDetail {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AllowedByPermissionsBoundary", &self.allowed_by_permissions_boundary);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy<'a> {
    pub policy_name: Option<Cow<'a, str>>,
    pub policy_id: Option<Cow<'a, str>>,
    pub arn: Option<Cow<'a, str>>,
    pub path: Option<Cow<'a, str>>,
    pub default_version_id: Option<Cow<'a, str>>,
    pub attachment_count: Option<i32>,
    pub permissions_boundary_usage_count: Option<i32>,
    pub is_attachable: Option<bool>,
    pub description: Option<Cow<'a, str>>,
    pub create_date: Option<Timestamp>,
    pub update_date: Option<Timestamp>,
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for Policy<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_name = None;
        let mut policy_id = None;
        let mut arn = None;
        let mut path = None;
        let mut default_version_id = None;
        let mut attachment_count = None;
        let mut permissions_boundary_usage_count = None;
        let mut is_attachable = None;
        let mut description = None;
        let mut create_date = None;
        let mut update_date = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId", "AttachmentCount", "PermissionsBoundaryUsageCount", "IsAttachable", "Description", "CreateDate", "UpdateDate", "Tags"]) })? {
            match &*found {
                "PolicyName" => policy_name = from.string()?,
                "PolicyId" => policy_id = from.string()?,
                "Arn" => arn = from.string()?,
                "Path" => path = from.string()?,
                "DefaultVersionId" => default_version_id = from.string()?,
                "AttachmentCount" => attachment_count = from.integer()?,
                "PermissionsBoundaryUsageCount" => permissions_boundary_usage_count = from.integer()?,
                "IsAttachable" => is_attachable = from.boolean()?,
                "Description" => description = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                "UpdateDate" => update_date = from.timestamp()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(Policy { policy_name, policy_id, arn, path, default_version_id, attachment_count, permissions_boundary_usage_count, is_attachable, description, create_date, update_date, tags }))
    }
}

impl Encode for Policy<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyName", &self.policy_name);
        to.optional("PolicyId", &self.policy_id);
        to.optional("Arn", &self.arn);
        to.optional("Path", &self.path);
        to.optional("DefaultVersionId", &self.default_version_id);
        to.optional("AttachmentCount", &self.attachment_count);
        to.optional("PermissionsBoundaryUsageCount", &self.permissions_boundary_usage_count);
        to.optional("IsAttachable", &self.is_attachable);
        to.optional("Description", &self.description);
        to.optional("CreateDate", &self.create_date);
        to.optional("UpdateDate", &self.update_date);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

enumeration! {
    PolicyEvaluationDecisionType "[allowed, explicitDeny, implicitDeny]";
    Allowed = "allowed",
    ExplicitDeny = "explicitDeny",
    ImplicitDeny = "implicitDeny",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyGroup<'a> {
    pub group_name: Option<Cow<'a, str>>,
    pub group_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PolicyGroup<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut group_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "GroupId"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "GroupId" => group_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PolicyGroup { group_name, group_id }))
    }
}

impl Encode for PolicyGroup<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("GroupName", &self.group_name);
        to.optional("GroupId", &self.group_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyIdentifier<'a> {
    pub policy_type: Option<PolicyIdentifierPolicyType>,
    pub policy_arn: Option<Cow<'a, str>>,
    pub inline_policy_identifier: Option<InlinePolicyIdentifierType<'a>>,
}

impl<'a> Decode<'a> for PolicyIdentifier<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_type = None;
        let mut policy_arn = None;
        let mut inline_policy_identifier = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyType", "PolicyArn", "InlinePolicyIdentifier"]) })? {
            match &*found {
                "PolicyType" => policy_type = from.string()?,
                "PolicyArn" => policy_arn = from.string()?,
                "InlinePolicyIdentifier" => inline_policy_identifier = InlinePolicyIdentifierType::decode(from, &Path::Member(at, "InlinePolicyIdentifier"), violations)?,
                _ => from.skip()?,
            }
        }
        let policy_type = violations.enumeration(at, "PolicyType", policy_type);
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        Ok(Some(PolicyIdentifier { policy_type, policy_arn, inline_policy_identifier }))
    }
}

impl Encode for PolicyIdentifier<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyType", &self.policy_type);
        to.optional("PolicyArn", &self.policy_arn);
        to.optional("InlinePolicyIdentifier", &self.inline_policy_identifier);
        to.end_struct();
    }
}

enumeration! {
    PolicyIdentifierPolicyType "[inline, aws-managed, user-managed, permission-boundary, scp, rcp]";
    Inline = "inline",
    AwsManaged = "aws-managed",
    UserManaged = "user-managed",
    PermissionBoundary = "permission-boundary",
    Scp = "scp",
    Rcp = "rcp",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyRole<'a> {
    pub role_name: Option<Cow<'a, str>>,
    pub role_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PolicyRole<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut role_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "RoleId"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "RoleId" => role_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PolicyRole { role_name, role_id }))
    }
}

impl Encode for PolicyRole<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("RoleName", &self.role_name);
        to.optional("RoleId", &self.role_id);
        to.end_struct();
    }
}

enumeration! {
    PolicyScopeType "[All, AWS, Local]";
    All = "All",
    Aws = "AWS",
    Local = "Local",
}

enumeration! {
    PolicySourceType "[user, group, role, aws-managed, user-managed, resource, none]";
    User = "user",
    Group = "group",
    Role = "role",
    AwsManaged = "aws-managed",
    UserManaged = "user-managed",
    Resource = "resource",
    None = "none",
}

enumeration! {
    PolicyUsageType "[PermissionsPolicy, PermissionsBoundary]";
    PermissionsPolicy = "PermissionsPolicy",
    PermissionsBoundary = "PermissionsBoundary",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyUser<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub user_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PolicyUser<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut user_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "UserId"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "UserId" => user_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PolicyUser { user_name, user_id }))
    }
}

impl Encode for PolicyUser<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.optional("UserId", &self.user_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyVersion<'a> {
    pub document: Option<Cow<'a, str>>,
    pub version_id: Option<Cow<'a, str>>,
    pub is_default_version: Option<bool>,
    pub create_date: Option<Timestamp>,
}

impl<'a> Decode<'a> for PolicyVersion<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut document = None;
        let mut version_id = None;
        let mut is_default_version = None;
        let mut create_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["Document", "VersionId", "IsDefaultVersion", "CreateDate"]) })? {
            match &*found {
                "Document" => document = from.string()?,
                "VersionId" => version_id = from.string()?,
                "IsDefaultVersion" => is_default_version = from.boolean()?,
                "CreateDate" => create_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PolicyVersion { document, version_id, is_default_version, create_date }))
    }
}

impl Encode for PolicyVersion<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Document", &self.document);
        to.optional("VersionId", &self.version_id);
        to.optional("IsDefaultVersion", &self.is_default_version);
        to.optional("CreateDate", &self.create_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Position {
    pub line: Option<i32>,
    pub column: Option<i32>,
}

impl<'a> Decode<'a> for Position {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut line = None;
        let mut column = None;
        while let Some(found) = from.member(&mut open, const { &names(["Line", "Column"]) })? {
            match &*found {
                "Line" => line = from.integer()?,
                "Column" => column = from.integer()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(Position { line, column }))
    }
}

impl Encode for Position {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Line", &self.line);
        to.optional("Column", &self.column);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutGroupPolicyRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for PutGroupPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut policy_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "PolicyName", "PolicyDocument"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        violations.string(at, "PolicyDocument", &policy_document, &POLICY_DOCUMENT_TYPE);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(PutGroupPolicyRequest { group_name, policy_name, policy_document }))
    }
}

impl Encode for PutGroupPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("PolicyName", &self.policy_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRolePermissionsBoundaryRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub permissions_boundary: Cow<'a, str>,
}

impl<'a> Decode<'a> for PutRolePermissionsBoundaryRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut permissions_boundary = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PermissionsBoundary"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PermissionsBoundary" => permissions_boundary = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PermissionsBoundary", &permissions_boundary, &ARN_TYPE);
        let permissions_boundary = violations.required(at, "PermissionsBoundary", permissions_boundary);
        Ok(Some(PutRolePermissionsBoundaryRequest { role_name, permissions_boundary }))
    }
}

impl Encode for PutRolePermissionsBoundaryRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PermissionsBoundary", &self.permissions_boundary);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutRolePolicyRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for PutRolePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyName", "PolicyDocument"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        violations.string(at, "PolicyDocument", &policy_document, &POLICY_DOCUMENT_TYPE);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(PutRolePolicyRequest { role_name, policy_name, policy_document }))
    }
}

impl Encode for PutRolePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyName", &self.policy_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutUserPermissionsBoundaryRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub permissions_boundary: Cow<'a, str>,
}

impl<'a> Decode<'a> for PutUserPermissionsBoundaryRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut permissions_boundary = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PermissionsBoundary"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PermissionsBoundary" => permissions_boundary = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PermissionsBoundary", &permissions_boundary, &ARN_TYPE);
        let permissions_boundary = violations.required(at, "PermissionsBoundary", permissions_boundary);
        Ok(Some(PutUserPermissionsBoundaryRequest { user_name, permissions_boundary }))
    }
}

impl Encode for PutUserPermissionsBoundaryRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PermissionsBoundary", &self.permissions_boundary);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutUserPolicyRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub policy_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for PutUserPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut policy_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "PolicyName", "PolicyDocument"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        let policy_name = violations.required(at, "PolicyName", policy_name);
        violations.string(at, "PolicyDocument", &policy_document, &POLICY_DOCUMENT_TYPE);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(PutUserPolicyRequest { user_name, policy_name, policy_document }))
    }
}

impl Encode for PutUserPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("PolicyName", &self.policy_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoveUserFromGroupRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub user_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for RemoveUserFromGroupRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "UserName"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "UserName" => user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        Ok(Some(RemoveUserFromGroupRequest { group_name, user_name }))
    }
}

impl Encode for RemoveUserFromGroupRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.field("UserName", &self.user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceSpecificResult<'a> {
    pub eval_resource_name: Cow<'a, str>,
    pub eval_resource_decision: PolicyEvaluationDecisionType,
    pub matched_statements: Option<Vec<Statement<'a>>>,
    pub missing_context_values: Option<Vec<Cow<'a, str>>>,
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
}

impl<'a> Decode<'a> for ResourceSpecificResult<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut eval_resource_name = None;
        let mut eval_resource_decision = None;
        let mut matched_statements = None;
        let mut missing_context_values = None;
        let mut permissions_boundary_decision_detail = None;
        while let Some(found) = from.member(&mut open, const { &names(["EvalResourceName", "EvalResourceDecision", "MatchedStatements", "MissingContextValues", "PermissionsBoundaryDecisionDetail"]) })? {
            match &*found {
                "EvalResourceName" => eval_resource_name = from.string()?,
                "EvalResourceDecision" => eval_resource_decision = from.string()?,
                "MatchedStatements" => matched_statements = list(from, &Path::Member(at, "MatchedStatements"), violations, usize::MAX)?,
                "MissingContextValues" => missing_context_values = list(from, &Path::Member(at, "MissingContextValues"), violations, usize::MAX)?,
                "PermissionsBoundaryDecisionDetail" => permissions_boundary_decision_detail = PermissionsBoundaryDecisionDetail::decode(from, &Path::Member(at, "PermissionsBoundaryDecisionDetail"), violations)?,
                _ => from.skip()?,
            }
        }
        let eval_resource_name = violations.required(at, "EvalResourceName", eval_resource_name);
        let eval_resource_decision = violations.enumeration(at, "EvalResourceDecision", eval_resource_decision);
        let eval_resource_decision = violations.required(at, "EvalResourceDecision", eval_resource_decision);
        Ok(Some(ResourceSpecificResult { eval_resource_name, eval_resource_decision, matched_statements, missing_context_values, permissions_boundary_decision_detail }))
    }
}

impl Encode for ResourceSpecificResult<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("EvalResourceName", &self.eval_resource_name);
        to.field("EvalResourceDecision", &self.eval_resource_decision);
        to.optional("MatchedStatements", &self.matched_statements);
        to.optional("MissingContextValues", &self.missing_context_values);
        to.optional("PermissionsBoundaryDecisionDetail", &self.permissions_boundary_decision_detail);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Role<'a> {
    pub path: Cow<'a, str>,
    pub role_name: Cow<'a, str>,
    pub role_id: Cow<'a, str>,
    pub arn: Cow<'a, str>,
    pub create_date: Timestamp,
    pub assume_role_policy_document: Option<Cow<'a, str>>,
    pub description: Option<Cow<'a, str>>,
    pub max_session_duration: Option<i32>,
    pub permissions_boundary: Option<AttachedPermissionsBoundary<'a>>,
    pub tags: Option<Vec<Tag<'a>>>,
    pub role_last_used: Option<RoleLastUsed<'a>>,
}

impl<'a> Decode<'a> for Role<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut role_name = None;
        let mut role_id = None;
        let mut arn = None;
        let mut create_date = None;
        let mut assume_role_policy_document = None;
        let mut description = None;
        let mut max_session_duration = None;
        let mut permissions_boundary = None;
        let mut tags = None;
        let mut role_last_used = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags", "RoleLastUsed"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "RoleName" => role_name = from.string()?,
                "RoleId" => role_id = from.string()?,
                "Arn" => arn = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                "AssumeRolePolicyDocument" => assume_role_policy_document = from.string()?,
                "Description" => description = from.string()?,
                "MaxSessionDuration" => max_session_duration = from.integer()?,
                "PermissionsBoundary" => permissions_boundary = AttachedPermissionsBoundary::decode(from, &Path::Member(at, "PermissionsBoundary"), violations)?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                "RoleLastUsed" => role_last_used = RoleLastUsed::decode(from, &Path::Member(at, "RoleLastUsed"), violations)?,
                _ => from.skip()?,
            }
        }
        let path = violations.required(at, "Path", path);
        let role_name = violations.required(at, "RoleName", role_name);
        let role_id = violations.required(at, "RoleId", role_id);
        let arn = violations.required(at, "Arn", arn);
        let create_date = violations.required(at, "CreateDate", create_date);
        Ok(Some(Role { path, role_name, role_id, arn, create_date, assume_role_policy_document, description, max_session_duration, permissions_boundary, tags, role_last_used }))
    }
}

impl Encode for Role<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Path", &self.path);
        to.field("RoleName", &self.role_name);
        to.field("RoleId", &self.role_id);
        to.field("Arn", &self.arn);
        to.field("CreateDate", &self.create_date);
        to.optional("AssumeRolePolicyDocument", &self.assume_role_policy_document);
        to.optional("Description", &self.description);
        to.optional("MaxSessionDuration", &self.max_session_duration);
        to.optional("PermissionsBoundary", &self.permissions_boundary);
        to.optional("Tags", &self.tags);
        to.optional("RoleLastUsed", &self.role_last_used);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleLastUsed<'a> {
    pub last_used_date: Option<Timestamp>,
    pub region: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for RoleLastUsed<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut last_used_date = None;
        let mut region = None;
        while let Some(found) = from.member(&mut open, const { &names(["LastUsedDate", "Region"]) })? {
            match &*found {
                "LastUsedDate" => last_used_date = from.timestamp()?,
                "Region" => region = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(RoleLastUsed { last_used_date, region }))
    }
}

impl Encode for RoleLastUsed<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("LastUsedDate", &self.last_used_date);
        to.optional("Region", &self.region);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SSHPublicKeyMetadata<'a> {
    pub user_name: Cow<'a, str>,
    pub ssh_public_key_id: Cow<'a, str>,
    pub status: StatusType,
    pub upload_date: Timestamp,
}

impl<'a> Decode<'a> for SSHPublicKeyMetadata<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut ssh_public_key_id = None;
        let mut status = None;
        let mut upload_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "SSHPublicKeyId", "Status", "UploadDate"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "SSHPublicKeyId" => ssh_public_key_id = from.string()?,
                "Status" => status = from.string()?,
                "UploadDate" => upload_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let ssh_public_key_id = violations.required(at, "SSHPublicKeyId", ssh_public_key_id);
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        let upload_date = violations.required(at, "UploadDate", upload_date);
        Ok(Some(SSHPublicKeyMetadata { user_name, ssh_public_key_id, status, upload_date }))
    }
}

impl Encode for SSHPublicKeyMetadata<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("SSHPublicKeyId", &self.ssh_public_key_id);
        to.field("Status", &self.status);
        to.field("UploadDate", &self.upload_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceSpecificCredentialMetadata<'a> {
    pub user_name: Cow<'a, str>,
    pub status: StatusType,
    pub service_user_name: Option<Cow<'a, str>>,
    pub service_credential_alias: Option<Cow<'a, str>>,
    pub create_date: Timestamp,
    pub expiration_date: Option<Timestamp>,
    pub service_specific_credential_id: Cow<'a, str>,
    pub service_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for ServiceSpecificCredentialMetadata<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut status = None;
        let mut service_user_name = None;
        let mut service_credential_alias = None;
        let mut create_date = None;
        let mut expiration_date = None;
        let mut service_specific_credential_id = None;
        let mut service_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Status", "ServiceUserName", "ServiceCredentialAlias", "CreateDate", "ExpirationDate", "ServiceSpecificCredentialId", "ServiceName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Status" => status = from.string()?,
                "ServiceUserName" => service_user_name = from.string()?,
                "ServiceCredentialAlias" => service_credential_alias = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                "ExpirationDate" => expiration_date = from.timestamp()?,
                "ServiceSpecificCredentialId" => service_specific_credential_id = from.string()?,
                "ServiceName" => service_name = from.string()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        let create_date = violations.required(at, "CreateDate", create_date);
        let service_specific_credential_id = violations.required(at, "ServiceSpecificCredentialId", service_specific_credential_id);
        let service_name = violations.required(at, "ServiceName", service_name);
        Ok(Some(ServiceSpecificCredentialMetadata { user_name, status, service_user_name, service_credential_alias, create_date, expiration_date, service_specific_credential_id, service_name }))
    }
}

impl Encode for ServiceSpecificCredentialMetadata<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("Status", &self.status);
        to.optional("ServiceUserName", &self.service_user_name);
        to.optional("ServiceCredentialAlias", &self.service_credential_alias);
        to.field("CreateDate", &self.create_date);
        to.optional("ExpirationDate", &self.expiration_date);
        to.field("ServiceSpecificCredentialId", &self.service_specific_credential_id);
        to.field("ServiceName", &self.service_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetDefaultPolicyVersionRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub version_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for SetDefaultPolicyVersionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut version_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "VersionId"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "VersionId" => version_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.string(at, "VersionId", &version_id, &POLICY_VERSION_ID_TYPE);
        let version_id = violations.required(at, "VersionId", version_id);
        Ok(Some(SetDefaultPolicyVersionRequest { policy_arn, version_id }))
    }
}

impl Encode for SetDefaultPolicyVersionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.field("VersionId", &self.version_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SigningCertificate<'a> {
    pub user_name: Cow<'a, str>,
    pub certificate_id: Cow<'a, str>,
    pub certificate_body: Cow<'a, str>,
    pub status: StatusType,
    pub upload_date: Option<Timestamp>,
}

impl<'a> Decode<'a> for SigningCertificate<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut certificate_id = None;
        let mut certificate_body = None;
        let mut status = None;
        let mut upload_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "CertificateId", "CertificateBody", "Status", "UploadDate"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "CertificateId" => certificate_id = from.string()?,
                "CertificateBody" => certificate_body = from.string()?,
                "Status" => status = from.string()?,
                "UploadDate" => upload_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let user_name = violations.required(at, "UserName", user_name);
        let certificate_id = violations.required(at, "CertificateId", certificate_id);
        let certificate_body = violations.required(at, "CertificateBody", certificate_body);
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        Ok(Some(SigningCertificate { user_name, certificate_id, certificate_body, status, upload_date }))
    }
}

impl Encode for SigningCertificate<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("CertificateId", &self.certificate_id);
        to.field("CertificateBody", &self.certificate_body);
        to.field("Status", &self.status);
        to.optional("UploadDate", &self.upload_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimulateCustomPolicyRequest<'a> {
    pub policy_input_list: Vec<Cow<'a, str>>,
    pub permissions_boundary_policy_input_list: Option<Vec<Cow<'a, str>>>,
    pub ordered_organization_policy_input_list: Option<Vec<OrderedOrganizationPolicyType<'a>>>,
    pub action_names: Vec<Cow<'a, str>>,
    pub resource_arns: Option<Vec<Cow<'a, str>>>,
    pub resource_policy: Option<Cow<'a, str>>,
    pub resource_owner: Option<Cow<'a, str>>,
    pub caller_arn: Option<Cow<'a, str>>,
    pub context_entries: Option<Vec<ContextEntry<'a>>>,
    pub resource_handling_option: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for SimulateCustomPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_input_list = None;
        let mut permissions_boundary_policy_input_list = None;
        let mut ordered_organization_policy_input_list = None;
        let mut action_names = None;
        let mut resource_arns = None;
        let mut resource_policy = None;
        let mut resource_owner = None;
        let mut caller_arn = None;
        let mut context_entries = None;
        let mut resource_handling_option = None;
        let mut max_items = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyInputList", "PermissionsBoundaryPolicyInputList", "OrderedOrganizationPolicyInputList", "ActionNames", "ResourceArns", "ResourcePolicy", "ResourceOwner", "CallerArn", "ContextEntries", "ResourceHandlingOption", "MaxItems", "Marker"]) })? {
            match &*found {
                "PolicyInputList" => policy_input_list = list(from, &Path::Member(at, "PolicyInputList"), violations, 1000)?,
                "PermissionsBoundaryPolicyInputList" => permissions_boundary_policy_input_list = list(from, &Path::Member(at, "PermissionsBoundaryPolicyInputList"), violations, 1000)?,
                "OrderedOrganizationPolicyInputList" => ordered_organization_policy_input_list = list(from, &Path::Member(at, "OrderedOrganizationPolicyInputList"), violations, 7)?,
                "ActionNames" => action_names = list(from, &Path::Member(at, "ActionNames"), violations, 1000)?,
                "ResourceArns" => resource_arns = list(from, &Path::Member(at, "ResourceArns"), violations, 1000)?,
                "ResourcePolicy" => resource_policy = from.string()?,
                "ResourceOwner" => resource_owner = from.string()?,
                "CallerArn" => caller_arn = from.string()?,
                "ContextEntries" => context_entries = list(from, &Path::Member(at, "ContextEntries"), violations, 1000)?,
                "ResourceHandlingOption" => resource_handling_option = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.strings(at, "PolicyInputList", &policy_input_list, Range { min: None, max: Some(1000) }, &POLICY_DOCUMENT_TYPE);
        let policy_input_list = violations.required(at, "PolicyInputList", policy_input_list);
        violations.strings(at, "PermissionsBoundaryPolicyInputList", &permissions_boundary_policy_input_list, Range { min: None, max: Some(1000) }, &POLICY_DOCUMENT_TYPE);
        violations.structures(at, "OrderedOrganizationPolicyInputList", &ordered_organization_policy_input_list, Range { min: None, max: Some(7) });
        violations.strings(at, "ActionNames", &action_names, Range { min: None, max: Some(1000) }, &ACTION_NAME_TYPE);
        let action_names = violations.required(at, "ActionNames", action_names);
        violations.strings(at, "ResourceArns", &resource_arns, Range { min: None, max: Some(1000) }, &RESOURCE_NAME_TYPE);
        violations.string(at, "ResourcePolicy", &resource_policy, &POLICY_DOCUMENT_TYPE);
        violations.string(at, "ResourceOwner", &resource_owner, &RESOURCE_NAME_TYPE);
        violations.string(at, "CallerArn", &caller_arn, &RESOURCE_NAME_TYPE);
        violations.structures(at, "ContextEntries", &context_entries, Range { min: None, max: Some(1000) });
        violations.string(at, "ResourceHandlingOption", &resource_handling_option, &RESOURCE_HANDLING_OPTION_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        Ok(Some(SimulateCustomPolicyRequest { policy_input_list, permissions_boundary_policy_input_list, ordered_organization_policy_input_list, action_names, resource_arns, resource_policy, resource_owner, caller_arn, context_entries, resource_handling_option, max_items, marker }))
    }
}

impl Encode for SimulateCustomPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyInputList", &self.policy_input_list);
        to.optional("PermissionsBoundaryPolicyInputList", &self.permissions_boundary_policy_input_list);
        to.optional("OrderedOrganizationPolicyInputList", &self.ordered_organization_policy_input_list);
        to.field("ActionNames", &self.action_names);
        to.optional("ResourceArns", &self.resource_arns);
        to.optional("ResourcePolicy", &self.resource_policy);
        to.optional("ResourceOwner", &self.resource_owner);
        to.optional("CallerArn", &self.caller_arn);
        to.optional("ContextEntries", &self.context_entries);
        to.optional("ResourceHandlingOption", &self.resource_handling_option);
        to.optional("MaxItems", &self.max_items);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimulatePolicyResponse<'a> {
    pub evaluation_results: Option<Vec<EvaluationResult<'a>>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for SimulatePolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut evaluation_results = None;
        let mut is_truncated = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["EvaluationResults", "IsTruncated", "Marker"]) })? {
            match &*found {
                "EvaluationResults" => evaluation_results = list(from, &Path::Member(at, "EvaluationResults"), violations, usize::MAX)?,
                "IsTruncated" => is_truncated = from.boolean()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(SimulatePolicyResponse { evaluation_results, is_truncated, marker }))
    }
}

impl Encode for SimulatePolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("EvaluationResults", &self.evaluation_results);
        to.optional("IsTruncated", &self.is_truncated);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimulatePrincipalPolicyRequest<'a> {
    pub policy_source_arn: Cow<'a, str>,
    pub policy_input_list: Option<Vec<Cow<'a, str>>>,
    pub permissions_boundary_policy_input_list: Option<Vec<Cow<'a, str>>>,
    pub policy_exclusion_list: Option<Vec<PolicyIdentifier<'a>>>,
    pub action_names: Vec<Cow<'a, str>>,
    pub resource_arns: Option<Vec<Cow<'a, str>>>,
    pub resource_policy: Option<Cow<'a, str>>,
    pub resource_owner: Option<Cow<'a, str>>,
    pub caller_arn: Option<Cow<'a, str>>,
    pub context_entries: Option<Vec<ContextEntry<'a>>>,
    pub resource_handling_option: Option<Cow<'a, str>>,
    pub max_items: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for SimulatePrincipalPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_source_arn = None;
        let mut policy_input_list = None;
        let mut permissions_boundary_policy_input_list = None;
        let mut policy_exclusion_list = None;
        let mut action_names = None;
        let mut resource_arns = None;
        let mut resource_policy = None;
        let mut resource_owner = None;
        let mut caller_arn = None;
        let mut context_entries = None;
        let mut resource_handling_option = None;
        let mut max_items = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicySourceArn", "PolicyInputList", "PermissionsBoundaryPolicyInputList", "PolicyExclusionList", "ActionNames", "ResourceArns", "ResourcePolicy", "ResourceOwner", "CallerArn", "ContextEntries", "ResourceHandlingOption", "MaxItems", "Marker"]) })? {
            match &*found {
                "PolicySourceArn" => policy_source_arn = from.string()?,
                "PolicyInputList" => policy_input_list = list(from, &Path::Member(at, "PolicyInputList"), violations, 1000)?,
                "PermissionsBoundaryPolicyInputList" => permissions_boundary_policy_input_list = list(from, &Path::Member(at, "PermissionsBoundaryPolicyInputList"), violations, 1000)?,
                "PolicyExclusionList" => policy_exclusion_list = list(from, &Path::Member(at, "PolicyExclusionList"), violations, 256)?,
                "ActionNames" => action_names = list(from, &Path::Member(at, "ActionNames"), violations, 1000)?,
                "ResourceArns" => resource_arns = list(from, &Path::Member(at, "ResourceArns"), violations, 1000)?,
                "ResourcePolicy" => resource_policy = from.string()?,
                "ResourceOwner" => resource_owner = from.string()?,
                "CallerArn" => caller_arn = from.string()?,
                "ContextEntries" => context_entries = list(from, &Path::Member(at, "ContextEntries"), violations, 1000)?,
                "ResourceHandlingOption" => resource_handling_option = from.string()?,
                "MaxItems" => max_items = from.integer()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicySourceArn", &policy_source_arn, &ARN_TYPE);
        let policy_source_arn = violations.required(at, "PolicySourceArn", policy_source_arn);
        violations.strings(at, "PolicyInputList", &policy_input_list, Range { min: None, max: Some(1000) }, &POLICY_DOCUMENT_TYPE);
        violations.strings(at, "PermissionsBoundaryPolicyInputList", &permissions_boundary_policy_input_list, Range { min: None, max: Some(1000) }, &POLICY_DOCUMENT_TYPE);
        violations.structures(at, "PolicyExclusionList", &policy_exclusion_list, Range { min: None, max: Some(256) });
        violations.strings(at, "ActionNames", &action_names, Range { min: None, max: Some(1000) }, &ACTION_NAME_TYPE);
        let action_names = violations.required(at, "ActionNames", action_names);
        violations.strings(at, "ResourceArns", &resource_arns, Range { min: None, max: Some(1000) }, &RESOURCE_NAME_TYPE);
        violations.string(at, "ResourcePolicy", &resource_policy, &POLICY_DOCUMENT_TYPE);
        violations.string(at, "ResourceOwner", &resource_owner, &RESOURCE_NAME_TYPE);
        violations.string(at, "CallerArn", &caller_arn, &RESOURCE_NAME_TYPE);
        violations.structures(at, "ContextEntries", &context_entries, Range { min: None, max: Some(1000) });
        violations.string(at, "ResourceHandlingOption", &resource_handling_option, &RESOURCE_HANDLING_OPTION_TYPE);
        violations.integer(at, "MaxItems", max_items, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        Ok(Some(SimulatePrincipalPolicyRequest { policy_source_arn, policy_input_list, permissions_boundary_policy_input_list, policy_exclusion_list, action_names, resource_arns, resource_policy, resource_owner, caller_arn, context_entries, resource_handling_option, max_items, marker }))
    }
}

impl Encode for SimulatePrincipalPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicySourceArn", &self.policy_source_arn);
        to.optional("PolicyInputList", &self.policy_input_list);
        to.optional("PermissionsBoundaryPolicyInputList", &self.permissions_boundary_policy_input_list);
        to.optional("PolicyExclusionList", &self.policy_exclusion_list);
        to.field("ActionNames", &self.action_names);
        to.optional("ResourceArns", &self.resource_arns);
        to.optional("ResourcePolicy", &self.resource_policy);
        to.optional("ResourceOwner", &self.resource_owner);
        to.optional("CallerArn", &self.caller_arn);
        to.optional("ContextEntries", &self.context_entries);
        to.optional("ResourceHandlingOption", &self.resource_handling_option);
        to.optional("MaxItems", &self.max_items);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement<'a> {
    pub source_policy_id: Option<Cow<'a, str>>,
    pub source_policy_type: Option<PolicySourceType>,
    pub start_position: Option<Position>,
    pub end_position: Option<Position>,
}

impl<'a> Decode<'a> for Statement<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut source_policy_id = None;
        let mut source_policy_type = None;
        let mut start_position = None;
        let mut end_position = None;
        while let Some(found) = from.member(&mut open, const { &names(["SourcePolicyId", "SourcePolicyType", "StartPosition", "EndPosition"]) })? {
            match &*found {
                "SourcePolicyId" => source_policy_id = from.string()?,
                "SourcePolicyType" => source_policy_type = from.string()?,
                "StartPosition" => start_position = Position::decode(from, &Path::Member(at, "StartPosition"), violations)?,
                "EndPosition" => end_position = Position::decode(from, &Path::Member(at, "EndPosition"), violations)?,
                _ => from.skip()?,
            }
        }
        let source_policy_type = violations.enumeration(at, "SourcePolicyType", source_policy_type);
        Ok(Some(Statement { source_policy_id, source_policy_type, start_position, end_position }))
    }
}

impl Encode for Statement<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("SourcePolicyId", &self.source_policy_id);
        to.optional("SourcePolicyType", &self.source_policy_type);
        to.optional("StartPosition", &self.start_position);
        to.optional("EndPosition", &self.end_position);
        to.end_struct();
    }
}

enumeration! {
    StatusType "[Active, Inactive, Expired]";
    Active = "Active",
    Inactive = "Inactive",
    Expired = "Expired",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag<'a> {
    pub key: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

impl<'a> Decode<'a> for Tag<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key = None;
        let mut value = None;
        while let Some(found) = from.member(&mut open, const { &names(["Key", "Value"]) })? {
            match &*found {
                "Key" => key = from.string()?,
                "Value" => value = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Key", &key, &TAG_KEY_TYPE);
        let key = violations.required(at, "Key", key);
        violations.string(at, "Value", &value, &TAG_VALUE_TYPE);
        let value = violations.required(at, "Value", value);
        Ok(Some(Tag { key, value }))
    }
}

impl Encode for Tag<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Key", &self.key);
        to.field("Value", &self.value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagPolicyRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub tags: Vec<Tag<'a>>,
}

impl<'a> Decode<'a> for TagPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "Tags"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(TagPolicyRequest { policy_arn, tags }))
    }
}

impl Encode for TagPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.field("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagRoleRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub tags: Vec<Tag<'a>>,
}

impl<'a> Decode<'a> for TagRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "Tags"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(TagRoleRequest { role_name, tags }))
    }
}

impl Encode for TagRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagUserRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub tags: Vec<Tag<'a>>,
}

impl<'a> Decode<'a> for TagUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "Tags"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(TagUserRequest { user_name, tags }))
    }
}

impl Encode for TagUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagPolicyRequest<'a> {
    pub policy_arn: Cow<'a, str>,
    pub tag_keys: Vec<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UntagPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_arn = None;
        let mut tag_keys = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyArn", "TagKeys"]) })? {
            match &*found {
                "PolicyArn" => policy_arn = from.string()?,
                "TagKeys" => tag_keys = list(from, &Path::Member(at, "TagKeys"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "PolicyArn", &policy_arn, &ARN_TYPE);
        let policy_arn = violations.required(at, "PolicyArn", policy_arn);
        violations.strings(at, "TagKeys", &tag_keys, Range { min: None, max: Some(50) }, &TAG_KEY_TYPE);
        let tag_keys = violations.required(at, "TagKeys", tag_keys);
        Ok(Some(UntagPolicyRequest { policy_arn, tag_keys }))
    }
}

impl Encode for UntagPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("PolicyArn", &self.policy_arn);
        to.field("TagKeys", &self.tag_keys);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagRoleRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub tag_keys: Vec<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UntagRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut tag_keys = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "TagKeys"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "TagKeys" => tag_keys = list(from, &Path::Member(at, "TagKeys"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.strings(at, "TagKeys", &tag_keys, Range { min: None, max: Some(50) }, &TAG_KEY_TYPE);
        let tag_keys = violations.required(at, "TagKeys", tag_keys);
        Ok(Some(UntagRoleRequest { role_name, tag_keys }))
    }
}

impl Encode for UntagRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("TagKeys", &self.tag_keys);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagUserRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub tag_keys: Vec<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UntagUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut tag_keys = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "TagKeys"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "TagKeys" => tag_keys = list(from, &Path::Member(at, "TagKeys"), violations, 50)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.strings(at, "TagKeys", &tag_keys, Range { min: None, max: Some(50) }, &TAG_KEY_TYPE);
        let tag_keys = violations.required(at, "TagKeys", tag_keys);
        Ok(Some(UntagUserRequest { user_name, tag_keys }))
    }
}

impl Encode for UntagUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.field("TagKeys", &self.tag_keys);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAccessKeyRequest<'a> {
    pub user_name: Option<Cow<'a, str>>,
    pub access_key_id: Cow<'a, str>,
    pub status: StatusType,
}

impl<'a> Decode<'a> for UpdateAccessKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut access_key_id = None;
        let mut status = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "AccessKeyId", "Status"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "AccessKeyId" => access_key_id = from.string()?,
                "Status" => status = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        violations.string(at, "AccessKeyId", &access_key_id, &ACCESS_KEY_ID_TYPE);
        let access_key_id = violations.required(at, "AccessKeyId", access_key_id);
        let status = violations.enumeration(at, "Status", status);
        let status = violations.required(at, "Status", status);
        Ok(Some(UpdateAccessKeyRequest { user_name, access_key_id, status }))
    }
}

impl Encode for UpdateAccessKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserName", &self.user_name);
        to.field("AccessKeyId", &self.access_key_id);
        to.field("Status", &self.status);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAssumeRolePolicyRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub policy_document: Cow<'a, str>,
}

impl<'a> Decode<'a> for UpdateAssumeRolePolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut policy_document = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "PolicyDocument"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "PolicyDocument" => policy_document = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "PolicyDocument", &policy_document, &POLICY_DOCUMENT_TYPE);
        let policy_document = violations.required(at, "PolicyDocument", policy_document);
        Ok(Some(UpdateAssumeRolePolicyRequest { role_name, policy_document }))
    }
}

impl Encode for UpdateAssumeRolePolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("PolicyDocument", &self.policy_document);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateGroupRequest<'a> {
    pub group_name: Cow<'a, str>,
    pub new_path: Option<Cow<'a, str>>,
    pub new_group_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UpdateGroupRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut group_name = None;
        let mut new_path = None;
        let mut new_group_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["GroupName", "NewPath", "NewGroupName"]) })? {
            match &*found {
                "GroupName" => group_name = from.string()?,
                "NewPath" => new_path = from.string()?,
                "NewGroupName" => new_group_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GroupName", &group_name, &GROUP_NAME_TYPE);
        let group_name = violations.required(at, "GroupName", group_name);
        violations.string(at, "NewPath", &new_path, &PATH_TYPE);
        violations.string(at, "NewGroupName", &new_group_name, &GROUP_NAME_TYPE);
        Ok(Some(UpdateGroupRequest { group_name, new_path, new_group_name }))
    }
}

impl Encode for UpdateGroupRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("GroupName", &self.group_name);
        to.optional("NewPath", &self.new_path);
        to.optional("NewGroupName", &self.new_group_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRoleDescriptionRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub description: Cow<'a, str>,
}

impl<'a> Decode<'a> for UpdateRoleDescriptionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut description = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "Description"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "Description" => description = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "Description", &description, &ROLE_DESCRIPTION_TYPE);
        let description = violations.required(at, "Description", description);
        Ok(Some(UpdateRoleDescriptionRequest { role_name, description }))
    }
}

impl Encode for UpdateRoleDescriptionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.field("Description", &self.description);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRoleDescriptionResponse<'a> {
    pub role: Option<Role<'a>>,
}

impl<'a> Decode<'a> for UpdateRoleDescriptionResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role = None;
        while let Some(found) = from.member(&mut open, const { &names(["Role"]) })? {
            match &*found {
                "Role" => role = Role::decode(from, &Path::Member(at, "Role"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(UpdateRoleDescriptionResponse { role }))
    }
}

impl Encode for UpdateRoleDescriptionResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Role", &self.role);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRoleRequest<'a> {
    pub role_name: Cow<'a, str>,
    pub description: Option<Cow<'a, str>>,
    pub max_session_duration: Option<i32>,
}

impl<'a> Decode<'a> for UpdateRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_name = None;
        let mut description = None;
        let mut max_session_duration = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleName", "Description", "MaxSessionDuration"]) })? {
            match &*found {
                "RoleName" => role_name = from.string()?,
                "Description" => description = from.string()?,
                "MaxSessionDuration" => max_session_duration = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleName", &role_name, &ROLE_NAME_TYPE);
        let role_name = violations.required(at, "RoleName", role_name);
        violations.string(at, "Description", &description, &ROLE_DESCRIPTION_TYPE);
        violations.integer(at, "MaxSessionDuration", max_session_duration, Range { min: Some(3600), max: Some(43200) });
        Ok(Some(UpdateRoleRequest { role_name, description, max_session_duration }))
    }
}

impl Encode for UpdateRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleName", &self.role_name);
        to.optional("Description", &self.description);
        to.optional("MaxSessionDuration", &self.max_session_duration);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRoleResponse {
}

impl<'a> Decode<'a> for UpdateRoleResponse {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(UpdateRoleResponse {  }))
    }
}

impl Encode for UpdateRoleResponse {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateUserRequest<'a> {
    pub user_name: Cow<'a, str>,
    pub new_path: Option<Cow<'a, str>>,
    pub new_user_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UpdateUserRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_name = None;
        let mut new_path = None;
        let mut new_user_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserName", "NewPath", "NewUserName"]) })? {
            match &*found {
                "UserName" => user_name = from.string()?,
                "NewPath" => new_path = from.string()?,
                "NewUserName" => new_user_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "UserName", &user_name, &EXISTING_USER_NAME_TYPE);
        let user_name = violations.required(at, "UserName", user_name);
        violations.string(at, "NewPath", &new_path, &PATH_TYPE);
        violations.string(at, "NewUserName", &new_user_name, &USER_NAME_TYPE);
        Ok(Some(UpdateUserRequest { user_name, new_path, new_user_name }))
    }
}

impl Encode for UpdateUserRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("UserName", &self.user_name);
        to.optional("NewPath", &self.new_path);
        to.optional("NewUserName", &self.new_user_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct User<'a> {
    pub path: Cow<'a, str>,
    pub user_name: Cow<'a, str>,
    pub user_id: Cow<'a, str>,
    pub arn: Cow<'a, str>,
    pub create_date: Timestamp,
    pub password_last_used: Option<Timestamp>,
    pub permissions_boundary: Option<AttachedPermissionsBoundary<'a>>,
    pub tags: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for User<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut path = None;
        let mut user_name = None;
        let mut user_id = None;
        let mut arn = None;
        let mut create_date = None;
        let mut password_last_used = None;
        let mut permissions_boundary = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["Path", "UserName", "UserId", "Arn", "CreateDate", "PasswordLastUsed", "PermissionsBoundary", "Tags"]) })? {
            match &*found {
                "Path" => path = from.string()?,
                "UserName" => user_name = from.string()?,
                "UserId" => user_id = from.string()?,
                "Arn" => arn = from.string()?,
                "CreateDate" => create_date = from.timestamp()?,
                "PasswordLastUsed" => password_last_used = from.timestamp()?,
                "PermissionsBoundary" => permissions_boundary = AttachedPermissionsBoundary::decode(from, &Path::Member(at, "PermissionsBoundary"), violations)?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let path = violations.required(at, "Path", path);
        let user_name = violations.required(at, "UserName", user_name);
        let user_id = violations.required(at, "UserId", user_id);
        let arn = violations.required(at, "Arn", arn);
        let create_date = violations.required(at, "CreateDate", create_date);
        Ok(Some(User { path, user_name, user_id, arn, create_date, password_last_used, permissions_boundary, tags }))
    }
}

impl Encode for User<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Path", &self.path);
        to.field("UserName", &self.user_name);
        to.field("UserId", &self.user_id);
        to.field("Arn", &self.arn);
        to.field("CreateDate", &self.create_date);
        to.optional("PasswordLastUsed", &self.password_last_used);
        to.optional("PermissionsBoundary", &self.permissions_boundary);
        to.optional("Tags", &self.tags);
        to.end_struct();
    }
}

impl<'a> Input<'a> for AddUserToGroupRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AddUserToGroup;
    type Output<'o> = ();
    type Static = AddUserToGroupRequest<'static>;
}

impl<'a> Input<'a> for AttachGroupPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AttachGroupPolicy;
    type Output<'o> = ();
    type Static = AttachGroupPolicyRequest<'static>;
}

impl<'a> Input<'a> for AttachRolePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AttachRolePolicy;
    type Output<'o> = ();
    type Static = AttachRolePolicyRequest<'static>;
}

impl<'a> Input<'a> for AttachUserPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AttachUserPolicy;
    type Output<'o> = ();
    type Static = AttachUserPolicyRequest<'static>;
}

impl<'a> Input<'a> for CreateAccessKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateAccessKey;
    type Output<'o> = CreateAccessKeyResponse<'o>;
    type Static = CreateAccessKeyRequest<'static>;
}

impl<'a> Input<'a> for CreateGroupRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateGroup;
    type Output<'o> = CreateGroupResponse<'o>;
    type Static = CreateGroupRequest<'static>;
}

impl<'a> Input<'a> for CreatePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreatePolicy;
    type Output<'o> = CreatePolicyResponse<'o>;
    type Static = CreatePolicyRequest<'static>;
}

impl<'a> Input<'a> for CreatePolicyVersionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreatePolicyVersion;
    type Output<'o> = CreatePolicyVersionResponse<'o>;
    type Static = CreatePolicyVersionRequest<'static>;
}

impl<'a> Input<'a> for CreateRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateRole;
    type Output<'o> = CreateRoleResponse<'o>;
    type Static = CreateRoleRequest<'static>;
}

impl<'a> Input<'a> for CreateUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateUser;
    type Output<'o> = CreateUserResponse<'o>;
    type Static = CreateUserRequest<'static>;
}

impl<'a> Input<'a> for DeleteAccessKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteAccessKey;
    type Output<'o> = ();
    type Static = DeleteAccessKeyRequest<'static>;
}

impl<'a> Input<'a> for DeleteGroupRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteGroup;
    type Output<'o> = ();
    type Static = DeleteGroupRequest<'static>;
}

impl<'a> Input<'a> for DeleteGroupPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteGroupPolicy;
    type Output<'o> = ();
    type Static = DeleteGroupPolicyRequest<'static>;
}

impl<'a> Input<'a> for DeletePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeletePolicy;
    type Output<'o> = ();
    type Static = DeletePolicyRequest<'static>;
}

impl<'a> Input<'a> for DeletePolicyVersionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeletePolicyVersion;
    type Output<'o> = ();
    type Static = DeletePolicyVersionRequest<'static>;
}

impl<'a> Input<'a> for DeleteRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteRole;
    type Output<'o> = ();
    type Static = DeleteRoleRequest<'static>;
}

impl<'a> Input<'a> for DeleteRolePermissionsBoundaryRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteRolePermissionsBoundary;
    type Output<'o> = ();
    type Static = DeleteRolePermissionsBoundaryRequest<'static>;
}

impl<'a> Input<'a> for DeleteRolePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteRolePolicy;
    type Output<'o> = ();
    type Static = DeleteRolePolicyRequest<'static>;
}

impl<'a> Input<'a> for DeleteUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteUser;
    type Output<'o> = ();
    type Static = DeleteUserRequest<'static>;
}

impl<'a> Input<'a> for DeleteUserPermissionsBoundaryRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteUserPermissionsBoundary;
    type Output<'o> = ();
    type Static = DeleteUserPermissionsBoundaryRequest<'static>;
}

impl<'a> Input<'a> for DeleteUserPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteUserPolicy;
    type Output<'o> = ();
    type Static = DeleteUserPolicyRequest<'static>;
}

impl<'a> Input<'a> for DetachGroupPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DetachGroupPolicy;
    type Output<'o> = ();
    type Static = DetachGroupPolicyRequest<'static>;
}

impl<'a> Input<'a> for DetachRolePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DetachRolePolicy;
    type Output<'o> = ();
    type Static = DetachRolePolicyRequest<'static>;
}

impl<'a> Input<'a> for DetachUserPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DetachUserPolicy;
    type Output<'o> = ();
    type Static = DetachUserPolicyRequest<'static>;
}

impl<'a> Input<'a> for GetAccessKeyLastUsedRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetAccessKeyLastUsed;
    type Output<'o> = GetAccessKeyLastUsedResponse<'o>;
    type Static = GetAccessKeyLastUsedRequest<'static>;
}

impl<'a> Input<'a> for GetGroupRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetGroup;
    type Output<'o> = GetGroupResponse<'o>;
    type Static = GetGroupRequest<'static>;
}

impl<'a> Input<'a> for GetGroupPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetGroupPolicy;
    type Output<'o> = GetGroupPolicyResponse<'o>;
    type Static = GetGroupPolicyRequest<'static>;
}

impl<'a> Input<'a> for GetLoginProfileRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetLoginProfile;
    type Output<'o> = GetLoginProfileResponse<'o>;
    type Static = GetLoginProfileRequest<'static>;
}

impl<'a> Input<'a> for GetPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetPolicy;
    type Output<'o> = GetPolicyResponse<'o>;
    type Static = GetPolicyRequest<'static>;
}

impl<'a> Input<'a> for GetPolicyVersionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetPolicyVersion;
    type Output<'o> = GetPolicyVersionResponse<'o>;
    type Static = GetPolicyVersionRequest<'static>;
}

impl<'a> Input<'a> for GetRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetRole;
    type Output<'o> = GetRoleResponse<'o>;
    type Static = GetRoleRequest<'static>;
}

impl<'a> Input<'a> for GetRolePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetRolePolicy;
    type Output<'o> = GetRolePolicyResponse<'o>;
    type Static = GetRolePolicyRequest<'static>;
}

impl<'a> Input<'a> for GetUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetUser;
    type Output<'o> = GetUserResponse<'o>;
    type Static = GetUserRequest<'static>;
}

impl<'a> Input<'a> for GetUserPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetUserPolicy;
    type Output<'o> = GetUserPolicyResponse<'o>;
    type Static = GetUserPolicyRequest<'static>;
}

impl<'a> Input<'a> for ListAccessKeysRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListAccessKeys;
    type Output<'o> = ListAccessKeysResponse<'o>;
    type Static = ListAccessKeysRequest<'static>;
}

impl<'a> Input<'a> for ListAccountAliasesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListAccountAliases;
    type Output<'o> = ListAccountAliasesResponse<'o>;
    type Static = ListAccountAliasesRequest<'static>;
}

impl<'a> Input<'a> for ListAttachedGroupPoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListAttachedGroupPolicies;
    type Output<'o> = ListAttachedGroupPoliciesResponse<'o>;
    type Static = ListAttachedGroupPoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListAttachedRolePoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListAttachedRolePolicies;
    type Output<'o> = ListAttachedRolePoliciesResponse<'o>;
    type Static = ListAttachedRolePoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListAttachedUserPoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListAttachedUserPolicies;
    type Output<'o> = ListAttachedUserPoliciesResponse<'o>;
    type Static = ListAttachedUserPoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListEntitiesForPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListEntitiesForPolicy;
    type Output<'o> = ListEntitiesForPolicyResponse<'o>;
    type Static = ListEntitiesForPolicyRequest<'static>;
}

impl<'a> Input<'a> for ListGroupPoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListGroupPolicies;
    type Output<'o> = ListGroupPoliciesResponse<'o>;
    type Static = ListGroupPoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListGroupsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListGroups;
    type Output<'o> = ListGroupsResponse<'o>;
    type Static = ListGroupsRequest<'static>;
}

impl<'a> Input<'a> for ListGroupsForUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListGroupsForUser;
    type Output<'o> = ListGroupsForUserResponse<'o>;
    type Static = ListGroupsForUserRequest<'static>;
}

impl<'a> Input<'a> for ListInstanceProfilesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListInstanceProfiles;
    type Output<'o> = ListInstanceProfilesResponse<'o>;
    type Static = ListInstanceProfilesRequest<'static>;
}

impl<'a> Input<'a> for ListInstanceProfilesForRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListInstanceProfilesForRole;
    type Output<'o> = ListInstanceProfilesForRoleResponse<'o>;
    type Static = ListInstanceProfilesForRoleRequest<'static>;
}

impl<'a> Input<'a> for ListMFADevicesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListMFADevices;
    type Output<'o> = ListMFADevicesResponse<'o>;
    type Static = ListMFADevicesRequest<'static>;
}

impl<'a> Input<'a> for ListPoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListPolicies;
    type Output<'o> = ListPoliciesResponse<'o>;
    type Static = ListPoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListPolicyTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListPolicyTags;
    type Output<'o> = ListPolicyTagsResponse<'o>;
    type Static = ListPolicyTagsRequest<'static>;
}

impl<'a> Input<'a> for ListPolicyVersionsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListPolicyVersions;
    type Output<'o> = ListPolicyVersionsResponse<'o>;
    type Static = ListPolicyVersionsRequest<'static>;
}

impl<'a> Input<'a> for ListRolePoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListRolePolicies;
    type Output<'o> = ListRolePoliciesResponse<'o>;
    type Static = ListRolePoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListRoleTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListRoleTags;
    type Output<'o> = ListRoleTagsResponse<'o>;
    type Static = ListRoleTagsRequest<'static>;
}

impl<'a> Input<'a> for ListRolesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListRoles;
    type Output<'o> = ListRolesResponse<'o>;
    type Static = ListRolesRequest<'static>;
}

impl<'a> Input<'a> for ListSSHPublicKeysRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListSSHPublicKeys;
    type Output<'o> = ListSSHPublicKeysResponse<'o>;
    type Static = ListSSHPublicKeysRequest<'static>;
}

impl<'a> Input<'a> for ListServiceSpecificCredentialsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListServiceSpecificCredentials;
    type Output<'o> = ListServiceSpecificCredentialsResponse<'o>;
    type Static = ListServiceSpecificCredentialsRequest<'static>;
}

impl<'a> Input<'a> for ListSigningCertificatesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListSigningCertificates;
    type Output<'o> = ListSigningCertificatesResponse<'o>;
    type Static = ListSigningCertificatesRequest<'static>;
}

impl<'a> Input<'a> for ListUserPoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListUserPolicies;
    type Output<'o> = ListUserPoliciesResponse<'o>;
    type Static = ListUserPoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListUserTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListUserTags;
    type Output<'o> = ListUserTagsResponse<'o>;
    type Static = ListUserTagsRequest<'static>;
}

impl<'a> Input<'a> for ListUsersRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListUsers;
    type Output<'o> = ListUsersResponse<'o>;
    type Static = ListUsersRequest<'static>;
}

impl<'a> Input<'a> for PutGroupPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutGroupPolicy;
    type Output<'o> = ();
    type Static = PutGroupPolicyRequest<'static>;
}

impl<'a> Input<'a> for PutRolePermissionsBoundaryRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutRolePermissionsBoundary;
    type Output<'o> = ();
    type Static = PutRolePermissionsBoundaryRequest<'static>;
}

impl<'a> Input<'a> for PutRolePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutRolePolicy;
    type Output<'o> = ();
    type Static = PutRolePolicyRequest<'static>;
}

impl<'a> Input<'a> for PutUserPermissionsBoundaryRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutUserPermissionsBoundary;
    type Output<'o> = ();
    type Static = PutUserPermissionsBoundaryRequest<'static>;
}

impl<'a> Input<'a> for PutUserPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutUserPolicy;
    type Output<'o> = ();
    type Static = PutUserPolicyRequest<'static>;
}

impl<'a> Input<'a> for RemoveUserFromGroupRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RemoveUserFromGroup;
    type Output<'o> = ();
    type Static = RemoveUserFromGroupRequest<'static>;
}

impl<'a> Input<'a> for SetDefaultPolicyVersionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::SetDefaultPolicyVersion;
    type Output<'o> = ();
    type Static = SetDefaultPolicyVersionRequest<'static>;
}

impl<'a> Input<'a> for SimulateCustomPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::SimulateCustomPolicy;
    type Output<'o> = SimulatePolicyResponse<'o>;
    type Static = SimulateCustomPolicyRequest<'static>;
}

impl<'a> Input<'a> for SimulatePrincipalPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::SimulatePrincipalPolicy;
    type Output<'o> = SimulatePolicyResponse<'o>;
    type Static = SimulatePrincipalPolicyRequest<'static>;
}

impl<'a> Input<'a> for TagPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::TagPolicy;
    type Output<'o> = ();
    type Static = TagPolicyRequest<'static>;
}

impl<'a> Input<'a> for TagRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::TagRole;
    type Output<'o> = ();
    type Static = TagRoleRequest<'static>;
}

impl<'a> Input<'a> for TagUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::TagUser;
    type Output<'o> = ();
    type Static = TagUserRequest<'static>;
}

impl<'a> Input<'a> for UntagPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UntagPolicy;
    type Output<'o> = ();
    type Static = UntagPolicyRequest<'static>;
}

impl<'a> Input<'a> for UntagRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UntagRole;
    type Output<'o> = ();
    type Static = UntagRoleRequest<'static>;
}

impl<'a> Input<'a> for UntagUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UntagUser;
    type Output<'o> = ();
    type Static = UntagUserRequest<'static>;
}

impl<'a> Input<'a> for UpdateAccessKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateAccessKey;
    type Output<'o> = ();
    type Static = UpdateAccessKeyRequest<'static>;
}

impl<'a> Input<'a> for UpdateAssumeRolePolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateAssumeRolePolicy;
    type Output<'o> = ();
    type Static = UpdateAssumeRolePolicyRequest<'static>;
}

impl<'a> Input<'a> for UpdateGroupRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateGroup;
    type Output<'o> = ();
    type Static = UpdateGroupRequest<'static>;
}

impl<'a> Input<'a> for UpdateRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateRole;
    type Output<'o> = UpdateRoleResponse;
    type Static = UpdateRoleRequest<'static>;
}

impl<'a> Input<'a> for UpdateRoleDescriptionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateRoleDescription;
    type Output<'o> = UpdateRoleDescriptionResponse<'o>;
    type Static = UpdateRoleDescriptionRequest<'static>;
}

impl<'a> Input<'a> for UpdateUserRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateUser;
    type Output<'o> = ();
    type Static = UpdateUserRequest<'static>;
}

static ACCESS_KEY_ID_TYPE: StringRule = StringRule { length: Range { min: Some(16), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w]+")), "[\\w]+")) };

static ACTION_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(3), max: Some(128) }, pattern: None };

static ARN_TYPE: StringRule = StringRule { length: Range { min: Some(20), max: Some(2048) }, pattern: None };

static ATTACHMENT_NAME: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]+")), "[\\w+=,.@-]+")) };

static CONTEXT_ENTRY_CONTEXT_KEY_VALUES: StringRule = StringRule { length: Range { min: None, max: None }, pattern: None };

static CONTEXT_KEY_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(5), max: Some(256) }, pattern: None };

static EXISTING_USER_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]+")), "[\\w+=,.@-]+")) };

static GROUP_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]+")), "[\\w+=,.@-]+")) };

static MARKER_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(320) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0020-\\u00FF]+")), "[\\u0020-\\u00FF]+")) };

static PATH_PREFIX_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(512) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("\\u002F[\\u0021-\\u007F]*")), "\\u002F[\\u0021-\\u007F]*")) };

static PATH_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(512) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)")), "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)")) };

static POLICY_DESCRIPTION_TYPE: StringRule = StringRule { length: Range { min: None, max: Some(1000) }, pattern: None };

static POLICY_DOCUMENT_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(131072) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")), "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")) };

static POLICY_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]+")), "[\\w+=,.@-]+")) };

static POLICY_PATH_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(512) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("((/[A-Za-z0-9\\.,\\+@=_-]+)*)/")), "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/")) };

static POLICY_VERSION_ID_TYPE: StringRule = StringRule { length: Range { min: None, max: None }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?")), "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?")) };

static RESOURCE_HANDLING_OPTION_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(64) }, pattern: None };

static RESOURCE_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: None };

static ROLE_DESCRIPTION_TYPE: StringRule = StringRule { length: Range { min: None, max: Some(1000) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*")), "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*")) };

static ROLE_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(64) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]+")), "[\\w+=,.@-]+")) };

static TAG_KEY_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static TAG_VALUE_TYPE: StringRule = StringRule { length: Range { min: Some(0), max: Some(256) }, pattern: None };

static USER_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(64) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]+")), "[\\w+=,.@-]+")) };

#[cfg(test)]
pub(crate) static RULES: &[&StringRule] = &[&ACCESS_KEY_ID_TYPE, &ACTION_NAME_TYPE, &ARN_TYPE, &ATTACHMENT_NAME, &CONTEXT_ENTRY_CONTEXT_KEY_VALUES, &CONTEXT_KEY_NAME_TYPE, &EXISTING_USER_NAME_TYPE, &GROUP_NAME_TYPE, &MARKER_TYPE, &PATH_PREFIX_TYPE, &PATH_TYPE, &POLICY_DESCRIPTION_TYPE, &POLICY_DOCUMENT_TYPE, &POLICY_NAME_TYPE, &POLICY_PATH_TYPE, &POLICY_VERSION_ID_TYPE, &RESOURCE_HANDLING_OPTION_TYPE, &RESOURCE_NAME_TYPE, &ROLE_DESCRIPTION_TYPE, &ROLE_NAME_TYPE, &TAG_KEY_TYPE, &TAG_VALUE_TYPE, &USER_NAME_TYPE];
