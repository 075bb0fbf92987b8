// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};

operations! {
    AssumeRole: true,
    AssumeRoleWithSAML: false,
    AssumeRoleWithWebIdentity: true,
    AssumeRoot: false,
    DecodeAuthorizationMessage: false,
    GetAccessKeyInfo: true,
    GetCallerIdentity: true,
    GetDelegatedAccessToken: false,
    GetFederationToken: false,
    GetSessionToken: true,
    GetWebIdentityToken: false,
}

error_codes! {
    AccessDenied: 403,
    ExpiredTokenException: 400,
    IDPCommunicationError: 400,
    IDPRejectedClaim: 403,
    IncompleteSignatureException: 400,
    InternalFailure: 500,
    InvalidIdentityToken: 400,
    InvalidParameterValue: 400,
    InvalidSignatureException: 400,
    MalformedPolicyDocument: 400,
    MissingAuthenticationTokenException: 400,
    PackedPolicyTooLarge: 400,
    RegionDisabledException: 403,
    SerializationException: 400,
    ServiceUnavailable: 503,
    UnknownOperationException: 400,
    UnrecognizedClientException: 400,
    UnsupportedOperationException: 400,
    ValidationError: 400,
}

operation_codes! {
    AssumeRoleCode: AccessDenied, ExpiredTokenException, InternalFailure, InvalidParameterValue, MalformedPolicyDocument, PackedPolicyTooLarge, RegionDisabledException, ValidationError;
    AssumeRoleWithWebIdentityCode: AccessDenied, ExpiredTokenException, IDPCommunicationError, IDPRejectedClaim, InternalFailure, InvalidIdentityToken, InvalidParameterValue, MalformedPolicyDocument, PackedPolicyTooLarge, RegionDisabledException, ValidationError;
    GetAccessKeyInfoCode: AccessDenied, InternalFailure, InvalidParameterValue, ValidationError;
    GetCallerIdentityCode: AccessDenied, InternalFailure, InvalidParameterValue, ValidationError;
    GetSessionTokenCode: AccessDenied, InternalFailure, InvalidParameterValue, RegionDisabledException, ValidationError;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRoleRequest<'a> {
    pub role_arn: Cow<'a, str>,
    pub role_session_name: Cow<'a, str>,
    pub policy_arns: Option<Vec<PolicyDescriptorType<'a>>>,
    pub policy: Option<Cow<'a, str>>,
    pub duration_seconds: Option<i32>,
    pub tags: Option<Vec<Tag<'a>>>,
    pub transitive_tag_keys: Option<Vec<Cow<'a, str>>>,
    pub external_id: Option<Cow<'a, str>>,
    pub serial_number: Option<Cow<'a, str>>,
    pub token_code: Option<Cow<'a, str>>,
    pub source_identity: Option<Cow<'a, str>>,
    pub provided_contexts: Option<Vec<ProvidedContext<'a>>>,
}

impl<'a> Decode<'a> for AssumeRoleRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_arn = None;
        let mut role_session_name = None;
        let mut policy_arns = None;
        let mut policy = None;
        let mut duration_seconds = None;
        let mut tags = None;
        let mut transitive_tag_keys = None;
        let mut external_id = None;
        let mut serial_number = None;
        let mut token_code = None;
        let mut source_identity = None;
        let mut provided_contexts = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleArn", "RoleSessionName", "PolicyArns", "Policy", "DurationSeconds", "Tags", "TransitiveTagKeys", "ExternalId", "SerialNumber", "TokenCode", "SourceIdentity", "ProvidedContexts"]) })? {
            match &*found {
                "RoleArn" => role_arn = from.string()?,
                "RoleSessionName" => role_session_name = from.string()?,
                "PolicyArns" => policy_arns = list(from, &Path::Member(at, "PolicyArns"), violations, 1000)?,
                "Policy" => policy = from.string()?,
                "DurationSeconds" => duration_seconds = from.integer()?,
                "Tags" => tags = list(from, &Path::Member(at, "Tags"), violations, 50)?,
                "TransitiveTagKeys" => transitive_tag_keys = list(from, &Path::Member(at, "TransitiveTagKeys"), violations, 50)?,
                "ExternalId" => external_id = from.string()?,
                "SerialNumber" => serial_number = from.string()?,
                "TokenCode" => token_code = from.string()?,
                "SourceIdentity" => source_identity = from.string()?,
                "ProvidedContexts" => provided_contexts = list(from, &Path::Member(at, "ProvidedContexts"), violations, 5)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleArn", &role_arn, &ARN_TYPE);
        let role_arn = violations.required(at, "RoleArn", role_arn);
        violations.string(at, "RoleSessionName", &role_session_name, &ROLE_SESSION_NAME_TYPE);
        let role_session_name = violations.required(at, "RoleSessionName", role_session_name);
        violations.structures(at, "PolicyArns", &policy_arns, Range { min: None, max: Some(1000) });
        violations.string(at, "Policy", &policy, &UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE);
        violations.integer(at, "DurationSeconds", duration_seconds, Range { min: Some(900), max: Some(43200) });
        violations.structures(at, "Tags", &tags, Range { min: None, max: Some(50) });
        violations.strings(at, "TransitiveTagKeys", &transitive_tag_keys, Range { min: None, max: Some(50) }, &TAG_KEY_TYPE);
        violations.string(at, "ExternalId", &external_id, &EXTERNAL_ID_TYPE);
        violations.string(at, "SerialNumber", &serial_number, &SERIAL_NUMBER_TYPE);
        violations.string(at, "TokenCode", &token_code, &TOKEN_CODE_TYPE);
        violations.string(at, "SourceIdentity", &source_identity, &SOURCE_IDENTITY_TYPE);
        violations.structures(at, "ProvidedContexts", &provided_contexts, Range { min: Some(1), max: Some(5) });
        Ok(Some(AssumeRoleRequest { role_arn, role_session_name, policy_arns, policy, duration_seconds, tags, transitive_tag_keys, external_id, serial_number, token_code, source_identity, provided_contexts }))
    }
}

impl Encode for AssumeRoleRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleArn", &self.role_arn);
        to.field("RoleSessionName", &self.role_session_name);
        to.optional("PolicyArns", &self.policy_arns);
        to.optional("Policy", &self.policy);
        to.optional("DurationSeconds", &self.duration_seconds);
        to.optional("Tags", &self.tags);
        to.optional("TransitiveTagKeys", &self.transitive_tag_keys);
        to.optional("ExternalId", &self.external_id);
        to.optional("SerialNumber", &self.serial_number);
        to.optional("TokenCode", &self.token_code);
        to.optional("SourceIdentity", &self.source_identity);
        to.optional("ProvidedContexts", &self.provided_contexts);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRoleResponse<'a> {
    pub credentials: Option<Credentials<'a>>,
    pub assumed_role_user: Option<AssumedRoleUser<'a>>,
    pub packed_policy_size: Option<i32>,
    pub source_identity: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for AssumeRoleResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut credentials = None;
        let mut assumed_role_user = None;
        let mut packed_policy_size = None;
        let mut source_identity = None;
        while let Some(found) = from.member(&mut open, const { &names(["Credentials", "AssumedRoleUser", "PackedPolicySize", "SourceIdentity"]) })? {
            match &*found {
                "Credentials" => credentials = Credentials::decode(from, &Path::Member(at, "Credentials"), violations)?,
                "AssumedRoleUser" => assumed_role_user = AssumedRoleUser::decode(from, &Path::Member(at, "AssumedRoleUser"), violations)?,
                "PackedPolicySize" => packed_policy_size = from.integer()?,
                "SourceIdentity" => source_identity = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(AssumeRoleResponse { credentials, assumed_role_user, packed_policy_size, source_identity }))
    }
}

impl Encode for AssumeRoleResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Credentials", &self.credentials);
        to.optional("AssumedRoleUser", &self.assumed_role_user);
        to.optional("PackedPolicySize", &self.packed_policy_size);
        to.optional("SourceIdentity", &self.source_identity);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRoleWithWebIdentityRequest<'a> {
    pub role_arn: Cow<'a, str>,
    pub role_session_name: Cow<'a, str>,
    pub web_identity_token: Cow<'a, str>,
    pub provider_id: Option<Cow<'a, str>>,
    pub policy_arns: Option<Vec<PolicyDescriptorType<'a>>>,
    pub policy: Option<Cow<'a, str>>,
    pub duration_seconds: Option<i32>,
}

impl<'a> Decode<'a> for AssumeRoleWithWebIdentityRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut role_arn = None;
        let mut role_session_name = None;
        let mut web_identity_token = None;
        let mut provider_id = None;
        let mut policy_arns = None;
        let mut policy = None;
        let mut duration_seconds = None;
        while let Some(found) = from.member(&mut open, const { &names(["RoleArn", "RoleSessionName", "WebIdentityToken", "ProviderId", "PolicyArns", "Policy", "DurationSeconds"]) })? {
            match &*found {
                "RoleArn" => role_arn = from.string()?,
                "RoleSessionName" => role_session_name = from.string()?,
                "WebIdentityToken" => web_identity_token = from.string()?,
                "ProviderId" => provider_id = from.string()?,
                "PolicyArns" => policy_arns = list(from, &Path::Member(at, "PolicyArns"), violations, 1000)?,
                "Policy" => policy = from.string()?,
                "DurationSeconds" => duration_seconds = from.integer()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "RoleArn", &role_arn, &ARN_TYPE);
        let role_arn = violations.required(at, "RoleArn", role_arn);
        violations.string(at, "RoleSessionName", &role_session_name, &ROLE_SESSION_NAME_TYPE);
        let role_session_name = violations.required(at, "RoleSessionName", role_session_name);
        violations.string(at, "WebIdentityToken", &web_identity_token, &CLIENT_TOKEN_TYPE);
        let web_identity_token = violations.required(at, "WebIdentityToken", web_identity_token);
        violations.string(at, "ProviderId", &provider_id, &URL_TYPE);
        violations.structures(at, "PolicyArns", &policy_arns, Range { min: None, max: Some(1000) });
        violations.string(at, "Policy", &policy, &SESSION_POLICY_DOCUMENT_TYPE);
        violations.integer(at, "DurationSeconds", duration_seconds, Range { min: Some(900), max: Some(43200) });
        Ok(Some(AssumeRoleWithWebIdentityRequest { role_arn, role_session_name, web_identity_token, provider_id, policy_arns, policy, duration_seconds }))
    }
}

impl Encode for AssumeRoleWithWebIdentityRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("RoleArn", &self.role_arn);
        to.field("RoleSessionName", &self.role_session_name);
        to.field("WebIdentityToken", &self.web_identity_token);
        to.optional("ProviderId", &self.provider_id);
        to.optional("PolicyArns", &self.policy_arns);
        to.optional("Policy", &self.policy);
        to.optional("DurationSeconds", &self.duration_seconds);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRoleWithWebIdentityResponse<'a> {
    pub credentials: Option<Credentials<'a>>,
    pub subject_from_web_identity_token: Option<Cow<'a, str>>,
    pub assumed_role_user: Option<AssumedRoleUser<'a>>,
    pub packed_policy_size: Option<i32>,
    pub provider: Option<Cow<'a, str>>,
    pub audience: Option<Cow<'a, str>>,
    pub source_identity: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for AssumeRoleWithWebIdentityResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut credentials = None;
        let mut subject_from_web_identity_token = None;
        let mut assumed_role_user = None;
        let mut packed_policy_size = None;
        let mut provider = None;
        let mut audience = None;
        let mut source_identity = None;
        while let Some(found) = from.member(&mut open, const { &names(["Credentials", "SubjectFromWebIdentityToken", "AssumedRoleUser", "PackedPolicySize", "Provider", "Audience", "SourceIdentity"]) })? {
            match &*found {
                "Credentials" => credentials = Credentials::decode(from, &Path::Member(at, "Credentials"), violations)?,
                "SubjectFromWebIdentityToken" => subject_from_web_identity_token = from.string()?,
                "AssumedRoleUser" => assumed_role_user = AssumedRoleUser::decode(from, &Path::Member(at, "AssumedRoleUser"), violations)?,
                "PackedPolicySize" => packed_policy_size = from.integer()?,
                "Provider" => provider = from.string()?,
                "Audience" => audience = from.string()?,
                "SourceIdentity" => source_identity = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(AssumeRoleWithWebIdentityResponse { credentials, subject_from_web_identity_token, assumed_role_user, packed_policy_size, provider, audience, source_identity }))
    }
}

impl Encode for AssumeRoleWithWebIdentityResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Credentials", &self.credentials);
        to.optional("SubjectFromWebIdentityToken", &self.subject_from_web_identity_token);
        to.optional("AssumedRoleUser", &self.assumed_role_user);
        to.optional("PackedPolicySize", &self.packed_policy_size);
        to.optional("Provider", &self.provider);
        to.optional("Audience", &self.audience);
        to.optional("SourceIdentity", &self.source_identity);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumedRoleUser<'a> {
    pub assumed_role_id: Cow<'a, str>,
    pub arn: Cow<'a, str>,
}

impl<'a> Decode<'a> for AssumedRoleUser<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut assumed_role_id = None;
        let mut arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["AssumedRoleId", "Arn"]) })? {
            match &*found {
                "AssumedRoleId" => assumed_role_id = from.string()?,
                "Arn" => arn = from.string()?,
                _ => from.skip()?,
            }
        }
        let assumed_role_id = violations.required(at, "AssumedRoleId", assumed_role_id);
        let arn = violations.required(at, "Arn", arn);
        Ok(Some(AssumedRoleUser { assumed_role_id, arn }))
    }
}

impl Encode for AssumedRoleUser<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AssumedRoleId", &self.assumed_role_id);
        to.field("Arn", &self.arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credentials<'a> {
    pub access_key_id: Cow<'a, str>,
    pub secret_access_key: Cow<'a, str>,
    pub session_token: Cow<'a, str>,
    pub expiration: Timestamp,
}

impl<'a> Decode<'a> for Credentials<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut access_key_id = None;
        let mut secret_access_key = None;
        let mut session_token = None;
        let mut expiration = None;
        while let Some(found) = from.member(&mut open, const { &names(["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"]) })? {
            match &*found {
                "AccessKeyId" => access_key_id = from.string()?,
                "SecretAccessKey" => secret_access_key = from.string()?,
                "SessionToken" => session_token = from.string()?,
                "Expiration" => expiration = from.timestamp()?,
                _ => from.skip()?,
            }
        }
        let access_key_id = violations.required(at, "AccessKeyId", access_key_id);
        let secret_access_key = violations.required(at, "SecretAccessKey", secret_access_key);
        let session_token = violations.required(at, "SessionToken", session_token);
        let expiration = violations.required(at, "Expiration", expiration);
        Ok(Some(Credentials { access_key_id, secret_access_key, session_token, expiration }))
    }
}

impl Encode for Credentials<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AccessKeyId", &self.access_key_id);
        to.field("SecretAccessKey", &self.secret_access_key);
        to.field("SessionToken", &self.session_token);
        to.field("Expiration", &self.expiration);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetAccessKeyInfoRequest<'a> {
    pub access_key_id: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetAccessKeyInfoRequest<'a> {
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
        Ok(Some(GetAccessKeyInfoRequest { access_key_id }))
    }
}

impl Encode for GetAccessKeyInfoRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AccessKeyId", &self.access_key_id);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetAccessKeyInfoResponse<'a> {
    pub account: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetAccessKeyInfoResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut account = None;
        while let Some(found) = from.member(&mut open, const { &names(["Account"]) })? {
            match &*found {
                "Account" => account = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetAccessKeyInfoResponse { account }))
    }
}

impl Encode for GetAccessKeyInfoResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Account", &self.account);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetCallerIdentityRequest {
}

impl<'a> Decode<'a> for GetCallerIdentityRequest {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(GetCallerIdentityRequest {  }))
    }
}

impl Encode for GetCallerIdentityRequest {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetCallerIdentityResponse<'a> {
    pub user_id: Option<Cow<'a, str>>,
    pub account: Option<Cow<'a, str>>,
    pub arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetCallerIdentityResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut user_id = None;
        let mut account = None;
        let mut arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["UserId", "Account", "Arn"]) })? {
            match &*found {
                "UserId" => user_id = from.string()?,
                "Account" => account = from.string()?,
                "Arn" => arn = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetCallerIdentityResponse { user_id, account, arn }))
    }
}

impl Encode for GetCallerIdentityResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("UserId", &self.user_id);
        to.optional("Account", &self.account);
        to.optional("Arn", &self.arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetSessionTokenRequest<'a> {
    pub duration_seconds: Option<i32>,
    pub serial_number: Option<Cow<'a, str>>,
    pub token_code: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetSessionTokenRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut duration_seconds = None;
        let mut serial_number = None;
        let mut token_code = None;
        while let Some(found) = from.member(&mut open, const { &names(["DurationSeconds", "SerialNumber", "TokenCode"]) })? {
            match &*found {
                "DurationSeconds" => duration_seconds = from.integer()?,
                "SerialNumber" => serial_number = from.string()?,
                "TokenCode" => token_code = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.integer(at, "DurationSeconds", duration_seconds, Range { min: Some(900), max: Some(129600) });
        violations.string(at, "SerialNumber", &serial_number, &SERIAL_NUMBER_TYPE);
        violations.string(at, "TokenCode", &token_code, &TOKEN_CODE_TYPE);
        Ok(Some(GetSessionTokenRequest { duration_seconds, serial_number, token_code }))
    }
}

impl Encode for GetSessionTokenRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("DurationSeconds", &self.duration_seconds);
        to.optional("SerialNumber", &self.serial_number);
        to.optional("TokenCode", &self.token_code);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetSessionTokenResponse<'a> {
    pub credentials: Option<Credentials<'a>>,
}

impl<'a> Decode<'a> for GetSessionTokenResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut credentials = None;
        while let Some(found) = from.member(&mut open, const { &names(["Credentials"]) })? {
            match &*found {
                "Credentials" => credentials = Credentials::decode(from, &Path::Member(at, "Credentials"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetSessionTokenResponse { credentials }))
    }
}

impl Encode for GetSessionTokenResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Credentials", &self.credentials);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyDescriptorType<'a> {
    pub arn: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PolicyDescriptorType<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut arn = None;
        while let Some(found) = from.member(&mut open, const { &names(["arn"]) })? {
            match &*found {
                "arn" => arn = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "arn", &arn, &ARN_TYPE);
        Ok(Some(PolicyDescriptorType { arn }))
    }
}

impl Encode for PolicyDescriptorType<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("arn", &self.arn);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProvidedContext<'a> {
    pub provider_arn: Option<Cow<'a, str>>,
    pub context_assertion: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ProvidedContext<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut provider_arn = None;
        let mut context_assertion = None;
        while let Some(found) = from.member(&mut open, const { &names(["ProviderArn", "ContextAssertion"]) })? {
            match &*found {
                "ProviderArn" => provider_arn = from.string()?,
                "ContextAssertion" => context_assertion = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "ProviderArn", &provider_arn, &ARN_TYPE);
        violations.string(at, "ContextAssertion", &context_assertion, &CONTEXT_ASSERTION_TYPE);
        Ok(Some(ProvidedContext { provider_arn, context_assertion }))
    }
}

impl Encode for ProvidedContext<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ProviderArn", &self.provider_arn);
        to.optional("ContextAssertion", &self.context_assertion);
        to.end_struct();
    }
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

impl<'a> Input<'a> for AssumeRoleRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AssumeRole;
    type Output<'o> = AssumeRoleResponse<'o>;
    type Static = AssumeRoleRequest<'static>;
}

impl<'a> Input<'a> for AssumeRoleWithWebIdentityRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AssumeRoleWithWebIdentity;
    type Output<'o> = AssumeRoleWithWebIdentityResponse<'o>;
    type Static = AssumeRoleWithWebIdentityRequest<'static>;
}

impl<'a> Input<'a> for GetAccessKeyInfoRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetAccessKeyInfo;
    type Output<'o> = GetAccessKeyInfoResponse<'o>;
    type Static = GetAccessKeyInfoRequest<'static>;
}

impl<'a> Input<'a> for GetCallerIdentityRequest {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetCallerIdentity;
    type Output<'o> = GetCallerIdentityResponse<'o>;
    type Static = GetCallerIdentityRequest;
}

impl<'a> Input<'a> for GetSessionTokenRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetSessionToken;
    type Output<'o> = GetSessionTokenResponse<'o>;
    type Static = GetSessionTokenRequest<'static>;
}

static ACCESS_KEY_ID_TYPE: StringRule = StringRule { length: Range { min: Some(16), max: Some(128) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w]*")), "[\\w]*")) };

static ARN_TYPE: StringRule = StringRule { length: Range { min: Some(20), max: Some(2048) }, pattern: None };

static CLIENT_TOKEN_TYPE: StringRule = StringRule { length: Range { min: Some(4), max: Some(20000) }, pattern: None };

static CONTEXT_ASSERTION_TYPE: StringRule = StringRule { length: Range { min: Some(4), max: Some(2048) }, pattern: None };

static EXTERNAL_ID_TYPE: StringRule = StringRule { length: Range { min: Some(2), max: Some(1224) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@:\\/-]*")), "[\\w+=,.@:\\/-]*")) };

static ROLE_SESSION_NAME_TYPE: StringRule = StringRule { length: Range { min: Some(2), max: Some(64) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]*")), "[\\w+=,.@-]*")) };

static SERIAL_NUMBER_TYPE: StringRule = StringRule { length: Range { min: Some(9), max: Some(256) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=/:,.@-]*")), "[\\w+=/:,.@-]*")) };

static SESSION_POLICY_DOCUMENT_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")), "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")) };

static SOURCE_IDENTITY_TYPE: StringRule = StringRule { length: Range { min: Some(2), max: Some(64) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w+=,.@-]*")), "[\\w+=,.@-]*")) };

static TAG_KEY_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static TAG_VALUE_TYPE: StringRule = StringRule { length: Range { min: Some(0), max: Some(256) }, pattern: None };

static TOKEN_CODE_TYPE: StringRule = StringRule { length: Range { min: Some(6), max: Some(6) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\d]*")), "[\\d]*")) };

static UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE: StringRule = StringRule { length: Range { min: Some(1), max: None }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")), "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")) };

static URL_TYPE: StringRule = StringRule { length: Range { min: Some(4), max: Some(2048) }, pattern: None };

#[cfg(test)]
pub(crate) static RULES: &[&StringRule] = &[&ACCESS_KEY_ID_TYPE, &ARN_TYPE, &CLIENT_TOKEN_TYPE, &CONTEXT_ASSERTION_TYPE, &EXTERNAL_ID_TYPE, &ROLE_SESSION_NAME_TYPE, &SERIAL_NUMBER_TYPE, &SESSION_POLICY_DOCUMENT_TYPE, &SOURCE_IDENTITY_TYPE, &TAG_KEY_TYPE, &TAG_VALUE_TYPE, &TOKEN_CODE_TYPE, &UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE, &URL_TYPE];
