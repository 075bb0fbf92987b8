// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};

operations! {
    CancelKeyDeletion: true,
    ConnectCustomKeyStore: false,
    CreateAlias: true,
    CreateCustomKeyStore: false,
    CreateGrant: true,
    CreateKey: true,
    Decapsulate: false,
    Decrypt: true,
    DeleteAlias: true,
    DeleteCustomKeyStore: false,
    DeleteImportedKeyMaterial: false,
    DeriveSharedSecret: false,
    DescribeCustomKeyStores: false,
    DescribeKey: true,
    DisableKey: true,
    DisableKeyRotation: true,
    DisconnectCustomKeyStore: false,
    EnableKey: true,
    EnableKeyRotation: true,
    Encapsulate: false,
    Encrypt: true,
    GenerateDataKey: true,
    GenerateDataKeyPair: false,
    GenerateDataKeyPairWithoutPlaintext: false,
    GenerateDataKeyWithoutPlaintext: true,
    GenerateMac: false,
    GenerateRandom: true,
    GetKeyLastUsage: false,
    GetKeyPolicy: true,
    GetKeyRotationStatus: true,
    GetParametersForImport: false,
    GetPublicKey: false,
    ImportKeyMaterial: false,
    ListAliases: true,
    ListGrants: true,
    ListKeyPolicies: true,
    ListKeyRotations: true,
    ListKeys: true,
    ListResourceTags: true,
    ListRetirableGrants: true,
    PutKeyPolicy: true,
    ReEncrypt: true,
    ReplicateKey: false,
    RetireGrant: true,
    RevokeGrant: true,
    RotateKeyOnDemand: true,
    ScheduleKeyDeletion: true,
    Sign: false,
    TagResource: true,
    UntagResource: true,
    UpdateAlias: true,
    UpdateCustomKeyStore: false,
    UpdateKeyDescription: true,
    UpdatePrimaryRegion: false,
    Verify: false,
    VerifyMac: false,
}

error_codes! {
    AccessDeniedException: 400,
    AlreadyExistsException: 400,
    CloudHsmClusterInUseException: 400,
    CloudHsmClusterInvalidConfigurationException: 400,
    CloudHsmClusterNotActiveException: 400,
    CloudHsmClusterNotFoundException: 400,
    CloudHsmClusterNotRelatedException: 400,
    ConflictException: 400,
    CustomKeyStoreHasCMKsException: 400,
    CustomKeyStoreInvalidStateException: 400,
    CustomKeyStoreNameInUseException: 400,
    CustomKeyStoreNotFoundException: 400,
    DependencyTimeoutException: 503,
    DisabledException: 400,
    DryRunOperationException: 400,
    ExpiredImportTokenException: 400,
    ExpiredTokenException: 400,
    IncompleteSignatureException: 400,
    IncorrectKeyException: 400,
    IncorrectKeyMaterialException: 400,
    IncorrectTrustAnchorException: 400,
    InvalidAliasNameException: 400,
    InvalidArnException: 400,
    InvalidCiphertextException: 400,
    InvalidGrantIdException: 400,
    InvalidGrantTokenException: 400,
    InvalidImportTokenException: 400,
    InvalidKeyUsageException: 400,
    InvalidMarkerException: 400,
    InvalidSignatureException: 400,
    KMSInternalException: 500,
    KMSInvalidMacException: 400,
    KMSInvalidSignatureException: 400,
    KMSInvalidStateException: 400,
    KeyUnavailableException: 500,
    LimitExceededException: 400,
    MalformedPolicyDocumentException: 400,
    MissingAuthenticationTokenException: 400,
    NotFoundException: 400,
    SerializationException: 400,
    ServiceUnavailable: 503,
    TagException: 400,
    ThrottlingException: 400,
    UnknownOperationException: 400,
    UnrecognizedClientException: 400,
    UnsupportedOperationException: 400,
    ValidationException: 400,
    XksKeyAlreadyInUseException: 400,
    XksKeyInvalidConfigurationException: 400,
    XksKeyNotFoundException: 400,
    XksProxyIncorrectAuthenticationCredentialException: 400,
    XksProxyInvalidConfigurationException: 400,
    XksProxyInvalidResponseException: 400,
    XksProxyUriEndpointInUseException: 400,
    XksProxyUriInUseException: 400,
    XksProxyUriUnreachableException: 400,
    XksProxyVpcEndpointServiceInUseException: 400,
    XksProxyVpcEndpointServiceInvalidConfigurationException: 400,
    XksProxyVpcEndpointServiceNotFoundException: 400,
}

operation_codes! {
    CancelKeyDeletionCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    CreateAliasCode: AccessDeniedException, AlreadyExistsException, DependencyTimeoutException, InvalidAliasNameException, KMSInternalException, KMSInvalidStateException, LimitExceededException, NotFoundException, ThrottlingException, ValidationException;
    CreateGrantCode: AccessDeniedException, DependencyTimeoutException, DisabledException, DryRunOperationException, InvalidArnException, InvalidGrantTokenException, KMSInternalException, KMSInvalidStateException, LimitExceededException, NotFoundException, ThrottlingException, ValidationException;
    CreateKeyCode: AccessDeniedException, CloudHsmClusterInvalidConfigurationException, CustomKeyStoreInvalidStateException, CustomKeyStoreNotFoundException, DependencyTimeoutException, InvalidArnException, KMSInternalException, LimitExceededException, MalformedPolicyDocumentException, TagException, ThrottlingException, UnsupportedOperationException, ValidationException, XksKeyAlreadyInUseException, XksKeyInvalidConfigurationException, XksKeyNotFoundException;
    DecryptCode: AccessDeniedException, DependencyTimeoutException, DisabledException, DryRunOperationException, IncorrectKeyException, InvalidCiphertextException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, KeyUnavailableException, NotFoundException, ThrottlingException, ValidationException;
    DeleteAliasCode: AccessDeniedException, DependencyTimeoutException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    DescribeKeyCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, NotFoundException, ThrottlingException, ValidationException;
    DisableKeyCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    DisableKeyRotationCode: AccessDeniedException, DependencyTimeoutException, DisabledException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, UnsupportedOperationException, ValidationException;
    EnableKeyCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, LimitExceededException, NotFoundException, ThrottlingException, ValidationException;
    EnableKeyRotationCode: AccessDeniedException, DependencyTimeoutException, DisabledException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, UnsupportedOperationException, ValidationException;
    EncryptCode: AccessDeniedException, DependencyTimeoutException, DisabledException, DryRunOperationException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, KeyUnavailableException, NotFoundException, ThrottlingException, ValidationException;
    GenerateDataKeyCode: AccessDeniedException, DependencyTimeoutException, DisabledException, DryRunOperationException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, KeyUnavailableException, NotFoundException, ThrottlingException, ValidationException;
    GenerateDataKeyWithoutPlaintextCode: AccessDeniedException, DependencyTimeoutException, DisabledException, DryRunOperationException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, KeyUnavailableException, NotFoundException, ThrottlingException, ValidationException;
    GenerateRandomCode: AccessDeniedException, CustomKeyStoreInvalidStateException, CustomKeyStoreNotFoundException, DependencyTimeoutException, KMSInternalException, ThrottlingException, UnsupportedOperationException, ValidationException;
    GetKeyPolicyCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    GetKeyRotationStatusCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, UnsupportedOperationException, ValidationException;
    ListAliasesCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, InvalidMarkerException, KMSInternalException, NotFoundException, ThrottlingException, ValidationException;
    ListGrantsCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, InvalidGrantIdException, InvalidMarkerException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    ListKeyPoliciesCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    ListKeyRotationsCode: AccessDeniedException, InvalidArnException, InvalidMarkerException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, UnsupportedOperationException, ValidationException;
    ListKeysCode: AccessDeniedException, DependencyTimeoutException, InvalidMarkerException, KMSInternalException, ThrottlingException, ValidationException;
    ListResourceTagsCode: AccessDeniedException, InvalidArnException, InvalidMarkerException, KMSInternalException, NotFoundException, ThrottlingException, ValidationException;
    ListRetirableGrantsCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, InvalidMarkerException, KMSInternalException, NotFoundException, ThrottlingException, ValidationException;
    PutKeyPolicyCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, LimitExceededException, MalformedPolicyDocumentException, NotFoundException, ThrottlingException, UnsupportedOperationException, ValidationException;
    ReEncryptCode: AccessDeniedException, DependencyTimeoutException, DisabledException, DryRunOperationException, IncorrectKeyException, InvalidCiphertextException, InvalidGrantTokenException, InvalidKeyUsageException, KMSInternalException, KMSInvalidStateException, KeyUnavailableException, NotFoundException, ThrottlingException, ValidationException;
    RetireGrantCode: AccessDeniedException, DependencyTimeoutException, DryRunOperationException, InvalidArnException, InvalidGrantIdException, InvalidGrantTokenException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    RevokeGrantCode: AccessDeniedException, DependencyTimeoutException, DryRunOperationException, InvalidArnException, InvalidGrantIdException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    RotateKeyOnDemandCode: AccessDeniedException, ConflictException, DependencyTimeoutException, DisabledException, InvalidArnException, KMSInternalException, KMSInvalidStateException, LimitExceededException, NotFoundException, ThrottlingException, UnsupportedOperationException, ValidationException;
    ScheduleKeyDeletionCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
    TagResourceCode: AccessDeniedException, InvalidArnException, KMSInternalException, KMSInvalidStateException, LimitExceededException, NotFoundException, TagException, ThrottlingException, ValidationException;
    UntagResourceCode: AccessDeniedException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, TagException, ThrottlingException, ValidationException;
    UpdateAliasCode: AccessDeniedException, DependencyTimeoutException, KMSInternalException, KMSInvalidStateException, LimitExceededException, NotFoundException, ThrottlingException, ValidationException;
    UpdateKeyDescriptionCode: AccessDeniedException, DependencyTimeoutException, InvalidArnException, KMSInternalException, KMSInvalidStateException, NotFoundException, ThrottlingException, ValidationException;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AliasListEntry<'a> {
    pub alias_name: Option<Cow<'a, str>>,
    pub alias_arn: Option<Cow<'a, str>>,
    pub target_key_id: Option<Cow<'a, str>>,
    pub creation_date: Option<Timestamp>,
    pub last_updated_date: Option<Timestamp>,
}

impl<'a> Decode<'a> for AliasListEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut alias_name = None;
        let mut alias_arn = None;
        let mut target_key_id = None;
        let mut creation_date = None;
        let mut last_updated_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate"]) })? {
            match &*found {
                "AliasName" => alias_name = from.string()?,
                "AliasArn" => alias_arn = from.string()?,
                "TargetKeyId" => target_key_id = from.string()?,
                "CreationDate" => creation_date = from.timestamp()?,
                "LastUpdatedDate" => last_updated_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(AliasListEntry { alias_name, alias_arn, target_key_id, creation_date, last_updated_date }))
    }
}

impl Encode for AliasListEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AliasName", &self.alias_name);
        to.optional("AliasArn", &self.alias_arn);
        to.optional("TargetKeyId", &self.target_key_id);
        to.optional("CreationDate", &self.creation_date);
        to.optional("LastUpdatedDate", &self.last_updated_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CancelKeyDeletionRequest<'a> {
    pub key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for CancelKeyDeletionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        Ok(Some(CancelKeyDeletionRequest { key_id }))
    }
}

impl Encode for CancelKeyDeletionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CancelKeyDeletionResponse<'a> {
    pub key_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for CancelKeyDeletionResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CancelKeyDeletionResponse { key_id }))
    }
}

impl Encode for CancelKeyDeletionResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAliasRequest<'a> {
    pub alias_name: Cow<'a, str>,
    pub target_key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for CreateAliasRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut alias_name = None;
        let mut target_key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["AliasName", "TargetKeyId"]) })? {
            match &*found {
                "AliasName" => alias_name = from.string()?,
                "TargetKeyId" => target_key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "AliasName", &alias_name, &ALIAS_NAME_TYPE);
        let alias_name = violations.required(at, "AliasName", alias_name);
        violations.string(at, "TargetKeyId", &target_key_id, &KEY_ID_TYPE);
        let target_key_id = violations.required(at, "TargetKeyId", target_key_id);
        Ok(Some(CreateAliasRequest { alias_name, target_key_id }))
    }
}

impl Encode for CreateAliasRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AliasName", &self.alias_name);
        to.field("TargetKeyId", &self.target_key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateGrantRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub grantee_principal: Option<Cow<'a, str>>,
    pub retiring_principal: Option<Cow<'a, str>>,
    pub operations: Vec<GrantOperation>,
    pub constraints: Option<GrantConstraints<'a>>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
    pub name: Option<Cow<'a, str>>,
    pub dry_run: Option<bool>,
    pub grantee_service_principal: Option<Cow<'a, str>>,
    pub retiring_service_principal: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for CreateGrantRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut grantee_principal = None;
        let mut retiring_principal = None;
        let mut operations = None;
        let mut constraints = None;
        let mut grant_tokens = None;
        let mut name = None;
        let mut dry_run = None;
        let mut grantee_service_principal = None;
        let mut retiring_service_principal = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "GrantTokens", "Name", "DryRun", "GranteeServicePrincipal", "RetiringServicePrincipal"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "GranteePrincipal" => grantee_principal = from.string()?,
                "RetiringPrincipal" => retiring_principal = from.string()?,
                "Operations" => operations = list(from, &Path::Member(at, "Operations"), violations, 1000)?,
                "Constraints" => constraints = GrantConstraints::decode(from, &Path::Member(at, "Constraints"), violations)?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                "Name" => name = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                "GranteeServicePrincipal" => grantee_service_principal = from.string()?,
                "RetiringServicePrincipal" => retiring_service_principal = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "GranteePrincipal", &grantee_principal, &PRINCIPAL_ID_TYPE);
        violations.string(at, "RetiringPrincipal", &retiring_principal, &PRINCIPAL_ID_TYPE);
        let operations = violations.enumerations(at, "Operations", operations, Range { min: None, max: Some(1000) });
        let operations = violations.required(at, "Operations", operations);
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        violations.string(at, "Name", &name, &GRANT_NAME_TYPE);
        violations.string(at, "GranteeServicePrincipal", &grantee_service_principal, &SERVICE_PRINCIPAL_TYPE);
        violations.string(at, "RetiringServicePrincipal", &retiring_service_principal, &SERVICE_PRINCIPAL_TYPE);
        Ok(Some(CreateGrantRequest { key_id, grantee_principal, retiring_principal, operations, constraints, grant_tokens, name, dry_run, grantee_service_principal, retiring_service_principal }))
    }
}

impl Encode for CreateGrantRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("GranteePrincipal", &self.grantee_principal);
        to.optional("RetiringPrincipal", &self.retiring_principal);
        to.field("Operations", &self.operations);
        to.optional("Constraints", &self.constraints);
        to.optional("GrantTokens", &self.grant_tokens);
        to.optional("Name", &self.name);
        to.optional("DryRun", &self.dry_run);
        to.optional("GranteeServicePrincipal", &self.grantee_service_principal);
        to.optional("RetiringServicePrincipal", &self.retiring_service_principal);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateGrantResponse<'a> {
    pub grant_token: Option<Cow<'a, str>>,
    pub grant_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for CreateGrantResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut grant_token = None;
        let mut grant_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["GrantToken", "GrantId"]) })? {
            match &*found {
                "GrantToken" => grant_token = from.string()?,
                "GrantId" => grant_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CreateGrantResponse { grant_token, grant_id }))
    }
}

impl Encode for CreateGrantResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("GrantToken", &self.grant_token);
        to.optional("GrantId", &self.grant_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateKeyRequest<'a> {
    pub policy: Option<Cow<'a, str>>,
    pub description: Option<Cow<'a, str>>,
    pub key_usage: Option<KeyUsageType>,
    pub customer_master_key_spec: Option<CustomerMasterKeySpec>,
    pub key_spec: Option<KeySpec>,
    pub origin: Option<OriginType>,
    pub custom_key_store_id: Option<Cow<'a, str>>,
    pub bypass_policy_lockout_safety_check: Option<bool>,
    pub tags: Option<Vec<Tag<'a>>>,
    pub multi_region: Option<bool>,
    pub xks_key_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for CreateKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy = None;
        let mut description = None;
        let mut key_usage = None;
        let mut customer_master_key_spec = None;
        let mut key_spec = None;
        let mut origin = None;
        let mut custom_key_store_id = None;
        let mut bypass_policy_lockout_safety_check = None;
        let mut tags = None;
        let mut multi_region = None;
        let mut xks_key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["Policy", "Description", "KeyUsage", "CustomerMasterKeySpec", "KeySpec", "Origin", "CustomKeyStoreId", "BypassPolicyLockoutSafetyCheck", "Tags", "MultiRegion", "XksKeyId"]) })? {
            match &*found {
                "Policy" => policy = from.string()?,
                "Description" => description = from.string()?,
                "KeyUsage" => key_usage = from.string()?,
                "CustomerMasterKeySpec" => customer_master_key_spec = from.string()?,
                "KeySpec" => key_spec = from.string()?,
                "Origin" => origin = from.string()?,
                "CustomKeyStoreId" => custom_key_store_id = from.string()?,
                "BypassPolicyLockoutSafetyCheck" => bypass_policy_lockout_safety_check = from.boolean()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 1000)?,
                "MultiRegion" => multi_region = from.boolean()?,
                "XksKeyId" => xks_key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Policy", &policy, &POLICY_TYPE);
        violations.string(at, "Description", &description, &DESCRIPTION_TYPE);
        let key_usage = violations.enumeration(at, "KeyUsage", key_usage);
        let customer_master_key_spec = violations.enumeration(at, "CustomerMasterKeySpec", customer_master_key_spec);
        let key_spec = violations.enumeration(at, "KeySpec", key_spec);
        let origin = violations.enumeration(at, "Origin", origin);
        violations.string(at, "CustomKeyStoreId", &custom_key_store_id, &CUSTOM_KEY_STORE_ID_TYPE);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(1000) });
        violations.string(at, "XksKeyId", &xks_key_id, &XKS_KEY_ID_TYPE);
        Ok(Some(CreateKeyRequest { policy, description, key_usage, customer_master_key_spec, key_spec, origin, custom_key_store_id, bypass_policy_lockout_safety_check, tags, multi_region, xks_key_id }))
    }
}

impl Encode for CreateKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Policy", &self.policy);
        to.optional("Description", &self.description);
        to.optional("KeyUsage", &self.key_usage);
        to.optional("CustomerMasterKeySpec", &self.customer_master_key_spec);
        to.optional("KeySpec", &self.key_spec);
        to.optional("Origin", &self.origin);
        to.optional("CustomKeyStoreId", &self.custom_key_store_id);
        to.optional("BypassPolicyLockoutSafetyCheck", &self.bypass_policy_lockout_safety_check);
        to.optional("Tags", &self.tags);
        to.optional("MultiRegion", &self.multi_region);
        to.optional("XksKeyId", &self.xks_key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateKeyResponse<'a> {
    pub key_metadata: Option<KeyMetadata<'a>>,
}

impl<'a> Decode<'a> for CreateKeyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_metadata = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyMetadata"]) })? {
            match &*found {
                "KeyMetadata" => key_metadata = KeyMetadata::decode(from, &Path::Member(at, "KeyMetadata"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CreateKeyResponse { key_metadata }))
    }
}

impl Encode for CreateKeyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyMetadata", &self.key_metadata);
        to.end_struct();
    }
}

enumeration! {
    CustomerMasterKeySpec "[RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2]";
    Rsa2048 = "RSA_2048",
    Rsa3072 = "RSA_3072",
    Rsa4096 = "RSA_4096",
    EccNistP256 = "ECC_NIST_P256",
    EccNistP384 = "ECC_NIST_P384",
    EccNistP521 = "ECC_NIST_P521",
    EccSecgP256k1 = "ECC_SECG_P256K1",
    SymmetricDefault = "SYMMETRIC_DEFAULT",
    Hmac224 = "HMAC_224",
    Hmac256 = "HMAC_256",
    Hmac384 = "HMAC_384",
    Hmac512 = "HMAC_512",
    Sm2 = "SM2",
}

enumeration! {
    DataKeySpec "[AES_256, AES_128]";
    Aes256 = "AES_256",
    Aes128 = "AES_128",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecryptRequest<'a> {
    pub ciphertext_blob: Option<Blob<'a>>,
    pub encryption_context: Option<TextMap<'a>>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
    pub key_id: Option<Cow<'a, str>>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub recipient: Option<RecipientInfo>,
    pub dry_run: Option<bool>,
    pub dry_run_modifiers: Option<Vec<DryRunModifierType>>,
}

impl<'a> Decode<'a> for DecryptRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ciphertext_blob = None;
        let mut encryption_context = None;
        let mut grant_tokens = None;
        let mut key_id = None;
        let mut encryption_algorithm = None;
        let mut recipient = None;
        let mut dry_run = None;
        let mut dry_run_modifiers = None;
        while let Some(found) = from.member(&mut open, const { &names(["CiphertextBlob", "EncryptionContext", "GrantTokens", "KeyId", "EncryptionAlgorithm", "Recipient", "DryRun", "DryRunModifiers"]) })? {
            match &*found {
                "CiphertextBlob" => ciphertext_blob = from.blob()?,
                "EncryptionContext" => encryption_context = map(from, &Path::Member(at, "EncryptionContext"), violations, 1000)?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                "KeyId" => key_id = from.string()?,
                "EncryptionAlgorithm" => encryption_algorithm = from.string()?,
                "Recipient" => recipient = RecipientInfo::decode(from, &Path::Member(at, "Recipient"), violations)?,
                "DryRun" => dry_run = from.boolean()?,
                "DryRunModifiers" => dry_run_modifiers = list(from, &Path::Member(at, "DryRunModifiers"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.blob(at, "CiphertextBlob", &ciphertext_blob, Range { min: Some(1), max: Some(6144) });
        violations.map(at, "EncryptionContext", &encryption_context, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let encryption_algorithm = violations.enumeration(at, "EncryptionAlgorithm", encryption_algorithm);
        let dry_run_modifiers = violations.enumerations(at, "DryRunModifiers", dry_run_modifiers, Range { min: None, max: Some(1000) });
        Ok(Some(DecryptRequest { ciphertext_blob, encryption_context, grant_tokens, key_id, encryption_algorithm, recipient, dry_run, dry_run_modifiers }))
    }
}

impl Encode for DecryptRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("CiphertextBlob", &self.ciphertext_blob);
        to.optional("EncryptionContext", &self.encryption_context);
        to.optional("GrantTokens", &self.grant_tokens);
        to.optional("KeyId", &self.key_id);
        to.optional("EncryptionAlgorithm", &self.encryption_algorithm);
        to.optional("Recipient", &self.recipient);
        to.optional("DryRun", &self.dry_run);
        to.optional("DryRunModifiers", &self.dry_run_modifiers);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecryptResponse<'a> {
    pub key_id: Option<Cow<'a, str>>,
    pub plaintext: Option<Blob<'a>>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub ciphertext_for_recipient: Option<Blob<'a>>,
    pub key_material_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for DecryptResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut plaintext = None;
        let mut encryption_algorithm = None;
        let mut ciphertext_for_recipient = None;
        let mut key_material_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Plaintext", "EncryptionAlgorithm", "CiphertextForRecipient", "KeyMaterialId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Plaintext" => plaintext = from.blob()?,
                "EncryptionAlgorithm" => encryption_algorithm = from.string()?,
                "CiphertextForRecipient" => ciphertext_for_recipient = from.blob()?,
                "KeyMaterialId" => key_material_id = from.string()?,
                _ => from.skip()?,
            }
        }
        let encryption_algorithm = violations.enumeration(at, "EncryptionAlgorithm", encryption_algorithm);
        Ok(Some(DecryptResponse { key_id, plaintext, encryption_algorithm, ciphertext_for_recipient, key_material_id }))
    }
}

impl Encode for DecryptResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.optional("Plaintext", &self.plaintext);
        to.optional("EncryptionAlgorithm", &self.encryption_algorithm);
        to.optional("CiphertextForRecipient", &self.ciphertext_for_recipient);
        to.optional("KeyMaterialId", &self.key_material_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteAliasRequest<'a> {
    pub alias_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteAliasRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut alias_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["AliasName"]) })? {
            match &*found {
                "AliasName" => alias_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "AliasName", &alias_name, &ALIAS_NAME_TYPE);
        let alias_name = violations.required(at, "AliasName", alias_name);
        Ok(Some(DeleteAliasRequest { alias_name }))
    }
}

impl Encode for DeleteAliasRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AliasName", &self.alias_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeKeyRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Decode<'a> for DescribeKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut grant_tokens = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "GrantTokens"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        Ok(Some(DescribeKeyRequest { key_id, grant_tokens }))
    }
}

impl Encode for DescribeKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("GrantTokens", &self.grant_tokens);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeKeyResponse<'a> {
    pub key_metadata: Option<KeyMetadata<'a>>,
}

impl<'a> Decode<'a> for DescribeKeyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_metadata = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyMetadata"]) })? {
            match &*found {
                "KeyMetadata" => key_metadata = KeyMetadata::decode(from, &Path::Member(at, "KeyMetadata"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(DescribeKeyResponse { key_metadata }))
    }
}

impl Encode for DescribeKeyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyMetadata", &self.key_metadata);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisableKeyRequest<'a> {
    pub key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for DisableKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        Ok(Some(DisableKeyRequest { key_id }))
    }
}

impl Encode for DisableKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisableKeyRotationRequest<'a> {
    pub key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for DisableKeyRotationRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        Ok(Some(DisableKeyRotationRequest { key_id }))
    }
}

impl Encode for DisableKeyRotationRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.end_struct();
    }
}

enumeration! {
    DryRunModifierType "[IGNORE_CIPHERTEXT]";
    IgnoreCiphertext = "IGNORE_CIPHERTEXT",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnableKeyRequest<'a> {
    pub key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for EnableKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        Ok(Some(EnableKeyRequest { key_id }))
    }
}

impl Encode for EnableKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnableKeyRotationRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub rotation_period_in_days: Option<i32>,
}

impl<'a> Decode<'a> for EnableKeyRotationRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut rotation_period_in_days = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "RotationPeriodInDays"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "RotationPeriodInDays" => rotation_period_in_days = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.integer(at, "RotationPeriodInDays", rotation_period_in_days, Range { min: Some(90), max: Some(2560) });
        Ok(Some(EnableKeyRotationRequest { key_id, rotation_period_in_days }))
    }
}

impl Encode for EnableKeyRotationRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("RotationPeriodInDays", &self.rotation_period_in_days);
        to.end_struct();
    }
}

enumeration! {
    EncapsulationAlgorithmSpec "[ML_KEM]";
    MlKem = "ML_KEM",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncryptRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub plaintext: Blob<'a>,
    pub encryption_context: Option<TextMap<'a>>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for EncryptRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut plaintext = None;
        let mut encryption_context = None;
        let mut grant_tokens = None;
        let mut encryption_algorithm = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Plaintext", "EncryptionContext", "GrantTokens", "EncryptionAlgorithm", "DryRun"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Plaintext" => plaintext = from.blob()?,
                "EncryptionContext" => encryption_context = map(from, &Path::Member(at, "EncryptionContext"), violations, 1000)?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                "EncryptionAlgorithm" => encryption_algorithm = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.blob(at, "Plaintext", &plaintext, Range { min: Some(1), max: Some(4096) });
        let plaintext = violations.required(at, "Plaintext", plaintext);
        violations.map(at, "EncryptionContext", &encryption_context, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        let encryption_algorithm = violations.enumeration(at, "EncryptionAlgorithm", encryption_algorithm);
        Ok(Some(EncryptRequest { key_id, plaintext, encryption_context, grant_tokens, encryption_algorithm, dry_run }))
    }
}

impl Encode for EncryptRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.field("Plaintext", &self.plaintext);
        to.optional("EncryptionContext", &self.encryption_context);
        to.optional("GrantTokens", &self.grant_tokens);
        to.optional("EncryptionAlgorithm", &self.encryption_algorithm);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncryptResponse<'a> {
    pub ciphertext_blob: Option<Blob<'a>>,
    pub key_id: Option<Cow<'a, str>>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
}

impl<'a> Decode<'a> for EncryptResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ciphertext_blob = None;
        let mut key_id = None;
        let mut encryption_algorithm = None;
        while let Some(found) = from.member(&mut open, const { &names(["CiphertextBlob", "KeyId", "EncryptionAlgorithm"]) })? {
            match &*found {
                "CiphertextBlob" => ciphertext_blob = from.blob()?,
                "KeyId" => key_id = from.string()?,
                "EncryptionAlgorithm" => encryption_algorithm = from.string()?,
                _ => from.skip()?,
            }
        }
        let encryption_algorithm = violations.enumeration(at, "EncryptionAlgorithm", encryption_algorithm);
        Ok(Some(EncryptResponse { ciphertext_blob, key_id, encryption_algorithm }))
    }
}

impl Encode for EncryptResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("CiphertextBlob", &self.ciphertext_blob);
        to.optional("KeyId", &self.key_id);
        to.optional("EncryptionAlgorithm", &self.encryption_algorithm);
        to.end_struct();
    }
}

enumeration! {
    EncryptionAlgorithmSpec "[SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]";
    SymmetricDefault = "SYMMETRIC_DEFAULT",
    RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
    RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
    Sm2pke = "SM2PKE",
}

enumeration! {
    ExpirationModelType "[KEY_MATERIAL_EXPIRES, KEY_MATERIAL_DOES_NOT_EXPIRE]";
    KeyMaterialExpires = "KEY_MATERIAL_EXPIRES",
    KeyMaterialDoesNotExpire = "KEY_MATERIAL_DOES_NOT_EXPIRE",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateDataKeyRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub encryption_context: Option<TextMap<'a>>,
    pub number_of_bytes: Option<i32>,
    pub key_spec: Option<DataKeySpec>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
    pub recipient: Option<RecipientInfo>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for GenerateDataKeyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut encryption_context = None;
        let mut number_of_bytes = None;
        let mut key_spec = None;
        let mut grant_tokens = None;
        let mut recipient = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec", "GrantTokens", "Recipient", "DryRun"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "EncryptionContext" => encryption_context = map(from, &Path::Member(at, "EncryptionContext"), violations, 1000)?,
                "NumberOfBytes" => number_of_bytes = from.integer()?,
                "KeySpec" => key_spec = from.string()?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                "Recipient" => recipient = RecipientInfo::decode(from, &Path::Member(at, "Recipient"), violations)?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.map(at, "EncryptionContext", &encryption_context, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        violations.integer(at, "NumberOfBytes", number_of_bytes, Range { min: Some(1), max: Some(1024) });
        let key_spec = violations.enumeration(at, "KeySpec", key_spec);
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        Ok(Some(GenerateDataKeyRequest { key_id, encryption_context, number_of_bytes, key_spec, grant_tokens, recipient, dry_run }))
    }
}

impl Encode for GenerateDataKeyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("EncryptionContext", &self.encryption_context);
        to.optional("NumberOfBytes", &self.number_of_bytes);
        to.optional("KeySpec", &self.key_spec);
        to.optional("GrantTokens", &self.grant_tokens);
        to.optional("Recipient", &self.recipient);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateDataKeyResponse<'a> {
    pub ciphertext_blob: Option<Blob<'a>>,
    pub plaintext: Option<Blob<'a>>,
    pub key_id: Option<Cow<'a, str>>,
    pub ciphertext_for_recipient: Option<Blob<'a>>,
    pub key_material_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GenerateDataKeyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ciphertext_blob = None;
        let mut plaintext = None;
        let mut key_id = None;
        let mut ciphertext_for_recipient = None;
        let mut key_material_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["CiphertextBlob", "Plaintext", "KeyId", "CiphertextForRecipient", "KeyMaterialId"]) })? {
            match &*found {
                "CiphertextBlob" => ciphertext_blob = from.blob()?,
                "Plaintext" => plaintext = from.blob()?,
                "KeyId" => key_id = from.string()?,
                "CiphertextForRecipient" => ciphertext_for_recipient = from.blob()?,
                "KeyMaterialId" => key_material_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GenerateDataKeyResponse { ciphertext_blob, plaintext, key_id, ciphertext_for_recipient, key_material_id }))
    }
}

impl Encode for GenerateDataKeyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("CiphertextBlob", &self.ciphertext_blob);
        to.optional("Plaintext", &self.plaintext);
        to.optional("KeyId", &self.key_id);
        to.optional("CiphertextForRecipient", &self.ciphertext_for_recipient);
        to.optional("KeyMaterialId", &self.key_material_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateDataKeyWithoutPlaintextRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub encryption_context: Option<TextMap<'a>>,
    pub key_spec: Option<DataKeySpec>,
    pub number_of_bytes: Option<i32>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for GenerateDataKeyWithoutPlaintextRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut encryption_context = None;
        let mut key_spec = None;
        let mut number_of_bytes = None;
        let mut grant_tokens = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "EncryptionContext", "KeySpec", "NumberOfBytes", "GrantTokens", "DryRun"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "EncryptionContext" => encryption_context = map(from, &Path::Member(at, "EncryptionContext"), violations, 1000)?,
                "KeySpec" => key_spec = from.string()?,
                "NumberOfBytes" => number_of_bytes = from.integer()?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.map(at, "EncryptionContext", &encryption_context, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        let key_spec = violations.enumeration(at, "KeySpec", key_spec);
        violations.integer(at, "NumberOfBytes", number_of_bytes, Range { min: Some(1), max: Some(1024) });
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        Ok(Some(GenerateDataKeyWithoutPlaintextRequest { key_id, encryption_context, key_spec, number_of_bytes, grant_tokens, dry_run }))
    }
}

impl Encode for GenerateDataKeyWithoutPlaintextRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("EncryptionContext", &self.encryption_context);
        to.optional("KeySpec", &self.key_spec);
        to.optional("NumberOfBytes", &self.number_of_bytes);
        to.optional("GrantTokens", &self.grant_tokens);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateDataKeyWithoutPlaintextResponse<'a> {
    pub ciphertext_blob: Option<Blob<'a>>,
    pub key_id: Option<Cow<'a, str>>,
    pub key_material_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GenerateDataKeyWithoutPlaintextResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ciphertext_blob = None;
        let mut key_id = None;
        let mut key_material_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["CiphertextBlob", "KeyId", "KeyMaterialId"]) })? {
            match &*found {
                "CiphertextBlob" => ciphertext_blob = from.blob()?,
                "KeyId" => key_id = from.string()?,
                "KeyMaterialId" => key_material_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GenerateDataKeyWithoutPlaintextResponse { ciphertext_blob, key_id, key_material_id }))
    }
}

impl Encode for GenerateDataKeyWithoutPlaintextResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("CiphertextBlob", &self.ciphertext_blob);
        to.optional("KeyId", &self.key_id);
        to.optional("KeyMaterialId", &self.key_material_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateRandomRequest<'a> {
    pub number_of_bytes: Option<i32>,
    pub custom_key_store_id: Option<Cow<'a, str>>,
    pub recipient: Option<RecipientInfo>,
}

impl<'a> Decode<'a> for GenerateRandomRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut number_of_bytes = None;
        let mut custom_key_store_id = None;
        let mut recipient = None;
        while let Some(found) = from.member(&mut open, const { &names(["NumberOfBytes", "CustomKeyStoreId", "Recipient"]) })? {
            match &*found {
                "NumberOfBytes" => number_of_bytes = from.integer()?,
                "CustomKeyStoreId" => custom_key_store_id = from.string()?,
                "Recipient" => recipient = RecipientInfo::decode(from, &Path::Member(at, "Recipient"), violations)?,
                _ => from.skip()?,
            }
        }
        violations.integer(at, "NumberOfBytes", number_of_bytes, Range { min: Some(1), max: Some(1024) });
        violations.string(at, "CustomKeyStoreId", &custom_key_store_id, &CUSTOM_KEY_STORE_ID_TYPE);
        Ok(Some(GenerateRandomRequest { number_of_bytes, custom_key_store_id, recipient }))
    }
}

impl Encode for GenerateRandomRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("NumberOfBytes", &self.number_of_bytes);
        to.optional("CustomKeyStoreId", &self.custom_key_store_id);
        to.optional("Recipient", &self.recipient);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateRandomResponse<'a> {
    pub plaintext: Option<Blob<'a>>,
    pub ciphertext_for_recipient: Option<Blob<'a>>,
}

impl<'a> Decode<'a> for GenerateRandomResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut plaintext = None;
        let mut ciphertext_for_recipient = None;
        while let Some(found) = from.member(&mut open, const { &names(["Plaintext", "CiphertextForRecipient"]) })? {
            match &*found {
                "Plaintext" => plaintext = from.blob()?,
                "CiphertextForRecipient" => ciphertext_for_recipient = from.blob()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GenerateRandomResponse { plaintext, ciphertext_for_recipient }))
    }
}

impl Encode for GenerateRandomResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Plaintext", &self.plaintext);
        to.optional("CiphertextForRecipient", &self.ciphertext_for_recipient);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetKeyPolicyRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub policy_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetKeyPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "PolicyName"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        Ok(Some(GetKeyPolicyRequest { key_id, policy_name }))
    }
}

impl Encode for GetKeyPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetKeyPolicyResponse<'a> {
    pub policy: Option<Cow<'a, str>>,
    pub policy_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetKeyPolicyResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy = None;
        let mut policy_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Policy", "PolicyName"]) })? {
            match &*found {
                "Policy" => policy = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetKeyPolicyResponse { policy, policy_name }))
    }
}

impl Encode for GetKeyPolicyResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Policy", &self.policy);
        to.optional("PolicyName", &self.policy_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetKeyRotationStatusRequest<'a> {
    pub key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetKeyRotationStatusRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        Ok(Some(GetKeyRotationStatusRequest { key_id }))
    }
}

impl Encode for GetKeyRotationStatusRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetKeyRotationStatusResponse<'a> {
    pub key_rotation_enabled: Option<bool>,
    pub key_id: Option<Cow<'a, str>>,
    pub rotation_period_in_days: Option<i32>,
    pub next_rotation_date: Option<Timestamp>,
    pub on_demand_rotation_start_date: Option<Timestamp>,
}

impl<'a> Decode<'a> for GetKeyRotationStatusResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_rotation_enabled = None;
        let mut key_id = None;
        let mut rotation_period_in_days = None;
        let mut next_rotation_date = None;
        let mut on_demand_rotation_start_date = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyRotationEnabled", "KeyId", "RotationPeriodInDays", "NextRotationDate", "OnDemandRotationStartDate"]) })? {
            match &*found {
                "KeyRotationEnabled" => key_rotation_enabled = from.boolean()?,
                "KeyId" => key_id = from.string()?,
                "RotationPeriodInDays" => rotation_period_in_days = from.integer()?,
                "NextRotationDate" => next_rotation_date = from.timestamp()?,
                "OnDemandRotationStartDate" => on_demand_rotation_start_date = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetKeyRotationStatusResponse { key_rotation_enabled, key_id, rotation_period_in_days, next_rotation_date, on_demand_rotation_start_date }))
    }
}

impl Encode for GetKeyRotationStatusResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyRotationEnabled", &self.key_rotation_enabled);
        to.optional("KeyId", &self.key_id);
        to.optional("RotationPeriodInDays", &self.rotation_period_in_days);
        to.optional("NextRotationDate", &self.next_rotation_date);
        to.optional("OnDemandRotationStartDate", &self.on_demand_rotation_start_date);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GrantConstraints<'a> {
    pub encryption_context_subset: Option<TextMap<'a>>,
    pub encryption_context_equals: Option<TextMap<'a>>,
    pub source_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GrantConstraints<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut encryption_context_subset = None;
        let mut encryption_context_equals = None;
        let mut source_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["EncryptionContextSubset", "EncryptionContextEquals", "SourceArn"]) })? {
            match &*found {
                "EncryptionContextSubset" => encryption_context_subset = map(from, &Path::Member(at, "EncryptionContextSubset"), violations, 1000)?,
                "EncryptionContextEquals" => encryption_context_equals = map(from, &Path::Member(at, "EncryptionContextEquals"), violations, 1000)?,
                "SourceArn" => source_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.map(at, "EncryptionContextSubset", &encryption_context_subset, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        violations.map(at, "EncryptionContextEquals", &encryption_context_equals, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        violations.string(at, "SourceArn", &source_arn, &GRANT_CONSTRAINT_SOURCE_ARN_TYPE);
        Ok(Some(GrantConstraints { encryption_context_subset, encryption_context_equals, source_arn }))
    }
}

impl Encode for GrantConstraints<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("EncryptionContextSubset", &self.encryption_context_subset);
        to.optional("EncryptionContextEquals", &self.encryption_context_equals);
        to.optional("SourceArn", &self.source_arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GrantListEntry<'a> {
    pub key_id: Option<Cow<'a, str>>,
    pub grant_id: Option<Cow<'a, str>>,
    pub name: Option<Cow<'a, str>>,
    pub creation_date: Option<Timestamp>,
    pub grantee_principal: Option<Cow<'a, str>>,
    pub retiring_principal: Option<Cow<'a, str>>,
    pub issuing_account: Option<Cow<'a, str>>,
    pub operations: Option<Vec<GrantOperation>>,
    pub constraints: Option<GrantConstraints<'a>>,
    pub grantee_service_principal: Option<Cow<'a, str>>,
    pub retiring_service_principal: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GrantListEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut grant_id = None;
        let mut name = None;
        let mut creation_date = None;
        let mut grantee_principal = None;
        let mut retiring_principal = None;
        let mut issuing_account = None;
        let mut operations = None;
        let mut constraints = None;
        let mut grantee_service_principal = None;
        let mut retiring_service_principal = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "GrantId", "Name", "CreationDate", "GranteePrincipal", "RetiringPrincipal", "IssuingAccount", "Operations", "Constraints", "GranteeServicePrincipal", "RetiringServicePrincipal"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "GrantId" => grant_id = from.string()?,
                "Name" => name = from.string()?,
                "CreationDate" => creation_date = from.timestamp()?,
                "GranteePrincipal" => grantee_principal = from.string()?,
                "RetiringPrincipal" => retiring_principal = from.string()?,
                "IssuingAccount" => issuing_account = from.string()?,
                "Operations" => operations = list(from, &Path::Member(at, "Operations"), violations, usize::MAX)?,
                "Constraints" => constraints = GrantConstraints::decode(from, &Path::Member(at, "Constraints"), violations)?,
                "GranteeServicePrincipal" => grantee_service_principal = from.string()?,
                "RetiringServicePrincipal" => retiring_service_principal = from.string()?,
                _ => from.skip()?,
            }
        }
        let operations = violations.enumerations(at, "Operations", operations, Range { min: None, max: None });
        Ok(Some(GrantListEntry { key_id, grant_id, name, creation_date, grantee_principal, retiring_principal, issuing_account, operations, constraints, grantee_service_principal, retiring_service_principal }))
    }
}

impl Encode for GrantListEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.optional("GrantId", &self.grant_id);
        to.optional("Name", &self.name);
        to.optional("CreationDate", &self.creation_date);
        to.optional("GranteePrincipal", &self.grantee_principal);
        to.optional("RetiringPrincipal", &self.retiring_principal);
        to.optional("IssuingAccount", &self.issuing_account);
        to.optional("Operations", &self.operations);
        to.optional("Constraints", &self.constraints);
        to.optional("GranteeServicePrincipal", &self.grantee_service_principal);
        to.optional("RetiringServicePrincipal", &self.retiring_service_principal);
        to.end_struct();
    }
}

enumeration! {
    GrantOperation "[Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncryptFrom, ReEncryptTo, Sign, Verify, GetPublicKey, CreateGrant, RetireGrant, DescribeKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, GenerateMac, VerifyMac, DeriveSharedSecret, Encapsulate, Decapsulate]";
    Decrypt = "Decrypt",
    Encrypt = "Encrypt",
    GenerateDataKey = "GenerateDataKey",
    GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext",
    ReEncryptFrom = "ReEncryptFrom",
    ReEncryptTo = "ReEncryptTo",
    Sign = "Sign",
    Verify = "Verify",
    GetPublicKey = "GetPublicKey",
    CreateGrant = "CreateGrant",
    RetireGrant = "RetireGrant",
    DescribeKey = "DescribeKey",
    GenerateDataKeyPair = "GenerateDataKeyPair",
    GenerateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext",
    GenerateMac = "GenerateMac",
    VerifyMac = "VerifyMac",
    DeriveSharedSecret = "DeriveSharedSecret",
    Encapsulate = "Encapsulate",
    Decapsulate = "Decapsulate",
}

enumeration! {
    ImportState "[IMPORTED, PENDING_IMPORT]";
    Imported = "IMPORTED",
    PendingImport = "PENDING_IMPORT",
}

enumeration! {
    IncludeKeyMaterial "[ALL_KEY_MATERIAL, ROTATIONS_ONLY]";
    AllKeyMaterial = "ALL_KEY_MATERIAL",
    RotationsOnly = "ROTATIONS_ONLY",
}

enumeration! {
    KeyAgreementAlgorithmSpec "[ECDH]";
    Ecdh = "ECDH",
}

enumeration! {
    KeyEncryptionMechanism "[RSAES_OAEP_SHA_256]";
    RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyListEntry<'a> {
    pub key_id: Option<Cow<'a, str>>,
    pub key_arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for KeyListEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut key_arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "KeyArn"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "KeyArn" => key_arn = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(KeyListEntry { key_id, key_arn }))
    }
}

impl Encode for KeyListEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.optional("KeyArn", &self.key_arn);
        to.end_struct();
    }
}

enumeration! {
    KeyManagerType "[AWS, CUSTOMER]";
    Aws = "AWS",
    Customer = "CUSTOMER",
}

enumeration! {
    KeyMaterialState "[NON_CURRENT, CURRENT, PENDING_ROTATION, PENDING_MULTI_REGION_IMPORT_AND_ROTATION]";
    NonCurrent = "NON_CURRENT",
    Current = "CURRENT",
    PendingRotation = "PENDING_ROTATION",
    PendingMultiRegionImportAndRotation = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyMetadata<'a> {
    pub aws_account_id: Option<Cow<'a, str>>,
    pub key_id: Cow<'a, str>,
    pub arn: Option<Cow<'a, str>>,
    pub creation_date: Option<Timestamp>,
    pub enabled: Option<bool>,
    pub description: Option<Cow<'a, str>>,
    pub key_usage: Option<KeyUsageType>,
    pub key_state: Option<KeyState>,
    pub deletion_date: Option<Timestamp>,
    pub valid_to: Option<Timestamp>,
    pub origin: Option<OriginType>,
    pub custom_key_store_id: Option<Cow<'a, str>>,
    pub cloud_hsm_cluster_id: Option<Cow<'a, str>>,
    pub expiration_model: Option<ExpirationModelType>,
    pub key_manager: Option<KeyManagerType>,
    pub customer_master_key_spec: Option<CustomerMasterKeySpec>,
    pub key_spec: Option<KeySpec>,
    pub encryption_algorithms: Option<Vec<EncryptionAlgorithmSpec>>,
    pub signing_algorithms: Option<Vec<SigningAlgorithmSpec>>,
    pub key_agreement_algorithms: Option<Vec<KeyAgreementAlgorithmSpec>>,
    pub encapsulation_algorithms: Option<Vec<EncapsulationAlgorithmSpec>>,
    pub multi_region: Option<bool>,
    pub multi_region_configuration: Option<MultiRegionConfiguration<'a>>,
    pub pending_deletion_window_in_days: Option<i32>,
    pub mac_algorithms: Option<Vec<MacAlgorithmSpec>>,
    pub xks_key_configuration: Option<XksKeyConfigurationType<'a>>,
    pub current_key_material_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for KeyMetadata<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut aws_account_id = None;
        let mut key_id = None;
        let mut arn = None;
        let mut creation_date = None;
        let mut enabled = None;
        let mut description = None;
        let mut key_usage = None;
        let mut key_state = None;
        let mut deletion_date = None;
        let mut valid_to = None;
        let mut origin = None;
        let mut custom_key_store_id = None;
        let mut cloud_hsm_cluster_id = None;
        let mut expiration_model = None;
        let mut key_manager = None;
        let mut customer_master_key_spec = None;
        let mut key_spec = None;
        let mut encryption_algorithms = None;
        let mut signing_algorithms = None;
        let mut key_agreement_algorithms = None;
        let mut encapsulation_algorithms = None;
        let mut multi_region = None;
        let mut multi_region_configuration = None;
        let mut pending_deletion_window_in_days = None;
        let mut mac_algorithms = None;
        let mut xks_key_configuration = None;
        let mut current_key_material_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["AWSAccountId", "KeyId", "Arn", "CreationDate", "Enabled", "Description", "KeyUsage", "KeyState", "DeletionDate", "ValidTo", "Origin", "CustomKeyStoreId", "CloudHsmClusterId", "ExpirationModel", "KeyManager", "CustomerMasterKeySpec", "KeySpec", "EncryptionAlgorithms", "SigningAlgorithms", "KeyAgreementAlgorithms", "EncapsulationAlgorithms", "MultiRegion", "MultiRegionConfiguration", "PendingDeletionWindowInDays", "MacAlgorithms", "XksKeyConfiguration", "CurrentKeyMaterialId"]) })? {
            match &*found {
                "AWSAccountId" => aws_account_id = from.string()?,
                "KeyId" => key_id = from.string()?,
                "Arn" => arn = from.string()?,
                "CreationDate" => creation_date = from.timestamp()?,
                "Enabled" => enabled = from.boolean()?,
                "Description" => description = from.string()?,
                "KeyUsage" => key_usage = from.string()?,
                "KeyState" => key_state = from.string()?,
                "DeletionDate" => deletion_date = from.timestamp()?,
                "ValidTo" => valid_to = from.timestamp()?,
                "Origin" => origin = from.string()?,
                "CustomKeyStoreId" => custom_key_store_id = from.string()?,
                "CloudHsmClusterId" => cloud_hsm_cluster_id = from.string()?,
                "ExpirationModel" => expiration_model = from.string()?,
                "KeyManager" => key_manager = from.string()?,
                "CustomerMasterKeySpec" => customer_master_key_spec = from.string()?,
                "KeySpec" => key_spec = from.string()?,
                "EncryptionAlgorithms" => encryption_algorithms = list(from, &Path::Member(at, "EncryptionAlgorithms"), violations, usize::MAX)?,
                "SigningAlgorithms" => signing_algorithms = list(from, &Path::Member(at, "SigningAlgorithms"), violations, usize::MAX)?,
                "KeyAgreementAlgorithms" => key_agreement_algorithms = list(from, &Path::Member(at, "KeyAgreementAlgorithms"), violations, usize::MAX)?,
                "EncapsulationAlgorithms" => encapsulation_algorithms = list(from, &Path::Member(at, "EncapsulationAlgorithms"), violations, usize::MAX)?,
                "MultiRegion" => multi_region = from.boolean()?,
                "MultiRegionConfiguration" => multi_region_configuration = MultiRegionConfiguration::decode(from, &Path::Member(at, "MultiRegionConfiguration"), violations)?,
                "PendingDeletionWindowInDays" => pending_deletion_window_in_days = from.integer()?,
                "MacAlgorithms" => mac_algorithms = list(from, &Path::Member(at, "MacAlgorithms"), violations, usize::MAX)?,
                "XksKeyConfiguration" => xks_key_configuration = XksKeyConfigurationType::decode(from, &Path::Member(at, "XksKeyConfiguration"), violations)?,
                "CurrentKeyMaterialId" => current_key_material_id = from.string()?,
                _ => from.skip()?,
            }
        }
        let key_id = violations.required(at, "KeyId", key_id);
        let key_usage = violations.enumeration(at, "KeyUsage", key_usage);
        let key_state = violations.enumeration(at, "KeyState", key_state);
        let origin = violations.enumeration(at, "Origin", origin);
        let expiration_model = violations.enumeration(at, "ExpirationModel", expiration_model);
        let key_manager = violations.enumeration(at, "KeyManager", key_manager);
        let customer_master_key_spec = violations.enumeration(at, "CustomerMasterKeySpec", customer_master_key_spec);
        let key_spec = violations.enumeration(at, "KeySpec", key_spec);
        let encryption_algorithms = violations.enumerations(at, "EncryptionAlgorithms", encryption_algorithms, Range { min: None, max: None });
        let signing_algorithms = violations.enumerations(at, "SigningAlgorithms", signing_algorithms, Range { min: None, max: None });
        let key_agreement_algorithms = violations.enumerations(at, "KeyAgreementAlgorithms", key_agreement_algorithms, Range { min: None, max: None });
        let encapsulation_algorithms = violations.enumerations(at, "EncapsulationAlgorithms", encapsulation_algorithms, Range { min: None, max: None });
        let mac_algorithms = violations.enumerations(at, "MacAlgorithms", mac_algorithms, Range { min: None, max: None });
        Ok(Some(KeyMetadata { aws_account_id, key_id, arn, creation_date, enabled, description, key_usage, key_state, deletion_date, valid_to, origin, custom_key_store_id, cloud_hsm_cluster_id, expiration_model, key_manager, customer_master_key_spec, key_spec, encryption_algorithms, signing_algorithms, key_agreement_algorithms, encapsulation_algorithms, multi_region, multi_region_configuration, pending_deletion_window_in_days, mac_algorithms, xks_key_configuration, current_key_material_id }))
    }
}

impl Encode for KeyMetadata<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("AWSAccountId", &self.aws_account_id);
        to.field("KeyId", &self.key_id);
        to.optional("Arn", &self.arn);
        to.optional("CreationDate", &self.creation_date);
        to.optional("Enabled", &self.enabled);
        to.optional("Description", &self.description);
        to.optional("KeyUsage", &self.key_usage);
        to.optional("KeyState", &self.key_state);
        to.optional("DeletionDate", &self.deletion_date);
        to.optional("ValidTo", &self.valid_to);
        to.optional("Origin", &self.origin);
        to.optional("CustomKeyStoreId", &self.custom_key_store_id);
        to.optional("CloudHsmClusterId", &self.cloud_hsm_cluster_id);
        to.optional("ExpirationModel", &self.expiration_model);
        to.optional("KeyManager", &self.key_manager);
        to.optional("CustomerMasterKeySpec", &self.customer_master_key_spec);
        to.optional("KeySpec", &self.key_spec);
        to.optional("EncryptionAlgorithms", &self.encryption_algorithms);
        to.optional("SigningAlgorithms", &self.signing_algorithms);
        to.optional("KeyAgreementAlgorithms", &self.key_agreement_algorithms);
        to.optional("EncapsulationAlgorithms", &self.encapsulation_algorithms);
        to.optional("MultiRegion", &self.multi_region);
        to.optional("MultiRegionConfiguration", &self.multi_region_configuration);
        to.optional("PendingDeletionWindowInDays", &self.pending_deletion_window_in_days);
        to.optional("MacAlgorithms", &self.mac_algorithms);
        to.optional("XksKeyConfiguration", &self.xks_key_configuration);
        to.optional("CurrentKeyMaterialId", &self.current_key_material_id);
        to.end_struct();
    }
}

enumeration! {
    KeySpec "[RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87, ECC_NIST_EDWARDS25519, ML_KEM_512, ML_KEM_768, ML_KEM_1024]";
    Rsa2048 = "RSA_2048",
    Rsa3072 = "RSA_3072",
    Rsa4096 = "RSA_4096",
    EccNistP256 = "ECC_NIST_P256",
    EccNistP384 = "ECC_NIST_P384",
    EccNistP521 = "ECC_NIST_P521",
    EccSecgP256k1 = "ECC_SECG_P256K1",
    SymmetricDefault = "SYMMETRIC_DEFAULT",
    Hmac224 = "HMAC_224",
    Hmac256 = "HMAC_256",
    Hmac384 = "HMAC_384",
    Hmac512 = "HMAC_512",
    Sm2 = "SM2",
    MlDsa44 = "ML_DSA_44",
    MlDsa65 = "ML_DSA_65",
    MlDsa87 = "ML_DSA_87",
    EccNistEdwards25519 = "ECC_NIST_EDWARDS25519",
    MlKem512 = "ML_KEM_512",
    MlKem768 = "ML_KEM_768",
    MlKem1024 = "ML_KEM_1024",
}

enumeration! {
    KeyState "[Creating, Enabled, Disabled, PendingDeletion, PendingImport, PendingReplicaDeletion, Unavailable, Updating]";
    Creating = "Creating",
    Enabled = "Enabled",
    Disabled = "Disabled",
    PendingDeletion = "PendingDeletion",
    PendingImport = "PendingImport",
    PendingReplicaDeletion = "PendingReplicaDeletion",
    Unavailable = "Unavailable",
    Updating = "Updating",
}

enumeration! {
    KeyUsageType "[SIGN_VERIFY, ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, KEY_AGREEMENT, ENCAPSULATE_DECAPSULATE]";
    SignVerify = "SIGN_VERIFY",
    EncryptDecrypt = "ENCRYPT_DECRYPT",
    GenerateVerifyMac = "GENERATE_VERIFY_MAC",
    KeyAgreement = "KEY_AGREEMENT",
    EncapsulateDecapsulate = "ENCAPSULATE_DECAPSULATE",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAliasesRequest<'a> {
    pub key_id: Option<Cow<'a, str>>,
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListAliasesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut limit = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Limit", "Marker"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        Ok(Some(ListAliasesRequest { key_id, limit, marker }))
    }
}

impl Encode for ListAliasesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListAliasesResponse<'a> {
    pub aliases: Option<Vec<AliasListEntry<'a>>>,
    pub next_marker: Option<Cow<'a, str>>,
    pub truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListAliasesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut aliases = None;
        let mut next_marker = None;
        let mut truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["Aliases", "NextMarker", "Truncated"]) })? {
            match &*found {
                "Aliases" => aliases = list(from, &Path::Member(at, "Aliases"), violations, usize::MAX)?,
                "NextMarker" => next_marker = from.string()?,
                "Truncated" => truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListAliasesResponse { aliases, next_marker, truncated }))
    }
}

impl Encode for ListAliasesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Aliases", &self.aliases);
        to.optional("NextMarker", &self.next_marker);
        to.optional("Truncated", &self.truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGrantsRequest<'a> {
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
    pub key_id: Cow<'a, str>,
    pub grant_id: Option<Cow<'a, str>>,
    pub grantee_principal: Option<Cow<'a, str>>,
    pub grantee_service_principal: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListGrantsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut limit = None;
        let mut marker = None;
        let mut key_id = None;
        let mut grant_id = None;
        let mut grantee_principal = None;
        let mut grantee_service_principal = None;
        while let Some(found) = from.member(&mut open, const { &names(["Limit", "Marker", "KeyId", "GrantId", "GranteePrincipal", "GranteeServicePrincipal"]) })? {
            match &*found {
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                "KeyId" => key_id = from.string()?,
                "GrantId" => grant_id = from.string()?,
                "GranteePrincipal" => grantee_principal = from.string()?,
                "GranteeServicePrincipal" => grantee_service_principal = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "GrantId", &grant_id, &GRANT_ID_TYPE);
        violations.string(at, "GranteePrincipal", &grantee_principal, &PRINCIPAL_ID_TYPE);
        violations.string(at, "GranteeServicePrincipal", &grantee_service_principal, &SERVICE_PRINCIPAL_TYPE);
        Ok(Some(ListGrantsRequest { limit, marker, key_id, grant_id, grantee_principal, grantee_service_principal }))
    }
}

impl Encode for ListGrantsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.field("KeyId", &self.key_id);
        to.optional("GrantId", &self.grant_id);
        to.optional("GranteePrincipal", &self.grantee_principal);
        to.optional("GranteeServicePrincipal", &self.grantee_service_principal);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGrantsResponse<'a> {
    pub grants: Option<Vec<GrantListEntry<'a>>>,
    pub next_marker: Option<Cow<'a, str>>,
    pub truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListGrantsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut grants = None;
        let mut next_marker = None;
        let mut truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["Grants", "NextMarker", "Truncated"]) })? {
            match &*found {
                "Grants" => grants = list(from, &Path::Member(at, "Grants"), violations, usize::MAX)?,
                "NextMarker" => next_marker = from.string()?,
                "Truncated" => truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListGrantsResponse { grants, next_marker, truncated }))
    }
}

impl Encode for ListGrantsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Grants", &self.grants);
        to.optional("NextMarker", &self.next_marker);
        to.optional("Truncated", &self.truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListKeyPoliciesRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListKeyPoliciesRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut limit = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Limit", "Marker"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        Ok(Some(ListKeyPoliciesRequest { key_id, limit, marker }))
    }
}

impl Encode for ListKeyPoliciesRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListKeyPoliciesResponse<'a> {
    pub policy_names: Option<Vec<Cow<'a, str>>>,
    pub next_marker: Option<Cow<'a, str>>,
    pub truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListKeyPoliciesResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut policy_names = None;
        let mut next_marker = None;
        let mut truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["PolicyNames", "NextMarker", "Truncated"]) })? {
            match &*found {
                "PolicyNames" => policy_names = list(from, &Path::Member(at, "PolicyNames"), violations, usize::MAX)?,
                "NextMarker" => next_marker = from.string()?,
                "Truncated" => truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListKeyPoliciesResponse { policy_names, next_marker, truncated }))
    }
}

impl Encode for ListKeyPoliciesResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PolicyNames", &self.policy_names);
        to.optional("NextMarker", &self.next_marker);
        to.optional("Truncated", &self.truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListKeyRotationsRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub include_key_material: Option<IncludeKeyMaterial>,
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListKeyRotationsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut include_key_material = None;
        let mut limit = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "IncludeKeyMaterial", "Limit", "Marker"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "IncludeKeyMaterial" => include_key_material = from.string()?,
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        let include_key_material = violations.enumeration(at, "IncludeKeyMaterial", include_key_material);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        Ok(Some(ListKeyRotationsRequest { key_id, include_key_material, limit, marker }))
    }
}

impl Encode for ListKeyRotationsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("IncludeKeyMaterial", &self.include_key_material);
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListKeyRotationsResponse<'a> {
    pub rotations: Option<Vec<RotationsListEntry<'a>>>,
    pub next_marker: Option<Cow<'a, str>>,
    pub truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListKeyRotationsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut rotations = None;
        let mut next_marker = None;
        let mut truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["Rotations", "NextMarker", "Truncated"]) })? {
            match &*found {
                "Rotations" => rotations = list(from, &Path::Member(at, "Rotations"), violations, usize::MAX)?,
                "NextMarker" => next_marker = from.string()?,
                "Truncated" => truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListKeyRotationsResponse { rotations, next_marker, truncated }))
    }
}

impl Encode for ListKeyRotationsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Rotations", &self.rotations);
        to.optional("NextMarker", &self.next_marker);
        to.optional("Truncated", &self.truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListKeysRequest<'a> {
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
    pub resource_owners: Option<Vec<ResourceOwnerType>>,
}

impl<'a> Decode<'a> for ListKeysRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut limit = None;
        let mut marker = None;
        let mut resource_owners = None;
        while let Some(found) = from.member(&mut open, const { &names(["Limit", "Marker", "ResourceOwners"]) })? {
            match &*found {
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                "ResourceOwners" => resource_owners = list(from, &Path::Member(at, "ResourceOwners"), violations, 2)?,
                _ => from.skip()?,
            }
        }
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        let resource_owners = violations.enumerations(at, "ResourceOwners", resource_owners, Range { min: Some(1), max: Some(2) });
        Ok(Some(ListKeysRequest { limit, marker, resource_owners }))
    }
}

impl Encode for ListKeysRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.optional("ResourceOwners", &self.resource_owners);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListKeysResponse<'a> {
    pub keys: Option<Vec<KeyListEntry<'a>>>,
    pub next_marker: Option<Cow<'a, str>>,
    pub truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListKeysResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut keys = None;
        let mut next_marker = None;
        let mut truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["Keys", "NextMarker", "Truncated"]) })? {
            match &*found {
                "Keys" => keys = list(from, &Path::Member(at, "Keys"), violations, usize::MAX)?,
                "NextMarker" => next_marker = from.string()?,
                "Truncated" => truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListKeysResponse { keys, next_marker, truncated }))
    }
}

impl Encode for ListKeysResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Keys", &self.keys);
        to.optional("NextMarker", &self.next_marker);
        to.optional("Truncated", &self.truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListResourceTagsRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListResourceTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut limit = None;
        let mut marker = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Limit", "Marker"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        Ok(Some(ListResourceTagsRequest { key_id, limit, marker }))
    }
}

impl Encode for ListResourceTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListResourceTagsResponse<'a> {
    pub tags: Option<Vec<Tag<'a>>>,
    pub next_marker: Option<Cow<'a, str>>,
    pub truncated: Option<bool>,
}

impl<'a> Decode<'a> for ListResourceTagsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tags = None;
        let mut next_marker = None;
        let mut truncated = None;
        while let Some(found) = from.member(&mut open, const { &names(["Tags", "NextMarker", "Truncated"]) })? {
            match &*found {
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, usize::MAX)?,
                "NextMarker" => next_marker = from.string()?,
                "Truncated" => truncated = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListResourceTagsResponse { tags, next_marker, truncated }))
    }
}

impl Encode for ListResourceTagsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Tags", &self.tags);
        to.optional("NextMarker", &self.next_marker);
        to.optional("Truncated", &self.truncated);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListRetirableGrantsRequest<'a> {
    pub limit: Option<i32>,
    pub marker: Option<Cow<'a, str>>,
    pub retiring_principal: Option<Cow<'a, str>>,
    pub retiring_service_principal: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListRetirableGrantsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut limit = None;
        let mut marker = None;
        let mut retiring_principal = None;
        let mut retiring_service_principal = None;
        while let Some(found) = from.member(&mut open, const { &names(["Limit", "Marker", "RetiringPrincipal", "RetiringServicePrincipal"]) })? {
            match &*found {
                "Limit" => limit = from.integer()?,
                "Marker" => marker = from.string()?,
                "RetiringPrincipal" => retiring_principal = from.string()?,
                "RetiringServicePrincipal" => retiring_service_principal = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.integer(at, "Limit", limit, Range { min: Some(1), max: Some(1000) });
        violations.string(at, "Marker", &marker, &MARKER_TYPE);
        violations.string(at, "RetiringPrincipal", &retiring_principal, &PRINCIPAL_ID_TYPE);
        violations.string(at, "RetiringServicePrincipal", &retiring_service_principal, &SERVICE_PRINCIPAL_TYPE);
        Ok(Some(ListRetirableGrantsRequest { limit, marker, retiring_principal, retiring_service_principal }))
    }
}

impl Encode for ListRetirableGrantsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Limit", &self.limit);
        to.optional("Marker", &self.marker);
        to.optional("RetiringPrincipal", &self.retiring_principal);
        to.optional("RetiringServicePrincipal", &self.retiring_service_principal);
        to.end_struct();
    }
}

enumeration! {
    MacAlgorithmSpec "[HMAC_SHA_224, HMAC_SHA_256, HMAC_SHA_384, HMAC_SHA_512]";
    HmacSha224 = "HMAC_SHA_224",
    HmacSha256 = "HMAC_SHA_256",
    HmacSha384 = "HMAC_SHA_384",
    HmacSha512 = "HMAC_SHA_512",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiRegionConfiguration<'a> {
    pub multi_region_key_type: Option<MultiRegionKeyType>,
    pub primary_key: Option<MultiRegionKey<'a>>,
    pub replica_keys: Option<Vec<MultiRegionKey<'a>>>,
}

impl<'a> Decode<'a> for MultiRegionConfiguration<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut multi_region_key_type = None;
        let mut primary_key = None;
        let mut replica_keys = None;
        while let Some(found) = from.member(&mut open, const { &names(["MultiRegionKeyType", "PrimaryKey", "ReplicaKeys"]) })? {
            match &*found {
                "MultiRegionKeyType" => multi_region_key_type = from.string()?,
                "PrimaryKey" => primary_key = MultiRegionKey::decode(from, &Path::Member(at, "PrimaryKey"), violations)?,
                "ReplicaKeys" => replica_keys = list(from, &Path::Member(at, "ReplicaKeys"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let multi_region_key_type = violations.enumeration(at, "MultiRegionKeyType", multi_region_key_type);
        Ok(Some(MultiRegionConfiguration { multi_region_key_type, primary_key, replica_keys }))
    }
}

impl Encode for MultiRegionConfiguration<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("MultiRegionKeyType", &self.multi_region_key_type);
        to.optional("PrimaryKey", &self.primary_key);
        to.optional("ReplicaKeys", &self.replica_keys);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiRegionKey<'a> {
    pub arn: Option<Cow<'a, str>>,
    pub region: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for MultiRegionKey<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut arn = None;
        let mut region = None;
        while let Some(found) = from.member(&mut open, const { &names(["Arn", "Region"]) })? {
            match &*found {
                "Arn" => arn = from.string()?,
                "Region" => region = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(MultiRegionKey { arn, region }))
    }
}

impl Encode for MultiRegionKey<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Arn", &self.arn);
        to.optional("Region", &self.region);
        to.end_struct();
    }
}

enumeration! {
    MultiRegionKeyType "[PRIMARY, REPLICA]";
    Primary = "PRIMARY",
    Replica = "REPLICA",
}

enumeration! {
    OriginType "[AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE]";
    AwsKms = "AWS_KMS",
    External = "EXTERNAL",
    AwsCloudhsm = "AWS_CLOUDHSM",
    ExternalKeyStore = "EXTERNAL_KEY_STORE",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutKeyPolicyRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub policy_name: Option<Cow<'a, str>>,
    pub policy: Cow<'a, str>,
    pub bypass_policy_lockout_safety_check: Option<bool>,
}

impl<'a> Decode<'a> for PutKeyPolicyRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut policy_name = None;
        let mut policy = None;
        let mut bypass_policy_lockout_safety_check = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "PolicyName" => policy_name = from.string()?,
                "Policy" => policy = from.string()?,
                "BypassPolicyLockoutSafetyCheck" => bypass_policy_lockout_safety_check = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "PolicyName", &policy_name, &POLICY_NAME_TYPE);
        violations.string(at, "Policy", &policy, &POLICY_TYPE);
        let policy = violations.required(at, "Policy", policy);
        Ok(Some(PutKeyPolicyRequest { key_id, policy_name, policy, bypass_policy_lockout_safety_check }))
    }
}

impl Encode for PutKeyPolicyRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("PolicyName", &self.policy_name);
        to.field("Policy", &self.policy);
        to.optional("BypassPolicyLockoutSafetyCheck", &self.bypass_policy_lockout_safety_check);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReEncryptRequest<'a> {
    pub ciphertext_blob: Option<Blob<'a>>,
    pub source_encryption_context: Option<TextMap<'a>>,
    pub source_key_id: Option<Cow<'a, str>>,
    pub destination_key_id: Cow<'a, str>,
    pub destination_encryption_context: Option<TextMap<'a>>,
    pub source_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub destination_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub grant_tokens: Option<Vec<Cow<'a, str>>>,
    pub dry_run: Option<bool>,
    pub dry_run_modifiers: Option<Vec<DryRunModifierType>>,
}

impl<'a> Decode<'a> for ReEncryptRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ciphertext_blob = None;
        let mut source_encryption_context = None;
        let mut source_key_id = None;
        let mut destination_key_id = None;
        let mut destination_encryption_context = None;
        let mut source_encryption_algorithm = None;
        let mut destination_encryption_algorithm = None;
        let mut grant_tokens = None;
        let mut dry_run = None;
        let mut dry_run_modifiers = None;
        while let Some(found) = from.member(&mut open, const { &names(["CiphertextBlob", "SourceEncryptionContext", "SourceKeyId", "DestinationKeyId", "DestinationEncryptionContext", "SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm", "GrantTokens", "DryRun", "DryRunModifiers"]) })? {
            match &*found {
                "CiphertextBlob" => ciphertext_blob = from.blob()?,
                "SourceEncryptionContext" => source_encryption_context = map(from, &Path::Member(at, "SourceEncryptionContext"), violations, 1000)?,
                "SourceKeyId" => source_key_id = from.string()?,
                "DestinationKeyId" => destination_key_id = from.string()?,
                "DestinationEncryptionContext" => destination_encryption_context = map(from, &Path::Member(at, "DestinationEncryptionContext"), violations, 1000)?,
                "SourceEncryptionAlgorithm" => source_encryption_algorithm = from.string()?,
                "DestinationEncryptionAlgorithm" => destination_encryption_algorithm = from.string()?,
                "GrantTokens" => grant_tokens = list(from, &Path::Member(at, "GrantTokens"), violations, 10)?,
                "DryRun" => dry_run = from.boolean()?,
                "DryRunModifiers" => dry_run_modifiers = list(from, &Path::Member(at, "DryRunModifiers"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.blob(at, "CiphertextBlob", &ciphertext_blob, Range { min: Some(1), max: Some(6144) });
        violations.map(at, "SourceEncryptionContext", &source_encryption_context, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        violations.string(at, "SourceKeyId", &source_key_id, &KEY_ID_TYPE);
        violations.string(at, "DestinationKeyId", &destination_key_id, &KEY_ID_TYPE);
        let destination_key_id = violations.required(at, "DestinationKeyId", destination_key_id);
        violations.map(at, "DestinationEncryptionContext", &destination_encryption_context, Range { min: None, max: Some(1000) }, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE);
        let source_encryption_algorithm = violations.enumeration(at, "SourceEncryptionAlgorithm", source_encryption_algorithm);
        let destination_encryption_algorithm = violations.enumeration(at, "DestinationEncryptionAlgorithm", destination_encryption_algorithm);
        violations.strings(at, "GrantTokens", &grant_tokens, Range { min: Some(0), max: Some(10) }, &GRANT_TOKEN_TYPE);
        let dry_run_modifiers = violations.enumerations(at, "DryRunModifiers", dry_run_modifiers, Range { min: None, max: Some(1000) });
        Ok(Some(ReEncryptRequest { ciphertext_blob, source_encryption_context, source_key_id, destination_key_id, destination_encryption_context, source_encryption_algorithm, destination_encryption_algorithm, grant_tokens, dry_run, dry_run_modifiers }))
    }
}

impl Encode for ReEncryptRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("CiphertextBlob", &self.ciphertext_blob);
        to.optional("SourceEncryptionContext", &self.source_encryption_context);
        to.optional("SourceKeyId", &self.source_key_id);
        to.field("DestinationKeyId", &self.destination_key_id);
        to.optional("DestinationEncryptionContext", &self.destination_encryption_context);
        to.optional("SourceEncryptionAlgorithm", &self.source_encryption_algorithm);
        to.optional("DestinationEncryptionAlgorithm", &self.destination_encryption_algorithm);
        to.optional("GrantTokens", &self.grant_tokens);
        to.optional("DryRun", &self.dry_run);
        to.optional("DryRunModifiers", &self.dry_run_modifiers);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReEncryptResponse<'a> {
    pub ciphertext_blob: Option<Blob<'a>>,
    pub source_key_id: Option<Cow<'a, str>>,
    pub key_id: Option<Cow<'a, str>>,
    pub source_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub destination_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub source_key_material_id: Option<Cow<'a, str>>,
    pub destination_key_material_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ReEncryptResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut ciphertext_blob = None;
        let mut source_key_id = None;
        let mut key_id = None;
        let mut source_encryption_algorithm = None;
        let mut destination_encryption_algorithm = None;
        let mut source_key_material_id = None;
        let mut destination_key_material_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["CiphertextBlob", "SourceKeyId", "KeyId", "SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm", "SourceKeyMaterialId", "DestinationKeyMaterialId"]) })? {
            match &*found {
                "CiphertextBlob" => ciphertext_blob = from.blob()?,
                "SourceKeyId" => source_key_id = from.string()?,
                "KeyId" => key_id = from.string()?,
                "SourceEncryptionAlgorithm" => source_encryption_algorithm = from.string()?,
                "DestinationEncryptionAlgorithm" => destination_encryption_algorithm = from.string()?,
                "SourceKeyMaterialId" => source_key_material_id = from.string()?,
                "DestinationKeyMaterialId" => destination_key_material_id = from.string()?,
                _ => from.skip()?,
            }
        }
        let source_encryption_algorithm = violations.enumeration(at, "SourceEncryptionAlgorithm", source_encryption_algorithm);
        let destination_encryption_algorithm = violations.enumeration(at, "DestinationEncryptionAlgorithm", destination_encryption_algorithm);
        Ok(Some(ReEncryptResponse { ciphertext_blob, source_key_id, key_id, source_encryption_algorithm, destination_encryption_algorithm, source_key_material_id, destination_key_material_id }))
    }
}

impl Encode for ReEncryptResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("CiphertextBlob", &self.ciphertext_blob);
        to.optional("SourceKeyId", &self.source_key_id);
        to.optional("KeyId", &self.key_id);
        to.optional("SourceEncryptionAlgorithm", &self.source_encryption_algorithm);
        to.optional("DestinationEncryptionAlgorithm", &self.destination_encryption_algorithm);
        to.optional("SourceKeyMaterialId", &self.source_key_material_id);
        to.optional("DestinationKeyMaterialId", &self.destination_key_material_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecipientInfo {
    pub key_encryption_algorithm: Option<KeyEncryptionMechanism>,
}

impl<'a> Decode<'a> for RecipientInfo {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_encryption_algorithm = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyEncryptionAlgorithm"]) })? {
            match &*found {
                "KeyEncryptionAlgorithm" => key_encryption_algorithm = from.string()?,
                _ => from.skip()?,
            }
        }
        let key_encryption_algorithm = violations.enumeration(at, "KeyEncryptionAlgorithm", key_encryption_algorithm);
        Ok(Some(RecipientInfo { key_encryption_algorithm }))
    }
}

impl Encode for RecipientInfo {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyEncryptionAlgorithm", &self.key_encryption_algorithm);
        to.end_struct();
    }
}

enumeration! {
    ResourceOwnerType "[SELF, OTHER_ACCOUNTS_VIA_RAM]";
    Own = "SELF",
    OtherAccountsViaRam = "OTHER_ACCOUNTS_VIA_RAM",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetireGrantRequest<'a> {
    pub grant_token: Option<Cow<'a, str>>,
    pub key_id: Option<Cow<'a, str>>,
    pub grant_id: Option<Cow<'a, str>>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for RetireGrantRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut grant_token = None;
        let mut key_id = None;
        let mut grant_id = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["GrantToken", "KeyId", "GrantId", "DryRun"]) })? {
            match &*found {
                "GrantToken" => grant_token = from.string()?,
                "KeyId" => key_id = from.string()?,
                "GrantId" => grant_id = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "GrantToken", &grant_token, &GRANT_TOKEN_TYPE);
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        violations.string(at, "GrantId", &grant_id, &GRANT_ID_TYPE);
        Ok(Some(RetireGrantRequest { grant_token, key_id, grant_id, dry_run }))
    }
}

impl Encode for RetireGrantRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("GrantToken", &self.grant_token);
        to.optional("KeyId", &self.key_id);
        to.optional("GrantId", &self.grant_id);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RevokeGrantRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub grant_id: Cow<'a, str>,
    pub dry_run: Option<bool>,
}

impl<'a> Decode<'a> for RevokeGrantRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut grant_id = None;
        let mut dry_run = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "GrantId", "DryRun"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "GrantId" => grant_id = from.string()?,
                "DryRun" => dry_run = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "GrantId", &grant_id, &GRANT_ID_TYPE);
        let grant_id = violations.required(at, "GrantId", grant_id);
        Ok(Some(RevokeGrantRequest { key_id, grant_id, dry_run }))
    }
}

impl Encode for RevokeGrantRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.field("GrantId", &self.grant_id);
        to.optional("DryRun", &self.dry_run);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RotateKeyOnDemandRequest<'a> {
    pub key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for RotateKeyOnDemandRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        Ok(Some(RotateKeyOnDemandRequest { key_id }))
    }
}

impl Encode for RotateKeyOnDemandRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RotateKeyOnDemandResponse<'a> {
    pub key_id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for RotateKeyOnDemandResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(RotateKeyOnDemandResponse { key_id }))
    }
}

impl Encode for RotateKeyOnDemandResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.end_struct();
    }
}

enumeration! {
    RotationType "[AUTOMATIC, ON_DEMAND]";
    Automatic = "AUTOMATIC",
    OnDemand = "ON_DEMAND",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RotationsListEntry<'a> {
    pub key_id: Option<Cow<'a, str>>,
    pub key_material_id: Option<Cow<'a, str>>,
    pub key_material_description: Option<Cow<'a, str>>,
    pub import_state: Option<ImportState>,
    pub key_material_state: Option<KeyMaterialState>,
    pub expiration_model: Option<ExpirationModelType>,
    pub valid_to: Option<Timestamp>,
    pub rotation_date: Option<Timestamp>,
    pub rotation_type: Option<RotationType>,
}

impl<'a> Decode<'a> for RotationsListEntry<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut key_material_id = None;
        let mut key_material_description = None;
        let mut import_state = None;
        let mut key_material_state = None;
        let mut expiration_model = None;
        let mut valid_to = None;
        let mut rotation_date = None;
        let mut rotation_type = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "KeyMaterialId", "KeyMaterialDescription", "ImportState", "KeyMaterialState", "ExpirationModel", "ValidTo", "RotationDate", "RotationType"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "KeyMaterialId" => key_material_id = from.string()?,
                "KeyMaterialDescription" => key_material_description = from.string()?,
                "ImportState" => import_state = from.string()?,
                "KeyMaterialState" => key_material_state = from.string()?,
                "ExpirationModel" => expiration_model = from.string()?,
                "ValidTo" => valid_to = from.timestamp()?,
                "RotationDate" => rotation_date = from.timestamp()?,
                "RotationType" => rotation_type = from.string()?,
                _ => from.skip()?,
            }
        }
        let import_state = violations.enumeration(at, "ImportState", import_state);
        let key_material_state = violations.enumeration(at, "KeyMaterialState", key_material_state);
        let expiration_model = violations.enumeration(at, "ExpirationModel", expiration_model);
        let rotation_type = violations.enumeration(at, "RotationType", rotation_type);
        Ok(Some(RotationsListEntry { key_id, key_material_id, key_material_description, import_state, key_material_state, expiration_model, valid_to, rotation_date, rotation_type }))
    }
}

impl Encode for RotationsListEntry<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.optional("KeyMaterialId", &self.key_material_id);
        to.optional("KeyMaterialDescription", &self.key_material_description);
        to.optional("ImportState", &self.import_state);
        to.optional("KeyMaterialState", &self.key_material_state);
        to.optional("ExpirationModel", &self.expiration_model);
        to.optional("ValidTo", &self.valid_to);
        to.optional("RotationDate", &self.rotation_date);
        to.optional("RotationType", &self.rotation_type);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleKeyDeletionRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub pending_window_in_days: Option<i32>,
}

impl<'a> Decode<'a> for ScheduleKeyDeletionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut pending_window_in_days = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "PendingWindowInDays"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "PendingWindowInDays" => pending_window_in_days = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.integer(at, "PendingWindowInDays", pending_window_in_days, Range { min: Some(7), max: Some(30) });
        Ok(Some(ScheduleKeyDeletionRequest { key_id, pending_window_in_days }))
    }
}

impl Encode for ScheduleKeyDeletionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.optional("PendingWindowInDays", &self.pending_window_in_days);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleKeyDeletionResponse<'a> {
    pub key_id: Option<Cow<'a, str>>,
    pub deletion_date: Option<Timestamp>,
    pub key_state: Option<KeyState>,
    pub pending_window_in_days: Option<i32>,
}

impl<'a> Decode<'a> for ScheduleKeyDeletionResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut deletion_date = None;
        let mut key_state = None;
        let mut pending_window_in_days = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "DeletionDate", "KeyState", "PendingWindowInDays"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "DeletionDate" => deletion_date = from.timestamp()?,
                "KeyState" => key_state = from.string()?,
                "PendingWindowInDays" => pending_window_in_days = from.integer()?,
                _ => from.skip()?,
            }
        }
        let key_state = violations.enumeration(at, "KeyState", key_state);
        Ok(Some(ScheduleKeyDeletionResponse { key_id, deletion_date, key_state, pending_window_in_days }))
    }
}

impl Encode for ScheduleKeyDeletionResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("KeyId", &self.key_id);
        to.optional("DeletionDate", &self.deletion_date);
        to.optional("KeyState", &self.key_state);
        to.optional("PendingWindowInDays", &self.pending_window_in_days);
        to.end_struct();
    }
}

enumeration! {
    SigningAlgorithmSpec "[RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512, RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384, RSASSA_PKCS1_V1_5_SHA_512, ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, SM2DSA, ML_DSA_SHAKE_256, ED25519_SHA_512, ED25519_PH_SHA_512]";
    RsassaPssSha256 = "RSASSA_PSS_SHA_256",
    RsassaPssSha384 = "RSASSA_PSS_SHA_384",
    RsassaPssSha512 = "RSASSA_PSS_SHA_512",
    RsassaPkcs1V15Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
    RsassaPkcs1V15Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
    RsassaPkcs1V15Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
    EcdsaSha256 = "ECDSA_SHA_256",
    EcdsaSha384 = "ECDSA_SHA_384",
    EcdsaSha512 = "ECDSA_SHA_512",
    Sm2dsa = "SM2DSA",
    MlDsaShake256 = "ML_DSA_SHAKE_256",
    Ed25519Sha512 = "ED25519_SHA_512",
    Ed25519PhSha512 = "ED25519_PH_SHA_512",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag<'a> {
    pub tag_key: Cow<'a, str>,
    pub tag_value: Cow<'a, str>,
}

impl<'a> Decode<'a> for Tag<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut tag_key = None;
        let mut tag_value = None;
        while let Some(found) = from.member(&mut open, const { &names(["TagKey", "TagValue"]) })? {
            match &*found {
                "TagKey" => tag_key = from.string()?,
                "TagValue" => tag_value = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "TagKey", &tag_key, &TAG_KEY_TYPE);
        let tag_key = violations.required(at, "TagKey", tag_key);
        violations.string(at, "TagValue", &tag_value, &TAG_VALUE_TYPE);
        let tag_value = violations.required(at, "TagValue", tag_value);
        Ok(Some(Tag { tag_key, tag_value }))
    }
}

impl Encode for Tag<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("TagKey", &self.tag_key);
        to.field("TagValue", &self.tag_value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagResourceRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub tags: Vec<Tag<'a>>,
}

impl<'a> Decode<'a> for TagResourceRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut tags = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Tags"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(1000) });
        let tags = violations.required(at, "Tags", tags);
        Ok(Some(TagResourceRequest { key_id, tags }))
    }
}

impl Encode for TagResourceRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.field("Tags", &self.tags);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UntagResourceRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub tag_keys: Vec<Cow<'a, str>>,
}

impl<'a> Decode<'a> for UntagResourceRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut tag_keys = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "TagKeys"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "TagKeys" => tag_keys = list(from, &Path::Member(at, "TagKeys"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.strings(at, "TagKeys", &tag_keys, Range { min: None, max: Some(1000) }, &TAG_KEY_TYPE);
        let tag_keys = violations.required(at, "TagKeys", tag_keys);
        Ok(Some(UntagResourceRequest { key_id, tag_keys }))
    }
}

impl Encode for UntagResourceRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.field("TagKeys", &self.tag_keys);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAliasRequest<'a> {
    pub alias_name: Cow<'a, str>,
    pub target_key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for UpdateAliasRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut alias_name = None;
        let mut target_key_id = None;
        while let Some(found) = from.member(&mut open, const { &names(["AliasName", "TargetKeyId"]) })? {
            match &*found {
                "AliasName" => alias_name = from.string()?,
                "TargetKeyId" => target_key_id = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "AliasName", &alias_name, &ALIAS_NAME_TYPE);
        let alias_name = violations.required(at, "AliasName", alias_name);
        violations.string(at, "TargetKeyId", &target_key_id, &KEY_ID_TYPE);
        let target_key_id = violations.required(at, "TargetKeyId", target_key_id);
        Ok(Some(UpdateAliasRequest { alias_name, target_key_id }))
    }
}

impl Encode for UpdateAliasRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AliasName", &self.alias_name);
        to.field("TargetKeyId", &self.target_key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateKeyDescriptionRequest<'a> {
    pub key_id: Cow<'a, str>,
    pub description: Cow<'a, str>,
}

impl<'a> Decode<'a> for UpdateKeyDescriptionRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut key_id = None;
        let mut description = None;
        while let Some(found) = from.member(&mut open, const { &names(["KeyId", "Description"]) })? {
            match &*found {
                "KeyId" => key_id = from.string()?,
                "Description" => description = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "KeyId", &key_id, &KEY_ID_TYPE);
        let key_id = violations.required(at, "KeyId", key_id);
        violations.string(at, "Description", &description, &DESCRIPTION_TYPE);
        let description = violations.required(at, "Description", description);
        Ok(Some(UpdateKeyDescriptionRequest { key_id, description }))
    }
}

impl Encode for UpdateKeyDescriptionRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("KeyId", &self.key_id);
        to.field("Description", &self.description);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct XksKeyConfigurationType<'a> {
    pub id: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for XksKeyConfigurationType<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut id = None;
        while let Some(found) = from.member(&mut open, const { &names(["Id"]) })? {
            match &*found {
                "Id" => id = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(XksKeyConfigurationType { id }))
    }
}

impl Encode for XksKeyConfigurationType<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Id", &self.id);
        to.end_struct();
    }
}

impl<'a> Input<'a> for CancelKeyDeletionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CancelKeyDeletion;
    type Output<'o> = CancelKeyDeletionResponse<'o>;
    type Static = CancelKeyDeletionRequest<'static>;
}

impl<'a> Input<'a> for CreateAliasRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateAlias;
    type Output<'o> = ();
    type Static = CreateAliasRequest<'static>;
}

impl<'a> Input<'a> for CreateGrantRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateGrant;
    type Output<'o> = CreateGrantResponse<'o>;
    type Static = CreateGrantRequest<'static>;
}

impl<'a> Input<'a> for CreateKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateKey;
    type Output<'o> = CreateKeyResponse<'o>;
    type Static = CreateKeyRequest<'static>;
}

impl<'a> Input<'a> for DecryptRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::Decrypt;
    type Output<'o> = DecryptResponse<'o>;
    type Static = DecryptRequest<'static>;
    fn check_blobs(&self) -> Result<(), Fault> {
        if let Some(value) = &self.ciphertext_blob { value.check()?; }
        Ok(())
    }
}

impl<'a> Input<'a> for DeleteAliasRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteAlias;
    type Output<'o> = ();
    type Static = DeleteAliasRequest<'static>;
}

impl<'a> Input<'a> for DescribeKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeKey;
    type Output<'o> = DescribeKeyResponse<'o>;
    type Static = DescribeKeyRequest<'static>;
}

impl<'a> Input<'a> for DisableKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DisableKey;
    type Output<'o> = ();
    type Static = DisableKeyRequest<'static>;
}

impl<'a> Input<'a> for DisableKeyRotationRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DisableKeyRotation;
    type Output<'o> = ();
    type Static = DisableKeyRotationRequest<'static>;
}

impl<'a> Input<'a> for EnableKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::EnableKey;
    type Output<'o> = ();
    type Static = EnableKeyRequest<'static>;
}

impl<'a> Input<'a> for EnableKeyRotationRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::EnableKeyRotation;
    type Output<'o> = ();
    type Static = EnableKeyRotationRequest<'static>;
}

impl<'a> Input<'a> for EncryptRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::Encrypt;
    type Output<'o> = EncryptResponse<'o>;
    type Static = EncryptRequest<'static>;
    fn check_blobs(&self) -> Result<(), Fault> {
        let value = &self.plaintext;
        value.check()?;
        Ok(())
    }
}

impl<'a> Input<'a> for GenerateDataKeyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GenerateDataKey;
    type Output<'o> = GenerateDataKeyResponse<'o>;
    type Static = GenerateDataKeyRequest<'static>;
}

impl<'a> Input<'a> for GenerateDataKeyWithoutPlaintextRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GenerateDataKeyWithoutPlaintext;
    type Output<'o> = GenerateDataKeyWithoutPlaintextResponse<'o>;
    type Static = GenerateDataKeyWithoutPlaintextRequest<'static>;
}

impl<'a> Input<'a> for GenerateRandomRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GenerateRandom;
    type Output<'o> = GenerateRandomResponse<'o>;
    type Static = GenerateRandomRequest<'static>;
}

impl<'a> Input<'a> for GetKeyPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetKeyPolicy;
    type Output<'o> = GetKeyPolicyResponse<'o>;
    type Static = GetKeyPolicyRequest<'static>;
}

impl<'a> Input<'a> for GetKeyRotationStatusRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetKeyRotationStatus;
    type Output<'o> = GetKeyRotationStatusResponse<'o>;
    type Static = GetKeyRotationStatusRequest<'static>;
}

impl<'a> Input<'a> for ListAliasesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListAliases;
    type Output<'o> = ListAliasesResponse<'o>;
    type Static = ListAliasesRequest<'static>;
}

impl<'a> Input<'a> for ListGrantsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListGrants;
    type Output<'o> = ListGrantsResponse<'o>;
    type Static = ListGrantsRequest<'static>;
}

impl<'a> Input<'a> for ListKeyPoliciesRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListKeyPolicies;
    type Output<'o> = ListKeyPoliciesResponse<'o>;
    type Static = ListKeyPoliciesRequest<'static>;
}

impl<'a> Input<'a> for ListKeyRotationsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListKeyRotations;
    type Output<'o> = ListKeyRotationsResponse<'o>;
    type Static = ListKeyRotationsRequest<'static>;
}

impl<'a> Input<'a> for ListKeysRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListKeys;
    type Output<'o> = ListKeysResponse<'o>;
    type Static = ListKeysRequest<'static>;
}

impl<'a> Input<'a> for ListResourceTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListResourceTags;
    type Output<'o> = ListResourceTagsResponse<'o>;
    type Static = ListResourceTagsRequest<'static>;
}

impl<'a> Input<'a> for ListRetirableGrantsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListRetirableGrants;
    type Output<'o> = ListGrantsResponse<'o>;
    type Static = ListRetirableGrantsRequest<'static>;
}

impl<'a> Input<'a> for PutKeyPolicyRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutKeyPolicy;
    type Output<'o> = ();
    type Static = PutKeyPolicyRequest<'static>;
}

impl<'a> Input<'a> for ReEncryptRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ReEncrypt;
    type Output<'o> = ReEncryptResponse<'o>;
    type Static = ReEncryptRequest<'static>;
    fn check_blobs(&self) -> Result<(), Fault> {
        if let Some(value) = &self.ciphertext_blob { value.check()?; }
        Ok(())
    }
}

impl<'a> Input<'a> for RetireGrantRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RetireGrant;
    type Output<'o> = ();
    type Static = RetireGrantRequest<'static>;
}

impl<'a> Input<'a> for RevokeGrantRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RevokeGrant;
    type Output<'o> = ();
    type Static = RevokeGrantRequest<'static>;
}

impl<'a> Input<'a> for RotateKeyOnDemandRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RotateKeyOnDemand;
    type Output<'o> = RotateKeyOnDemandResponse<'o>;
    type Static = RotateKeyOnDemandRequest<'static>;
}

impl<'a> Input<'a> for ScheduleKeyDeletionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ScheduleKeyDeletion;
    type Output<'o> = ScheduleKeyDeletionResponse<'o>;
    type Static = ScheduleKeyDeletionRequest<'static>;
}

impl<'a> Input<'a> for TagResourceRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::TagResource;
    type Output<'o> = ();
    type Static = TagResourceRequest<'static>;
}

impl<'a> Input<'a> for UntagResourceRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UntagResource;
    type Output<'o> = ();
    type Static = UntagResourceRequest<'static>;
}

impl<'a> Input<'a> for UpdateAliasRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateAlias;
    type Output<'o> = ();
    type Static = UpdateAliasRequest<'static>;
}

impl<'a> Input<'a> for UpdateKeyDescriptionRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateKeyDescription;
    type Output<'o> = ();
    type Static = UpdateKeyDescriptionRequest<'static>;
}

static ALIAS_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(256) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^[a-zA-Z0-9:/_-]+$")), "^[a-zA-Z0-9:/_-]+$")) };

static CUSTOM_KEY_STORE_ID_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(64) }, pattern: None };

static DESCRIPTION_TYPE: StringRule = StringRule { length: Range { min: Some(0), max: Some(8192) }, pattern: None };

static ENCRYPTION_CONTEXT_KEY: StringRule = StringRule { length: Range { min: None, max: Some(8192) }, pattern: None };

static ENCRYPTION_CONTEXT_VALUE: StringRule = StringRule { length: Range { min: None, max: Some(8192) }, pattern: None };

static GRANT_CONSTRAINT_SOURCE_ARN_TYPE: StringRule = StringRule { length: Range { min: Some(20), max: Some(512) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$")), "^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$")) };

static GRANT_ID_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static GRANT_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(256) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^[a-zA-Z0-9:/_-]+$")), "^[a-zA-Z0-9:/_-]+$")) };

static GRANT_TOKEN_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(8192) }, pattern: None };

static KEY_ID_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: None };

static MARKER_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(1024) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0020-\\u00FF]*")), "[\\u0020-\\u00FF]*")) };

static POLICY_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w]+")), "[\\w]+")) };

static POLICY_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(131072) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")), "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")) };

static PRINCIPAL_ID_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(256) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^[\\w+=,.@:/-]+$")), "^[\\w+=,.@:/-]+$")) };

static SERVICE_PRINCIPAL_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$")), "^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$")) };

static TAG_KEY_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static TAG_VALUE_TYPE: StringRule = StringRule { length: Range { min: Some(0), max: Some(256) }, pattern: None };

static XKS_KEY_ID_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^[a-zA-Z0-9-_.]+$")), "^[a-zA-Z0-9-_.]+$")) };

#[cfg(test)]
pub(crate) static RULES: &[&StringRule] = &[&ALIAS_NAME_TYPE, &CUSTOM_KEY_STORE_ID_TYPE, &DESCRIPTION_TYPE, &ENCRYPTION_CONTEXT_KEY, &ENCRYPTION_CONTEXT_VALUE, &GRANT_CONSTRAINT_SOURCE_ARN_TYPE, &GRANT_ID_TYPE, &GRANT_NAME_TYPE, &GRANT_TOKEN_TYPE, &KEY_ID_TYPE, &MARKER_TYPE, &POLICY_NAME_TYPE, &POLICY_TYPE, &PRINCIPAL_ID_TYPE, &SERVICE_PRINCIPAL_TYPE, &TAG_KEY_TYPE, &TAG_VALUE_TYPE, &XKS_KEY_ID_TYPE];
