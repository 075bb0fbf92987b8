// Written by `cargo xtask codegen` from the interface description. Do not edit.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::codec::{Abort, Decode, Decoder, Encode, Encoder, Kind, list, map, names};
use crate::constraint::{Path, Pattern, Range, StringRule, Violations, class, whole};
use crate::macros::{enumeration, error_codes, operation_codes, operations};
use crate::{Blob, Fault, Input, TextMap, Timestamp};

operations! {
    AddTags: true,
    CancelQuery: false,
    CreateChannel: false,
    CreateDashboard: false,
    CreateEventDataStore: false,
    CreateTrail: true,
    DeleteChannel: false,
    DeleteDashboard: false,
    DeleteEventDataStore: false,
    DeleteResourcePolicy: false,
    DeleteTrail: true,
    DeregisterOrganizationDelegatedAdmin: false,
    DescribeQuery: false,
    DescribeTrails: true,
    DisableFederation: false,
    EnableFederation: false,
    GenerateQuery: false,
    GetChannel: false,
    GetDashboard: false,
    GetEventConfiguration: false,
    GetEventDataStore: false,
    GetEventSelectors: true,
    GetImport: false,
    GetInsightSelectors: true,
    GetQueryResults: false,
    GetResourcePolicy: false,
    GetTrail: true,
    GetTrailStatus: true,
    ListChannels: false,
    ListDashboards: false,
    ListEventDataStores: false,
    ListImportFailures: false,
    ListImports: false,
    ListInsightsData: false,
    ListInsightsMetricData: false,
    ListPublicKeys: true,
    ListQueries: false,
    ListTags: true,
    ListTrails: true,
    LookupEvents: true,
    PutEventConfiguration: false,
    PutEventSelectors: true,
    PutInsightSelectors: false,
    PutResourcePolicy: false,
    RegisterOrganizationDelegatedAdmin: false,
    RemoveTags: true,
    RestoreEventDataStore: false,
    SearchSampleQueries: false,
    StartDashboardRefresh: false,
    StartEventDataStoreIngestion: false,
    StartImport: false,
    StartLogging: true,
    StartQuery: false,
    StopEventDataStoreIngestion: false,
    StopImport: false,
    StopLogging: true,
    UpdateChannel: false,
    UpdateDashboard: false,
    UpdateEventDataStore: false,
    UpdateTrail: true,
}

error_codes! {
    AccessDeniedException: 400,
    ChannelARNInvalidException: 400,
    ChannelNotFoundException: 400,
    CloudTrailARNInvalidException: 400,
    CloudTrailAccessNotEnabledException: 400,
    CloudTrailInvalidClientTokenIdException: 400,
    CloudWatchLogsDeliveryUnavailableException: 400,
    ConflictException: 400,
    EventDataStoreARNInvalidException: 400,
    EventDataStoreNotFoundException: 400,
    ExpiredTokenException: 400,
    InactiveEventDataStoreException: 400,
    IncompleteSignatureException: 400,
    InsightNotEnabledException: 400,
    InsufficientDependencyServiceAccessPermissionException: 400,
    InsufficientEncryptionPolicyException: 400,
    InsufficientS3BucketPolicyException: 400,
    InsufficientSnsTopicPolicyException: 400,
    InternalFailure: 500,
    InvalidCloudWatchLogsLogGroupArnException: 400,
    InvalidCloudWatchLogsRoleArnException: 400,
    InvalidEventCategoryException: 400,
    InvalidEventSelectorsException: 400,
    InvalidHomeRegionException: 400,
    InvalidKmsKeyIdException: 400,
    InvalidLookupAttributesException: 400,
    InvalidMaxResultsException: 400,
    InvalidNextTokenException: 400,
    InvalidParameterCombinationException: 400,
    InvalidParameterException: 400,
    InvalidS3BucketNameException: 400,
    InvalidS3PrefixException: 400,
    InvalidSignatureException: 400,
    InvalidSnsTopicNameException: 400,
    InvalidTagParameterException: 400,
    InvalidTimeRangeException: 400,
    InvalidTokenException: 400,
    InvalidTrailNameException: 400,
    KmsException: 400,
    KmsKeyDisabledException: 400,
    KmsKeyNotFoundException: 400,
    MaximumNumberOfTrailsExceededException: 400,
    MissingAuthenticationTokenException: 400,
    NoManagementAccountSLRExistsException: 400,
    NotOrganizationMasterAccountException: 400,
    OperationNotPermittedException: 400,
    OrganizationNotInAllFeaturesModeException: 400,
    OrganizationsNotInUseException: 400,
    ResourceNotFoundException: 400,
    ResourceTypeNotSupportedException: 400,
    S3BucketDoesNotExistException: 400,
    SerializationException: 400,
    ServiceUnavailable: 503,
    TagsLimitExceededException: 400,
    ThrottlingException: 400,
    TrailAlreadyExistsException: 400,
    TrailNotFoundException: 400,
    TrailNotProvidedException: 400,
    UnknownOperationException: 400,
    UnrecognizedClientException: 400,
    UnsupportedOperationException: 400,
    ValidationException: 400,
}

operation_codes! {
    AddTagsCode: AccessDeniedException, ChannelARNInvalidException, ChannelNotFoundException, CloudTrailARNInvalidException, ConflictException, EventDataStoreARNInvalidException, EventDataStoreNotFoundException, InactiveEventDataStoreException, InternalFailure, InvalidTagParameterException, InvalidTrailNameException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, ResourceNotFoundException, ResourceTypeNotSupportedException, TagsLimitExceededException, ValidationException;
    CreateTrailCode: AccessDeniedException, CloudTrailAccessNotEnabledException, CloudTrailInvalidClientTokenIdException, CloudWatchLogsDeliveryUnavailableException, ConflictException, InsufficientDependencyServiceAccessPermissionException, InsufficientEncryptionPolicyException, InsufficientS3BucketPolicyException, InsufficientSnsTopicPolicyException, InternalFailure, InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException, InvalidKmsKeyIdException, InvalidParameterCombinationException, InvalidParameterException, InvalidS3BucketNameException, InvalidS3PrefixException, InvalidSnsTopicNameException, InvalidTagParameterException, InvalidTrailNameException, KmsException, KmsKeyDisabledException, KmsKeyNotFoundException, MaximumNumberOfTrailsExceededException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, OrganizationNotInAllFeaturesModeException, OrganizationsNotInUseException, S3BucketDoesNotExistException, TagsLimitExceededException, ThrottlingException, TrailAlreadyExistsException, TrailNotProvidedException, ValidationException;
    DeleteTrailCode: AccessDeniedException, CloudTrailARNInvalidException, ConflictException, InsufficientDependencyServiceAccessPermissionException, InternalFailure, InvalidHomeRegionException, InvalidTrailNameException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, ThrottlingException, TrailNotFoundException, ValidationException;
    DescribeTrailsCode: AccessDeniedException, CloudTrailARNInvalidException, InternalFailure, InvalidTrailNameException, NoManagementAccountSLRExistsException, OperationNotPermittedException, ValidationException;
    GetEventSelectorsCode: AccessDeniedException, CloudTrailARNInvalidException, InternalFailure, InvalidTrailNameException, NoManagementAccountSLRExistsException, OperationNotPermittedException, TrailNotFoundException, ValidationException;
    GetInsightSelectorsCode: AccessDeniedException, CloudTrailARNInvalidException, InsightNotEnabledException, InternalFailure, InvalidParameterCombinationException, InvalidParameterException, InvalidTrailNameException, NoManagementAccountSLRExistsException, OperationNotPermittedException, ThrottlingException, TrailNotFoundException, ValidationException;
    GetTrailCode: AccessDeniedException, CloudTrailARNInvalidException, InternalFailure, InvalidTrailNameException, OperationNotPermittedException, TrailNotFoundException, ValidationException;
    GetTrailStatusCode: AccessDeniedException, CloudTrailARNInvalidException, InternalFailure, InvalidTrailNameException, OperationNotPermittedException, TrailNotFoundException, ValidationException;
    ListPublicKeysCode: AccessDeniedException, InternalFailure, InvalidTimeRangeException, InvalidTokenException, OperationNotPermittedException, ValidationException;
    ListTagsCode: AccessDeniedException, ChannelARNInvalidException, CloudTrailARNInvalidException, EventDataStoreARNInvalidException, EventDataStoreNotFoundException, InactiveEventDataStoreException, InternalFailure, InvalidTokenException, InvalidTrailNameException, NoManagementAccountSLRExistsException, OperationNotPermittedException, ResourceNotFoundException, ResourceTypeNotSupportedException, ValidationException;
    ListTrailsCode: AccessDeniedException, InternalFailure, OperationNotPermittedException, ValidationException;
    LookupEventsCode: AccessDeniedException, InternalFailure, InvalidEventCategoryException, InvalidLookupAttributesException, InvalidMaxResultsException, InvalidNextTokenException, InvalidTimeRangeException, OperationNotPermittedException, ThrottlingException, ValidationException;
    PutEventSelectorsCode: AccessDeniedException, CloudTrailARNInvalidException, ConflictException, InsufficientDependencyServiceAccessPermissionException, InternalFailure, InvalidEventSelectorsException, InvalidHomeRegionException, InvalidTrailNameException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, ThrottlingException, TrailNotFoundException, ValidationException;
    RemoveTagsCode: AccessDeniedException, ChannelARNInvalidException, ChannelNotFoundException, CloudTrailARNInvalidException, ConflictException, EventDataStoreARNInvalidException, EventDataStoreNotFoundException, InactiveEventDataStoreException, InternalFailure, InvalidTagParameterException, InvalidTrailNameException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, ResourceNotFoundException, ResourceTypeNotSupportedException, ValidationException;
    StartLoggingCode: AccessDeniedException, CloudTrailARNInvalidException, ConflictException, InsufficientDependencyServiceAccessPermissionException, InternalFailure, InvalidHomeRegionException, InvalidTrailNameException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, ThrottlingException, TrailNotFoundException, ValidationException;
    StopLoggingCode: AccessDeniedException, CloudTrailARNInvalidException, ConflictException, InsufficientDependencyServiceAccessPermissionException, InternalFailure, InvalidHomeRegionException, InvalidTrailNameException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, ThrottlingException, TrailNotFoundException, ValidationException;
    UpdateTrailCode: AccessDeniedException, CloudTrailARNInvalidException, CloudTrailAccessNotEnabledException, CloudTrailInvalidClientTokenIdException, CloudWatchLogsDeliveryUnavailableException, ConflictException, InsufficientDependencyServiceAccessPermissionException, InsufficientEncryptionPolicyException, InsufficientS3BucketPolicyException, InsufficientSnsTopicPolicyException, InternalFailure, InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException, InvalidEventSelectorsException, InvalidHomeRegionException, InvalidKmsKeyIdException, InvalidParameterCombinationException, InvalidParameterException, InvalidS3BucketNameException, InvalidS3PrefixException, InvalidSnsTopicNameException, InvalidTrailNameException, KmsException, KmsKeyDisabledException, KmsKeyNotFoundException, NoManagementAccountSLRExistsException, NotOrganizationMasterAccountException, OperationNotPermittedException, OrganizationNotInAllFeaturesModeException, OrganizationsNotInUseException, S3BucketDoesNotExistException, ThrottlingException, TrailNotFoundException, TrailNotProvidedException, ValidationException;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddTagsRequest<'a> {
    pub resource_id: Cow<'a, str>,
    pub tags_list: Vec<Tag<'a>>,
}

impl<'a> Decode<'a> for AddTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_id = None;
        let mut tags_list = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceId", "TagsList"]) })? {
            match &*found {
                "ResourceId" => resource_id = from.string()?,
                "TagsList" => tags_list = list(from, &Path::Member(at, "TagsList"), violations, 200)?,
                _ => from.skip()?,
            }
        }
        let resource_id = violations.required(at, "ResourceId", resource_id);
        violations.structures(at, "TagsList", &tags_list, Range { min: None, max: Some(200) });
        let tags_list = violations.required(at, "TagsList", tags_list);
        Ok(Some(AddTagsRequest { resource_id, tags_list }))
    }
}

impl Encode for AddTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceId", &self.resource_id);
        to.field("TagsList", &self.tags_list);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddTagsResponse {
}

impl<'a> Decode<'a> for AddTagsResponse {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(AddTagsResponse {  }))
    }
}

impl Encode for AddTagsResponse {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdvancedEventSelector<'a> {
    pub name: Option<Cow<'a, str>>,
    pub field_selectors: Vec<AdvancedFieldSelector<'a>>,
}

impl<'a> Decode<'a> for AdvancedEventSelector<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut field_selectors = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "FieldSelectors"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "FieldSelectors" => field_selectors = list(from, &Path::Member(at, "FieldSelectors"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Name", &name, &SELECTOR_NAME);
        violations.structures(at, "FieldSelectors", &field_selectors, Range { min: Some(1), max: Some(1000) });
        let field_selectors = violations.required(at, "FieldSelectors", field_selectors);
        Ok(Some(AdvancedEventSelector { name, field_selectors }))
    }
}

impl Encode for AdvancedEventSelector<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Name", &self.name);
        to.field("FieldSelectors", &self.field_selectors);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdvancedFieldSelector<'a> {
    pub field: Cow<'a, str>,
    pub equals: Option<Vec<Cow<'a, str>>>,
    pub starts_with: Option<Vec<Cow<'a, str>>>,
    pub ends_with: Option<Vec<Cow<'a, str>>>,
    pub not_equals: Option<Vec<Cow<'a, str>>>,
    pub not_starts_with: Option<Vec<Cow<'a, str>>>,
    pub not_ends_with: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Decode<'a> for AdvancedFieldSelector<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut field = None;
        let mut equals = None;
        let mut starts_with = None;
        let mut ends_with = None;
        let mut not_equals = None;
        let mut not_starts_with = None;
        let mut not_ends_with = None;
        while let Some(found) = from.member(&mut open, const { &names(["Field", "Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"]) })? {
            match &*found {
                "Field" => field = from.string()?,
                "Equals" => equals = list(from, &Path::Member(at, "Equals"), violations, 1000)?,
                "StartsWith" => starts_with = list(from, &Path::Member(at, "StartsWith"), violations, 1000)?,
                "EndsWith" => ends_with = list(from, &Path::Member(at, "EndsWith"), violations, 1000)?,
                "NotEquals" => not_equals = list(from, &Path::Member(at, "NotEquals"), violations, 1000)?,
                "NotStartsWith" => not_starts_with = list(from, &Path::Member(at, "NotStartsWith"), violations, 1000)?,
                "NotEndsWith" => not_ends_with = list(from, &Path::Member(at, "NotEndsWith"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "Field", &field, &SELECTOR_FIELD);
        let field = violations.required(at, "Field", field);
        violations.strings(at, "Equals", &equals, Range { min: Some(1), max: Some(1000) }, &OPERATOR_VALUE);
        violations.strings(at, "StartsWith", &starts_with, Range { min: Some(1), max: Some(1000) }, &OPERATOR_VALUE);
        violations.strings(at, "EndsWith", &ends_with, Range { min: Some(1), max: Some(1000) }, &OPERATOR_VALUE);
        violations.strings(at, "NotEquals", &not_equals, Range { min: Some(1), max: Some(1000) }, &OPERATOR_VALUE);
        violations.strings(at, "NotStartsWith", &not_starts_with, Range { min: Some(1), max: Some(1000) }, &OPERATOR_VALUE);
        violations.strings(at, "NotEndsWith", &not_ends_with, Range { min: Some(1), max: Some(1000) }, &OPERATOR_VALUE);
        Ok(Some(AdvancedFieldSelector { field, equals, starts_with, ends_with, not_equals, not_starts_with, not_ends_with }))
    }
}

impl Encode for AdvancedFieldSelector<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Field", &self.field);
        to.optional("Equals", &self.equals);
        to.optional("StartsWith", &self.starts_with);
        to.optional("EndsWith", &self.ends_with);
        to.optional("NotEquals", &self.not_equals);
        to.optional("NotStartsWith", &self.not_starts_with);
        to.optional("NotEndsWith", &self.not_ends_with);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTrailRequest<'a> {
    pub name: Cow<'a, str>,
    pub s3_bucket_name: Cow<'a, str>,
    pub s3_key_prefix: Option<Cow<'a, str>>,
    pub sns_topic_name: Option<Cow<'a, str>>,
    pub include_global_service_events: Option<bool>,
    pub is_multi_region_trail: Option<bool>,
    pub enable_log_file_validation: Option<bool>,
    pub cloud_watch_logs_log_group_arn: Option<Cow<'a, str>>,
    pub cloud_watch_logs_role_arn: Option<Cow<'a, str>>,
    pub kms_key_id: Option<Cow<'a, str>>,
    pub is_organization_trail: Option<bool>,
    pub tags_list: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for CreateTrailRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut s3_bucket_name = None;
        let mut s3_key_prefix = None;
        let mut sns_topic_name = None;
        let mut include_global_service_events = None;
        let mut is_multi_region_trail = None;
        let mut enable_log_file_validation = None;
        let mut cloud_watch_logs_log_group_arn = None;
        let mut cloud_watch_logs_role_arn = None;
        let mut kms_key_id = None;
        let mut is_organization_trail = None;
        let mut tags_list = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail", "TagsList"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "S3BucketName" => s3_bucket_name = from.string()?,
                "S3KeyPrefix" => s3_key_prefix = from.string()?,
                "SnsTopicName" => sns_topic_name = from.string()?,
                "IncludeGlobalServiceEvents" => include_global_service_events = from.boolean()?,
                "IsMultiRegionTrail" => is_multi_region_trail = from.boolean()?,
                "EnableLogFileValidation" => enable_log_file_validation = from.boolean()?,
                "CloudWatchLogsLogGroupArn" => cloud_watch_logs_log_group_arn = from.string()?,
                "CloudWatchLogsRoleArn" => cloud_watch_logs_role_arn = from.string()?,
                "KmsKeyId" => kms_key_id = from.string()?,
                "IsOrganizationTrail" => is_organization_trail = from.boolean()?,
                "TagsList" => tags_list = list(from, &Path::Member(at, "TagsList"), violations, 200)?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        let s3_bucket_name = violations.required(at, "S3BucketName", s3_bucket_name);
        violations.structures(at, "TagsList", &tags_list, Range { min: None, max: Some(200) });
        Ok(Some(CreateTrailRequest { name, s3_bucket_name, s3_key_prefix, sns_topic_name, include_global_service_events, is_multi_region_trail, enable_log_file_validation, cloud_watch_logs_log_group_arn, cloud_watch_logs_role_arn, kms_key_id, is_organization_trail, tags_list }))
    }
}

impl Encode for CreateTrailRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.field("S3BucketName", &self.s3_bucket_name);
        to.optional("S3KeyPrefix", &self.s3_key_prefix);
        to.optional("SnsTopicName", &self.sns_topic_name);
        to.optional("IncludeGlobalServiceEvents", &self.include_global_service_events);
        to.optional("IsMultiRegionTrail", &self.is_multi_region_trail);
        to.optional("EnableLogFileValidation", &self.enable_log_file_validation);
        to.optional("CloudWatchLogsLogGroupArn", &self.cloud_watch_logs_log_group_arn);
        to.optional("CloudWatchLogsRoleArn", &self.cloud_watch_logs_role_arn);
        to.optional("KmsKeyId", &self.kms_key_id);
        to.optional("IsOrganizationTrail", &self.is_organization_trail);
        to.optional("TagsList", &self.tags_list);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTrailResponse<'a> {
    pub name: Option<Cow<'a, str>>,
    pub s3_bucket_name: Option<Cow<'a, str>>,
    pub s3_key_prefix: Option<Cow<'a, str>>,
    pub sns_topic_name: Option<Cow<'a, str>>,
    pub sns_topic_arn: Option<Cow<'a, str>>,
    pub include_global_service_events: Option<bool>,
    pub is_multi_region_trail: Option<bool>,
    pub trail_arn: Option<Cow<'a, str>>,
    pub log_file_validation_enabled: Option<bool>,
    pub cloud_watch_logs_log_group_arn: Option<Cow<'a, str>>,
    pub cloud_watch_logs_role_arn: Option<Cow<'a, str>>,
    pub kms_key_id: Option<Cow<'a, str>>,
    pub is_organization_trail: Option<bool>,
}

impl<'a> Decode<'a> for CreateTrailResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut s3_bucket_name = None;
        let mut s3_key_prefix = None;
        let mut sns_topic_name = None;
        let mut sns_topic_arn = None;
        let mut include_global_service_events = None;
        let mut is_multi_region_trail = None;
        let mut trail_arn = None;
        let mut log_file_validation_enabled = None;
        let mut cloud_watch_logs_log_group_arn = None;
        let mut cloud_watch_logs_role_arn = None;
        let mut kms_key_id = None;
        let mut is_organization_trail = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "TrailARN", "LogFileValidationEnabled", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "S3BucketName" => s3_bucket_name = from.string()?,
                "S3KeyPrefix" => s3_key_prefix = from.string()?,
                "SnsTopicName" => sns_topic_name = from.string()?,
                "SnsTopicARN" => sns_topic_arn = from.string()?,
                "IncludeGlobalServiceEvents" => include_global_service_events = from.boolean()?,
                "IsMultiRegionTrail" => is_multi_region_trail = from.boolean()?,
                "TrailARN" => trail_arn = from.string()?,
                "LogFileValidationEnabled" => log_file_validation_enabled = from.boolean()?,
                "CloudWatchLogsLogGroupArn" => cloud_watch_logs_log_group_arn = from.string()?,
                "CloudWatchLogsRoleArn" => cloud_watch_logs_role_arn = from.string()?,
                "KmsKeyId" => kms_key_id = from.string()?,
                "IsOrganizationTrail" => is_organization_trail = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(CreateTrailResponse { name, s3_bucket_name, s3_key_prefix, sns_topic_name, sns_topic_arn, include_global_service_events, is_multi_region_trail, trail_arn, log_file_validation_enabled, cloud_watch_logs_log_group_arn, cloud_watch_logs_role_arn, kms_key_id, is_organization_trail }))
    }
}

impl Encode for CreateTrailResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Name", &self.name);
        to.optional("S3BucketName", &self.s3_bucket_name);
        to.optional("S3KeyPrefix", &self.s3_key_prefix);
        to.optional("SnsTopicName", &self.sns_topic_name);
        to.optional("SnsTopicARN", &self.sns_topic_arn);
        to.optional("IncludeGlobalServiceEvents", &self.include_global_service_events);
        to.optional("IsMultiRegionTrail", &self.is_multi_region_trail);
        to.optional("TrailARN", &self.trail_arn);
        to.optional("LogFileValidationEnabled", &self.log_file_validation_enabled);
        to.optional("CloudWatchLogsLogGroupArn", &self.cloud_watch_logs_log_group_arn);
        to.optional("CloudWatchLogsRoleArn", &self.cloud_watch_logs_role_arn);
        to.optional("KmsKeyId", &self.kms_key_id);
        to.optional("IsOrganizationTrail", &self.is_organization_trail);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataResource<'a> {
    pub r#type: Option<Cow<'a, str>>,
    pub values: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Decode<'a> for DataResource<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut r#type = None;
        let mut values = None;
        while let Some(found) = from.member(&mut open, const { &names(["Type", "Values"]) })? {
            match &*found {
                "Type" => r#type = from.string()?,
                "Values" => values = list(from, &Path::Member(at, "Values"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        violations.strings(at, "Values", &values, Range { min: None, max: Some(1000) }, &DATA_RESOURCE_VALUES);
        Ok(Some(DataResource { r#type, values }))
    }
}

impl Encode for DataResource<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Type", &self.r#type);
        to.optional("Values", &self.values);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTrailRequest<'a> {
    pub name: Cow<'a, str>,
}

impl<'a> Decode<'a> for DeleteTrailRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        Ok(Some(DeleteTrailRequest { name }))
    }
}

impl Encode for DeleteTrailRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTrailResponse {
}

impl<'a> Decode<'a> for DeleteTrailResponse {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(DeleteTrailResponse {  }))
    }
}

impl Encode for DeleteTrailResponse {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeTrailsRequest<'a> {
    pub trail_name_list: Option<Vec<Cow<'a, str>>>,
    pub include_shadow_trails: Option<bool>,
}

impl<'a> Decode<'a> for DescribeTrailsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_name_list = None;
        let mut include_shadow_trails = None;
        while let Some(found) = from.member(&mut open, const { &names(["trailNameList", "includeShadowTrails"]) })? {
            match &*found {
                "trailNameList" => trail_name_list = list(from, &Path::Member(at, "trailNameList"), violations, 1000)?,
                "includeShadowTrails" => include_shadow_trails = from.boolean()?,
                _ => from.skip()?,
            }
        }
        violations.strings(at, "trailNameList", &trail_name_list, Range { min: None, max: Some(1000) }, &DESCRIBE_TRAILS_REQUEST_TRAIL_NAME_LIST);
        Ok(Some(DescribeTrailsRequest { trail_name_list, include_shadow_trails }))
    }
}

impl Encode for DescribeTrailsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("trailNameList", &self.trail_name_list);
        to.optional("includeShadowTrails", &self.include_shadow_trails);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeTrailsResponse<'a> {
    pub trail_list: Option<Vec<Trail<'a>>>,
}

impl<'a> Decode<'a> for DescribeTrailsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_list = None;
        while let Some(found) = from.member(&mut open, const { &names(["trailList"]) })? {
            match &*found {
                "trailList" => trail_list = list(from, &Path::Member(at, "trailList"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(DescribeTrailsResponse { trail_list }))
    }
}

impl Encode for DescribeTrailsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("trailList", &self.trail_list);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event<'a> {
    pub event_id: Option<Cow<'a, str>>,
    pub event_name: Option<Cow<'a, str>>,
    pub read_only: Option<Cow<'a, str>>,
    pub access_key_id: Option<Cow<'a, str>>,
    pub event_time: Option<Timestamp>,
    pub event_source: Option<Cow<'a, str>>,
    pub username: Option<Cow<'a, str>>,
    pub resources: Option<Vec<Resource<'a>>>,
    pub cloud_trail_event: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for Event<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut event_id = None;
        let mut event_name = None;
        let mut read_only = None;
        let mut access_key_id = None;
        let mut event_time = None;
        let mut event_source = None;
        let mut username = None;
        let mut resources = None;
        let mut cloud_trail_event = None;
        while let Some(found) = from.member(&mut open, const { &names(["EventId", "EventName", "ReadOnly", "AccessKeyId", "EventTime", "EventSource", "Username", "Resources", "CloudTrailEvent"]) })? {
            match &*found {
                "EventId" => event_id = from.string()?,
                "EventName" => event_name = from.string()?,
                "ReadOnly" => read_only = from.string()?,
                "AccessKeyId" => access_key_id = from.string()?,
                "EventTime" => event_time = from.timestamp()?,
                "EventSource" => event_source = from.string()?,
                "Username" => username = from.string()?,
                "Resources" => resources = list(from, &Path::Member(at, "Resources"), violations, usize::MAX)?,
                "CloudTrailEvent" => cloud_trail_event = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(Event { event_id, event_name, read_only, access_key_id, event_time, event_source, username, resources, cloud_trail_event }))
    }
}

impl Encode for Event<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("EventId", &self.event_id);
        to.optional("EventName", &self.event_name);
        to.optional("ReadOnly", &self.read_only);
        to.optional("AccessKeyId", &self.access_key_id);
        to.optional("EventTime", &self.event_time);
        to.optional("EventSource", &self.event_source);
        to.optional("Username", &self.username);
        to.optional("Resources", &self.resources);
        to.optional("CloudTrailEvent", &self.cloud_trail_event);
        to.end_struct();
    }
}

enumeration! {
    EventCategory "[insight]";
    Insight = "insight",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSelector<'a> {
    pub read_write_type: Option<ReadWriteType>,
    pub include_management_events: Option<bool>,
    pub data_resources: Option<Vec<DataResource<'a>>>,
    pub exclude_management_event_sources: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Decode<'a> for EventSelector<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut read_write_type = None;
        let mut include_management_events = None;
        let mut data_resources = None;
        let mut exclude_management_event_sources = None;
        while let Some(found) = from.member(&mut open, const { &names(["ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources"]) })? {
            match &*found {
                "ReadWriteType" => read_write_type = from.string()?,
                "IncludeManagementEvents" => include_management_events = from.boolean()?,
                "DataResources" => data_resources = list(from, &Path::Member(at, "DataResources"), violations, 1000)?,
                "ExcludeManagementEventSources" => exclude_management_event_sources = list(from, &Path::Member(at, "ExcludeManagementEventSources"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        let read_write_type = violations.enumeration(at, "ReadWriteType", read_write_type);
        violations.structures(at, "DataResources", &data_resources, Range { min: None, max: Some(1000) });
        violations.strings(at, "ExcludeManagementEventSources", &exclude_management_event_sources, Range { min: None, max: Some(1000) }, &EVENT_SELECTOR_EXCLUDE_MANAGEMENT_EVENT_SOURCES);
        Ok(Some(EventSelector { read_write_type, include_management_events, data_resources, exclude_management_event_sources }))
    }
}

impl Encode for EventSelector<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ReadWriteType", &self.read_write_type);
        to.optional("IncludeManagementEvents", &self.include_management_events);
        to.optional("DataResources", &self.data_resources);
        to.optional("ExcludeManagementEventSources", &self.exclude_management_event_sources);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetEventSelectorsRequest<'a> {
    pub trail_name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetEventSelectorsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailName"]) })? {
            match &*found {
                "TrailName" => trail_name = from.string()?,
                _ => from.skip()?,
            }
        }
        let trail_name = violations.required(at, "TrailName", trail_name);
        Ok(Some(GetEventSelectorsRequest { trail_name }))
    }
}

impl Encode for GetEventSelectorsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("TrailName", &self.trail_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetEventSelectorsResponse<'a> {
    pub trail_arn: Option<Cow<'a, str>>,
    pub event_selectors: Option<Vec<EventSelector<'a>>>,
    pub advanced_event_selectors: Option<Vec<AdvancedEventSelector<'a>>>,
}

impl<'a> Decode<'a> for GetEventSelectorsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_arn = None;
        let mut event_selectors = None;
        let mut advanced_event_selectors = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailARN", "EventSelectors", "AdvancedEventSelectors"]) })? {
            match &*found {
                "TrailARN" => trail_arn = from.string()?,
                "EventSelectors" => event_selectors = list(from, &Path::Member(at, "EventSelectors"), violations, usize::MAX)?,
                "AdvancedEventSelectors" => advanced_event_selectors = list(from, &Path::Member(at, "AdvancedEventSelectors"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetEventSelectorsResponse { trail_arn, event_selectors, advanced_event_selectors }))
    }
}

impl Encode for GetEventSelectorsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("TrailARN", &self.trail_arn);
        to.optional("EventSelectors", &self.event_selectors);
        to.optional("AdvancedEventSelectors", &self.advanced_event_selectors);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetInsightSelectorsRequest<'a> {
    pub trail_name: Option<Cow<'a, str>>,
    pub event_data_store: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetInsightSelectorsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_name = None;
        let mut event_data_store = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailName", "EventDataStore"]) })? {
            match &*found {
                "TrailName" => trail_name = from.string()?,
                "EventDataStore" => event_data_store = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.string(at, "EventDataStore", &event_data_store, &EVENT_DATA_STORE_ARN);
        Ok(Some(GetInsightSelectorsRequest { trail_name, event_data_store }))
    }
}

impl Encode for GetInsightSelectorsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("TrailName", &self.trail_name);
        to.optional("EventDataStore", &self.event_data_store);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetInsightSelectorsResponse<'a> {
    pub trail_arn: Option<Cow<'a, str>>,
    pub insight_selectors: Option<Vec<InsightSelector>>,
    pub event_data_store_arn: Option<Cow<'a, str>>,
    pub insights_destination: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetInsightSelectorsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_arn = None;
        let mut insight_selectors = None;
        let mut event_data_store_arn = None;
        let mut insights_destination = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailARN", "InsightSelectors", "EventDataStoreArn", "InsightsDestination"]) })? {
            match &*found {
                "TrailARN" => trail_arn = from.string()?,
                "InsightSelectors" => insight_selectors = list(from, &Path::Member(at, "InsightSelectors"), violations, usize::MAX)?,
                "EventDataStoreArn" => event_data_store_arn = from.string()?,
                "InsightsDestination" => insights_destination = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetInsightSelectorsResponse { trail_arn, insight_selectors, event_data_store_arn, insights_destination }))
    }
}

impl Encode for GetInsightSelectorsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("TrailARN", &self.trail_arn);
        to.optional("InsightSelectors", &self.insight_selectors);
        to.optional("EventDataStoreArn", &self.event_data_store_arn);
        to.optional("InsightsDestination", &self.insights_destination);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTrailRequest<'a> {
    pub name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetTrailRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        Ok(Some(GetTrailRequest { name }))
    }
}

impl Encode for GetTrailRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTrailResponse<'a> {
    pub trail: Option<Trail<'a>>,
}

impl<'a> Decode<'a> for GetTrailResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail = None;
        while let Some(found) = from.member(&mut open, const { &names(["Trail"]) })? {
            match &*found {
                "Trail" => trail = Trail::decode(from, &Path::Member(at, "Trail"), violations)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetTrailResponse { trail }))
    }
}

impl Encode for GetTrailResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Trail", &self.trail);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTrailStatusRequest<'a> {
    pub name: Cow<'a, str>,
}

impl<'a> Decode<'a> for GetTrailStatusRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        Ok(Some(GetTrailStatusRequest { name }))
    }
}

impl Encode for GetTrailStatusRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTrailStatusResponse<'a> {
    pub is_logging: Option<bool>,
    pub latest_delivery_error: Option<Cow<'a, str>>,
    pub latest_notification_error: Option<Cow<'a, str>>,
    pub latest_delivery_time: Option<Timestamp>,
    pub latest_notification_time: Option<Timestamp>,
    pub start_logging_time: Option<Timestamp>,
    pub stop_logging_time: Option<Timestamp>,
    pub latest_cloud_watch_logs_delivery_error: Option<Cow<'a, str>>,
    pub latest_cloud_watch_logs_delivery_time: Option<Timestamp>,
    pub latest_digest_delivery_time: Option<Timestamp>,
    pub latest_digest_delivery_error: Option<Cow<'a, str>>,
    pub latest_delivery_attempt_time: Option<Cow<'a, str>>,
    pub latest_notification_attempt_time: Option<Cow<'a, str>>,
    pub latest_notification_attempt_succeeded: Option<Cow<'a, str>>,
    pub latest_delivery_attempt_succeeded: Option<Cow<'a, str>>,
    pub time_logging_started: Option<Cow<'a, str>>,
    pub time_logging_stopped: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for GetTrailStatusResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut is_logging = None;
        let mut latest_delivery_error = None;
        let mut latest_notification_error = None;
        let mut latest_delivery_time = None;
        let mut latest_notification_time = None;
        let mut start_logging_time = None;
        let mut stop_logging_time = None;
        let mut latest_cloud_watch_logs_delivery_error = None;
        let mut latest_cloud_watch_logs_delivery_time = None;
        let mut latest_digest_delivery_time = None;
        let mut latest_digest_delivery_error = None;
        let mut latest_delivery_attempt_time = None;
        let mut latest_notification_attempt_time = None;
        let mut latest_notification_attempt_succeeded = None;
        let mut latest_delivery_attempt_succeeded = None;
        let mut time_logging_started = None;
        let mut time_logging_stopped = None;
        while let Some(found) = from.member(&mut open, const { &names(["IsLogging", "LatestDeliveryError", "LatestNotificationError", "LatestDeliveryTime", "LatestNotificationTime", "StartLoggingTime", "StopLoggingTime", "LatestCloudWatchLogsDeliveryError", "LatestCloudWatchLogsDeliveryTime", "LatestDigestDeliveryTime", "LatestDigestDeliveryError", "LatestDeliveryAttemptTime", "LatestNotificationAttemptTime", "LatestNotificationAttemptSucceeded", "LatestDeliveryAttemptSucceeded", "TimeLoggingStarted", "TimeLoggingStopped"]) })? {
            match &*found {
                "IsLogging" => is_logging = from.boolean()?,
                "LatestDeliveryError" => latest_delivery_error = from.string()?,
                "LatestNotificationError" => latest_notification_error = from.string()?,
                "LatestDeliveryTime" => latest_delivery_time = from.timestamp()?,
                "LatestNotificationTime" => latest_notification_time = from.timestamp()?,
                "StartLoggingTime" => start_logging_time = from.timestamp()?,
                "StopLoggingTime" => stop_logging_time = from.timestamp()?,
                "LatestCloudWatchLogsDeliveryError" => latest_cloud_watch_logs_delivery_error = from.string()?,
                "LatestCloudWatchLogsDeliveryTime" => latest_cloud_watch_logs_delivery_time = from.timestamp()?,
                "LatestDigestDeliveryTime" => latest_digest_delivery_time = from.timestamp()?,
                "LatestDigestDeliveryError" => latest_digest_delivery_error = from.string()?,
                "LatestDeliveryAttemptTime" => latest_delivery_attempt_time = from.string()?,
                "LatestNotificationAttemptTime" => latest_notification_attempt_time = from.string()?,
                "LatestNotificationAttemptSucceeded" => latest_notification_attempt_succeeded = from.string()?,
                "LatestDeliveryAttemptSucceeded" => latest_delivery_attempt_succeeded = from.string()?,
                "TimeLoggingStarted" => time_logging_started = from.string()?,
                "TimeLoggingStopped" => time_logging_stopped = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(GetTrailStatusResponse { is_logging, latest_delivery_error, latest_notification_error, latest_delivery_time, latest_notification_time, start_logging_time, stop_logging_time, latest_cloud_watch_logs_delivery_error, latest_cloud_watch_logs_delivery_time, latest_digest_delivery_time, latest_digest_delivery_error, latest_delivery_attempt_time, latest_notification_attempt_time, latest_notification_attempt_succeeded, latest_delivery_attempt_succeeded, time_logging_started, time_logging_stopped }))
    }
}

impl Encode for GetTrailStatusResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("IsLogging", &self.is_logging);
        to.optional("LatestDeliveryError", &self.latest_delivery_error);
        to.optional("LatestNotificationError", &self.latest_notification_error);
        to.optional("LatestDeliveryTime", &self.latest_delivery_time);
        to.optional("LatestNotificationTime", &self.latest_notification_time);
        to.optional("StartLoggingTime", &self.start_logging_time);
        to.optional("StopLoggingTime", &self.stop_logging_time);
        to.optional("LatestCloudWatchLogsDeliveryError", &self.latest_cloud_watch_logs_delivery_error);
        to.optional("LatestCloudWatchLogsDeliveryTime", &self.latest_cloud_watch_logs_delivery_time);
        to.optional("LatestDigestDeliveryTime", &self.latest_digest_delivery_time);
        to.optional("LatestDigestDeliveryError", &self.latest_digest_delivery_error);
        to.optional("LatestDeliveryAttemptTime", &self.latest_delivery_attempt_time);
        to.optional("LatestNotificationAttemptTime", &self.latest_notification_attempt_time);
        to.optional("LatestNotificationAttemptSucceeded", &self.latest_notification_attempt_succeeded);
        to.optional("LatestDeliveryAttemptSucceeded", &self.latest_delivery_attempt_succeeded);
        to.optional("TimeLoggingStarted", &self.time_logging_started);
        to.optional("TimeLoggingStopped", &self.time_logging_stopped);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InsightSelector {
    pub insight_type: Option<InsightType>,
    pub event_categories: Option<Vec<SourceEventCategory>>,
}

impl<'a> Decode<'a> for InsightSelector {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut insight_type = None;
        let mut event_categories = None;
        while let Some(found) = from.member(&mut open, const { &names(["InsightType", "EventCategories"]) })? {
            match &*found {
                "InsightType" => insight_type = from.string()?,
                "EventCategories" => event_categories = list(from, &Path::Member(at, "EventCategories"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        let insight_type = violations.enumeration(at, "InsightType", insight_type);
        let event_categories = violations.enumerations(at, "EventCategories", event_categories, Range { min: None, max: None });
        Ok(Some(InsightSelector { insight_type, event_categories }))
    }
}

impl Encode for InsightSelector {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("InsightType", &self.insight_type);
        to.optional("EventCategories", &self.event_categories);
        to.end_struct();
    }
}

enumeration! {
    InsightType "[ApiCallRateInsight, ApiErrorRateInsight]";
    ApiCallRateInsight = "ApiCallRateInsight",
    ApiErrorRateInsight = "ApiErrorRateInsight",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPublicKeysRequest<'a> {
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListPublicKeysRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut start_time = None;
        let mut end_time = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["StartTime", "EndTime", "NextToken"]) })? {
            match &*found {
                "StartTime" => start_time = from.timestamp()?,
                "EndTime" => end_time = from.timestamp()?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListPublicKeysRequest { start_time, end_time, next_token }))
    }
}

impl Encode for ListPublicKeysRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("StartTime", &self.start_time);
        to.optional("EndTime", &self.end_time);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPublicKeysResponse<'a> {
    pub public_key_list: Option<Vec<PublicKey<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListPublicKeysResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut public_key_list = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["PublicKeyList", "NextToken"]) })? {
            match &*found {
                "PublicKeyList" => public_key_list = list(from, &Path::Member(at, "PublicKeyList"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListPublicKeysResponse { public_key_list, next_token }))
    }
}

impl Encode for ListPublicKeysResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("PublicKeyList", &self.public_key_list);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsRequest<'a> {
    pub resource_id_list: Vec<Cow<'a, str>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_id_list = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceIdList", "NextToken"]) })? {
            match &*found {
                "ResourceIdList" => resource_id_list = list(from, &Path::Member(at, "ResourceIdList"), violations, 1000)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.strings(at, "ResourceIdList", &resource_id_list, Range { min: None, max: Some(1000) }, &LIST_TAGS_REQUEST_RESOURCE_ID_LIST);
        let resource_id_list = violations.required(at, "ResourceIdList", resource_id_list);
        Ok(Some(ListTagsRequest { resource_id_list, next_token }))
    }
}

impl Encode for ListTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceIdList", &self.resource_id_list);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTagsResponse<'a> {
    pub resource_tag_list: Option<Vec<ResourceTag<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListTagsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_tag_list = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceTagList", "NextToken"]) })? {
            match &*found {
                "ResourceTagList" => resource_tag_list = list(from, &Path::Member(at, "ResourceTagList"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListTagsResponse { resource_tag_list, next_token }))
    }
}

impl Encode for ListTagsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ResourceTagList", &self.resource_tag_list);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTrailsRequest<'a> {
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListTrailsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["NextToken"]) })? {
            match &*found {
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListTrailsRequest { next_token }))
    }
}

impl Encode for ListTrailsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTrailsResponse<'a> {
    pub trails: Option<Vec<TrailInfo<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for ListTrailsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trails = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["Trails", "NextToken"]) })? {
            match &*found {
                "Trails" => trails = list(from, &Path::Member(at, "Trails"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ListTrailsResponse { trails, next_token }))
    }
}

impl Encode for ListTrailsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Trails", &self.trails);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LookupAttribute<'a> {
    pub attribute_key: LookupAttributeKey,
    pub attribute_value: Cow<'a, str>,
}

impl<'a> Decode<'a> for LookupAttribute<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut attribute_key = None;
        let mut attribute_value = None;
        while let Some(found) = from.member(&mut open, const { &names(["AttributeKey", "AttributeValue"]) })? {
            match &*found {
                "AttributeKey" => attribute_key = from.string()?,
                "AttributeValue" => attribute_value = from.string()?,
                _ => from.skip()?,
            }
        }
        let attribute_key = violations.enumeration(at, "AttributeKey", attribute_key);
        let attribute_key = violations.required(at, "AttributeKey", attribute_key);
        violations.string(at, "AttributeValue", &attribute_value, &LOOKUP_ATTRIBUTE_VALUE);
        let attribute_value = violations.required(at, "AttributeValue", attribute_value);
        Ok(Some(LookupAttribute { attribute_key, attribute_value }))
    }
}

impl Encode for LookupAttribute<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("AttributeKey", &self.attribute_key);
        to.field("AttributeValue", &self.attribute_value);
        to.end_struct();
    }
}

enumeration! {
    LookupAttributeKey "[EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId]";
    EventId = "EventId",
    EventName = "EventName",
    ReadOnly = "ReadOnly",
    Username = "Username",
    ResourceType = "ResourceType",
    ResourceName = "ResourceName",
    EventSource = "EventSource",
    AccessKeyId = "AccessKeyId",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LookupEventsRequest<'a> {
    pub lookup_attributes: Option<Vec<LookupAttribute<'a>>>,
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    pub event_category: Option<EventCategory>,
    pub max_results: Option<i32>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for LookupEventsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut lookup_attributes = None;
        let mut start_time = None;
        let mut end_time = None;
        let mut event_category = None;
        let mut max_results = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["LookupAttributes", "StartTime", "EndTime", "EventCategory", "MaxResults", "NextToken"]) })? {
            match &*found {
                "LookupAttributes" => lookup_attributes = list(from, &Path::Member(at, "LookupAttributes"), violations, 1000)?,
                "StartTime" => start_time = from.timestamp()?,
                "EndTime" => end_time = from.timestamp()?,
                "EventCategory" => event_category = from.string()?,
                "MaxResults" => max_results = from.integer()?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        violations.structures(at, "LookupAttributes", &lookup_attributes, Range { min: None, max: Some(1000) });
        let event_category = violations.enumeration(at, "EventCategory", event_category);
        violations.integer(at, "MaxResults", max_results, Range { min: Some(1), max: Some(50) });
        Ok(Some(LookupEventsRequest { lookup_attributes, start_time, end_time, event_category, max_results, next_token }))
    }
}

impl Encode for LookupEventsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("LookupAttributes", &self.lookup_attributes);
        to.optional("StartTime", &self.start_time);
        to.optional("EndTime", &self.end_time);
        to.optional("EventCategory", &self.event_category);
        to.optional("MaxResults", &self.max_results);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LookupEventsResponse<'a> {
    pub events: Option<Vec<Event<'a>>>,
    pub next_token: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for LookupEventsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut events = None;
        let mut next_token = None;
        while let Some(found) = from.member(&mut open, const { &names(["Events", "NextToken"]) })? {
            match &*found {
                "Events" => events = list(from, &Path::Member(at, "Events"), violations, usize::MAX)?,
                "NextToken" => next_token = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(LookupEventsResponse { events, next_token }))
    }
}

impl Encode for LookupEventsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Events", &self.events);
        to.optional("NextToken", &self.next_token);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicKey<'a> {
    pub value: Option<Blob<'a>>,
    pub validity_start_time: Option<Timestamp>,
    pub validity_end_time: Option<Timestamp>,
    pub fingerprint: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for PublicKey<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut value = None;
        let mut validity_start_time = None;
        let mut validity_end_time = None;
        let mut fingerprint = None;
        while let Some(found) = from.member(&mut open, const { &names(["Value", "ValidityStartTime", "ValidityEndTime", "Fingerprint"]) })? {
            match &*found {
                "Value" => value = from.blob()?,
                "ValidityStartTime" => validity_start_time = from.timestamp()?,
                "ValidityEndTime" => validity_end_time = from.timestamp()?,
                "Fingerprint" => fingerprint = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PublicKey { value, validity_start_time, validity_end_time, fingerprint }))
    }
}

impl Encode for PublicKey<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Value", &self.value);
        to.optional("ValidityStartTime", &self.validity_start_time);
        to.optional("ValidityEndTime", &self.validity_end_time);
        to.optional("Fingerprint", &self.fingerprint);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutEventSelectorsRequest<'a> {
    pub trail_name: Cow<'a, str>,
    pub event_selectors: Option<Vec<EventSelector<'a>>>,
    pub advanced_event_selectors: Option<Vec<AdvancedEventSelector<'a>>>,
}

impl<'a> Decode<'a> for PutEventSelectorsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_name = None;
        let mut event_selectors = None;
        let mut advanced_event_selectors = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailName", "EventSelectors", "AdvancedEventSelectors"]) })? {
            match &*found {
                "TrailName" => trail_name = from.string()?,
                "EventSelectors" => event_selectors = list(from, &Path::Member(at, "EventSelectors"), violations, 1000)?,
                "AdvancedEventSelectors" => advanced_event_selectors = list(from, &Path::Member(at, "AdvancedEventSelectors"), violations, 1000)?,
                _ => from.skip()?,
            }
        }
        let trail_name = violations.required(at, "TrailName", trail_name);
        violations.structures(at, "EventSelectors", &event_selectors, Range { min: None, max: Some(1000) });
        violations.structures(at, "AdvancedEventSelectors", &advanced_event_selectors, Range { min: None, max: Some(1000) });
        Ok(Some(PutEventSelectorsRequest { trail_name, event_selectors, advanced_event_selectors }))
    }
}

impl Encode for PutEventSelectorsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("TrailName", &self.trail_name);
        to.optional("EventSelectors", &self.event_selectors);
        to.optional("AdvancedEventSelectors", &self.advanced_event_selectors);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PutEventSelectorsResponse<'a> {
    pub trail_arn: Option<Cow<'a, str>>,
    pub event_selectors: Option<Vec<EventSelector<'a>>>,
    pub advanced_event_selectors: Option<Vec<AdvancedEventSelector<'a>>>,
}

impl<'a> Decode<'a> for PutEventSelectorsResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_arn = None;
        let mut event_selectors = None;
        let mut advanced_event_selectors = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailARN", "EventSelectors", "AdvancedEventSelectors"]) })? {
            match &*found {
                "TrailARN" => trail_arn = from.string()?,
                "EventSelectors" => event_selectors = list(from, &Path::Member(at, "EventSelectors"), violations, usize::MAX)?,
                "AdvancedEventSelectors" => advanced_event_selectors = list(from, &Path::Member(at, "AdvancedEventSelectors"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(PutEventSelectorsResponse { trail_arn, event_selectors, advanced_event_selectors }))
    }
}

impl Encode for PutEventSelectorsResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("TrailARN", &self.trail_arn);
        to.optional("EventSelectors", &self.event_selectors);
        to.optional("AdvancedEventSelectors", &self.advanced_event_selectors);
        to.end_struct();
    }
}

enumeration! {
    ReadWriteType "[ReadOnly, WriteOnly, All]";
    ReadOnly = "ReadOnly",
    WriteOnly = "WriteOnly",
    All = "All",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoveTagsRequest<'a> {
    pub resource_id: Cow<'a, str>,
    pub tags_list: Vec<Tag<'a>>,
}

impl<'a> Decode<'a> for RemoveTagsRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_id = None;
        let mut tags_list = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceId", "TagsList"]) })? {
            match &*found {
                "ResourceId" => resource_id = from.string()?,
                "TagsList" => tags_list = list(from, &Path::Member(at, "TagsList"), violations, 200)?,
                _ => from.skip()?,
            }
        }
        let resource_id = violations.required(at, "ResourceId", resource_id);
        violations.structures(at, "TagsList", &tags_list, Range { min: None, max: Some(200) });
        let tags_list = violations.required(at, "TagsList", tags_list);
        Ok(Some(RemoveTagsRequest { resource_id, tags_list }))
    }
}

impl Encode for RemoveTagsRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("ResourceId", &self.resource_id);
        to.field("TagsList", &self.tags_list);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RemoveTagsResponse {
}

impl<'a> Decode<'a> for RemoveTagsResponse {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(RemoveTagsResponse {  }))
    }
}

impl Encode for RemoveTagsResponse {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource<'a> {
    pub resource_type: Option<Cow<'a, str>>,
    pub resource_name: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for Resource<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_type = None;
        let mut resource_name = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceType", "ResourceName"]) })? {
            match &*found {
                "ResourceType" => resource_type = from.string()?,
                "ResourceName" => resource_name = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(Resource { resource_type, resource_name }))
    }
}

impl Encode for Resource<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ResourceType", &self.resource_type);
        to.optional("ResourceName", &self.resource_name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceTag<'a> {
    pub resource_id: Option<Cow<'a, str>>,
    pub tags_list: Option<Vec<Tag<'a>>>,
}

impl<'a> Decode<'a> for ResourceTag<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut resource_id = None;
        let mut tags_list = None;
        while let Some(found) = from.member(&mut open, const { &names(["ResourceId", "TagsList"]) })? {
            match &*found {
                "ResourceId" => resource_id = from.string()?,
                "TagsList" => tags_list = list(from, &Path::Member(at, "TagsList"), violations, usize::MAX)?,
                _ => from.skip()?,
            }
        }
        Ok(Some(ResourceTag { resource_id, tags_list }))
    }
}

impl Encode for ResourceTag<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("ResourceId", &self.resource_id);
        to.optional("TagsList", &self.tags_list);
        to.end_struct();
    }
}

enumeration! {
    SourceEventCategory "[Management, Data]";
    Management = "Management",
    Data = "Data",
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartLoggingRequest<'a> {
    pub name: Cow<'a, str>,
}

impl<'a> Decode<'a> for StartLoggingRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        Ok(Some(StartLoggingRequest { name }))
    }
}

impl Encode for StartLoggingRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartLoggingResponse {
}

impl<'a> Decode<'a> for StartLoggingResponse {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(StartLoggingResponse {  }))
    }
}

impl Encode for StartLoggingResponse {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StopLoggingRequest<'a> {
    pub name: Cow<'a, str>,
}

impl<'a> Decode<'a> for StopLoggingRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        Ok(Some(StopLoggingRequest { name }))
    }
}

impl Encode for StopLoggingRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StopLoggingResponse {
}

impl<'a> Decode<'a> for StopLoggingResponse {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        while let Some(found) = from.member(&mut open, const { &names([]) })? {
            match &*found {
                _ => from.skip()?,
            }
        }
        Ok(Some(StopLoggingResponse {  }))
    }
}

impl Encode for StopLoggingResponse {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag<'a> {
    pub key: Cow<'a, str>,
    pub value: Option<Cow<'a, str>>,
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
        violations.string(at, "Key", &key, &TAG_KEY);
        let key = violations.required(at, "Key", key);
        violations.string(at, "Value", &value, &TAG_VALUE);
        Ok(Some(Tag { key, value }))
    }
}

impl Encode for Tag<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Key", &self.key);
        to.optional("Value", &self.value);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail<'a> {
    pub name: Option<Cow<'a, str>>,
    pub s3_bucket_name: Option<Cow<'a, str>>,
    pub s3_key_prefix: Option<Cow<'a, str>>,
    pub sns_topic_name: Option<Cow<'a, str>>,
    pub sns_topic_arn: Option<Cow<'a, str>>,
    pub include_global_service_events: Option<bool>,
    pub is_multi_region_trail: Option<bool>,
    pub home_region: Option<Cow<'a, str>>,
    pub trail_arn: Option<Cow<'a, str>>,
    pub log_file_validation_enabled: Option<bool>,
    pub cloud_watch_logs_log_group_arn: Option<Cow<'a, str>>,
    pub cloud_watch_logs_role_arn: Option<Cow<'a, str>>,
    pub kms_key_id: Option<Cow<'a, str>>,
    pub has_custom_event_selectors: Option<bool>,
    pub has_insight_selectors: Option<bool>,
    pub is_organization_trail: Option<bool>,
}

impl<'a> Decode<'a> for Trail<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut s3_bucket_name = None;
        let mut s3_key_prefix = None;
        let mut sns_topic_name = None;
        let mut sns_topic_arn = None;
        let mut include_global_service_events = None;
        let mut is_multi_region_trail = None;
        let mut home_region = None;
        let mut trail_arn = None;
        let mut log_file_validation_enabled = None;
        let mut cloud_watch_logs_log_group_arn = None;
        let mut cloud_watch_logs_role_arn = None;
        let mut kms_key_id = None;
        let mut has_custom_event_selectors = None;
        let mut has_insight_selectors = None;
        let mut is_organization_trail = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "HomeRegion", "TrailARN", "LogFileValidationEnabled", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "HasCustomEventSelectors", "HasInsightSelectors", "IsOrganizationTrail"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "S3BucketName" => s3_bucket_name = from.string()?,
                "S3KeyPrefix" => s3_key_prefix = from.string()?,
                "SnsTopicName" => sns_topic_name = from.string()?,
                "SnsTopicARN" => sns_topic_arn = from.string()?,
                "IncludeGlobalServiceEvents" => include_global_service_events = from.boolean()?,
                "IsMultiRegionTrail" => is_multi_region_trail = from.boolean()?,
                "HomeRegion" => home_region = from.string()?,
                "TrailARN" => trail_arn = from.string()?,
                "LogFileValidationEnabled" => log_file_validation_enabled = from.boolean()?,
                "CloudWatchLogsLogGroupArn" => cloud_watch_logs_log_group_arn = from.string()?,
                "CloudWatchLogsRoleArn" => cloud_watch_logs_role_arn = from.string()?,
                "KmsKeyId" => kms_key_id = from.string()?,
                "HasCustomEventSelectors" => has_custom_event_selectors = from.boolean()?,
                "HasInsightSelectors" => has_insight_selectors = from.boolean()?,
                "IsOrganizationTrail" => is_organization_trail = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(Trail { name, s3_bucket_name, s3_key_prefix, sns_topic_name, sns_topic_arn, include_global_service_events, is_multi_region_trail, home_region, trail_arn, log_file_validation_enabled, cloud_watch_logs_log_group_arn, cloud_watch_logs_role_arn, kms_key_id, has_custom_event_selectors, has_insight_selectors, is_organization_trail }))
    }
}

impl Encode for Trail<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Name", &self.name);
        to.optional("S3BucketName", &self.s3_bucket_name);
        to.optional("S3KeyPrefix", &self.s3_key_prefix);
        to.optional("SnsTopicName", &self.sns_topic_name);
        to.optional("SnsTopicARN", &self.sns_topic_arn);
        to.optional("IncludeGlobalServiceEvents", &self.include_global_service_events);
        to.optional("IsMultiRegionTrail", &self.is_multi_region_trail);
        to.optional("HomeRegion", &self.home_region);
        to.optional("TrailARN", &self.trail_arn);
        to.optional("LogFileValidationEnabled", &self.log_file_validation_enabled);
        to.optional("CloudWatchLogsLogGroupArn", &self.cloud_watch_logs_log_group_arn);
        to.optional("CloudWatchLogsRoleArn", &self.cloud_watch_logs_role_arn);
        to.optional("KmsKeyId", &self.kms_key_id);
        to.optional("HasCustomEventSelectors", &self.has_custom_event_selectors);
        to.optional("HasInsightSelectors", &self.has_insight_selectors);
        to.optional("IsOrganizationTrail", &self.is_organization_trail);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrailInfo<'a> {
    pub trail_arn: Option<Cow<'a, str>>,
    pub name: Option<Cow<'a, str>>,
    pub home_region: Option<Cow<'a, str>>,
}

impl<'a> Decode<'a> for TrailInfo<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut trail_arn = None;
        let mut name = None;
        let mut home_region = None;
        while let Some(found) = from.member(&mut open, const { &names(["TrailARN", "Name", "HomeRegion"]) })? {
            match &*found {
                "TrailARN" => trail_arn = from.string()?,
                "Name" => name = from.string()?,
                "HomeRegion" => home_region = from.string()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(TrailInfo { trail_arn, name, home_region }))
    }
}

impl Encode for TrailInfo<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("TrailARN", &self.trail_arn);
        to.optional("Name", &self.name);
        to.optional("HomeRegion", &self.home_region);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateTrailRequest<'a> {
    pub name: Cow<'a, str>,
    pub s3_bucket_name: Option<Cow<'a, str>>,
    pub s3_key_prefix: Option<Cow<'a, str>>,
    pub sns_topic_name: Option<Cow<'a, str>>,
    pub include_global_service_events: Option<bool>,
    pub is_multi_region_trail: Option<bool>,
    pub enable_log_file_validation: Option<bool>,
    pub cloud_watch_logs_log_group_arn: Option<Cow<'a, str>>,
    pub cloud_watch_logs_role_arn: Option<Cow<'a, str>>,
    pub kms_key_id: Option<Cow<'a, str>>,
    pub is_organization_trail: Option<bool>,
}

impl<'a> Decode<'a> for UpdateTrailRequest<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut s3_bucket_name = None;
        let mut s3_key_prefix = None;
        let mut sns_topic_name = None;
        let mut include_global_service_events = None;
        let mut is_multi_region_trail = None;
        let mut enable_log_file_validation = None;
        let mut cloud_watch_logs_log_group_arn = None;
        let mut cloud_watch_logs_role_arn = None;
        let mut kms_key_id = None;
        let mut is_organization_trail = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "S3BucketName" => s3_bucket_name = from.string()?,
                "S3KeyPrefix" => s3_key_prefix = from.string()?,
                "SnsTopicName" => sns_topic_name = from.string()?,
                "IncludeGlobalServiceEvents" => include_global_service_events = from.boolean()?,
                "IsMultiRegionTrail" => is_multi_region_trail = from.boolean()?,
                "EnableLogFileValidation" => enable_log_file_validation = from.boolean()?,
                "CloudWatchLogsLogGroupArn" => cloud_watch_logs_log_group_arn = from.string()?,
                "CloudWatchLogsRoleArn" => cloud_watch_logs_role_arn = from.string()?,
                "KmsKeyId" => kms_key_id = from.string()?,
                "IsOrganizationTrail" => is_organization_trail = from.boolean()?,
                _ => from.skip()?,
            }
        }
        let name = violations.required(at, "Name", name);
        Ok(Some(UpdateTrailRequest { name, s3_bucket_name, s3_key_prefix, sns_topic_name, include_global_service_events, is_multi_region_trail, enable_log_file_validation, cloud_watch_logs_log_group_arn, cloud_watch_logs_role_arn, kms_key_id, is_organization_trail }))
    }
}

impl Encode for UpdateTrailRequest<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.field("Name", &self.name);
        to.optional("S3BucketName", &self.s3_bucket_name);
        to.optional("S3KeyPrefix", &self.s3_key_prefix);
        to.optional("SnsTopicName", &self.sns_topic_name);
        to.optional("IncludeGlobalServiceEvents", &self.include_global_service_events);
        to.optional("IsMultiRegionTrail", &self.is_multi_region_trail);
        to.optional("EnableLogFileValidation", &self.enable_log_file_validation);
        to.optional("CloudWatchLogsLogGroupArn", &self.cloud_watch_logs_log_group_arn);
        to.optional("CloudWatchLogsRoleArn", &self.cloud_watch_logs_role_arn);
        to.optional("KmsKeyId", &self.kms_key_id);
        to.optional("IsOrganizationTrail", &self.is_organization_trail);
        to.end_struct();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateTrailResponse<'a> {
    pub name: Option<Cow<'a, str>>,
    pub s3_bucket_name: Option<Cow<'a, str>>,
    pub s3_key_prefix: Option<Cow<'a, str>>,
    pub sns_topic_name: Option<Cow<'a, str>>,
    pub sns_topic_arn: Option<Cow<'a, str>>,
    pub include_global_service_events: Option<bool>,
    pub is_multi_region_trail: Option<bool>,
    pub trail_arn: Option<Cow<'a, str>>,
    pub log_file_validation_enabled: Option<bool>,
    pub cloud_watch_logs_log_group_arn: Option<Cow<'a, str>>,
    pub cloud_watch_logs_role_arn: Option<Cow<'a, str>>,
    pub kms_key_id: Option<Cow<'a, str>>,
    pub is_organization_trail: Option<bool>,
}

impl<'a> Decode<'a> for UpdateTrailResponse<'a> {
    fn decode<D: Decoder<'a>>(from: &mut D, at: &Path<'_>, violations: &mut Violations) -> Result<Option<Self>, Abort> {
        let Some(mut open) = from.open(Kind::Structure)? else { return Ok(None) };
        violations.forget(at);
        let mut name = None;
        let mut s3_bucket_name = None;
        let mut s3_key_prefix = None;
        let mut sns_topic_name = None;
        let mut sns_topic_arn = None;
        let mut include_global_service_events = None;
        let mut is_multi_region_trail = None;
        let mut trail_arn = None;
        let mut log_file_validation_enabled = None;
        let mut cloud_watch_logs_log_group_arn = None;
        let mut cloud_watch_logs_role_arn = None;
        let mut kms_key_id = None;
        let mut is_organization_trail = None;
        while let Some(found) = from.member(&mut open, const { &names(["Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "TrailARN", "LogFileValidationEnabled", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail"]) })? {
            match &*found {
                "Name" => name = from.string()?,
                "S3BucketName" => s3_bucket_name = from.string()?,
                "S3KeyPrefix" => s3_key_prefix = from.string()?,
                "SnsTopicName" => sns_topic_name = from.string()?,
                "SnsTopicARN" => sns_topic_arn = from.string()?,
                "IncludeGlobalServiceEvents" => include_global_service_events = from.boolean()?,
                "IsMultiRegionTrail" => is_multi_region_trail = from.boolean()?,
                "TrailARN" => trail_arn = from.string()?,
                "LogFileValidationEnabled" => log_file_validation_enabled = from.boolean()?,
                "CloudWatchLogsLogGroupArn" => cloud_watch_logs_log_group_arn = from.string()?,
                "CloudWatchLogsRoleArn" => cloud_watch_logs_role_arn = from.string()?,
                "KmsKeyId" => kms_key_id = from.string()?,
                "IsOrganizationTrail" => is_organization_trail = from.boolean()?,
                _ => from.skip()?,
            }
        }
        Ok(Some(UpdateTrailResponse { name, s3_bucket_name, s3_key_prefix, sns_topic_name, sns_topic_arn, include_global_service_events, is_multi_region_trail, trail_arn, log_file_validation_enabled, cloud_watch_logs_log_group_arn, cloud_watch_logs_role_arn, kms_key_id, is_organization_trail }))
    }
}

impl Encode for UpdateTrailResponse<'_> {
    fn encode<E: Encoder>(&self, to: &mut E) {
        to.begin_struct();
        to.optional("Name", &self.name);
        to.optional("S3BucketName", &self.s3_bucket_name);
        to.optional("S3KeyPrefix", &self.s3_key_prefix);
        to.optional("SnsTopicName", &self.sns_topic_name);
        to.optional("SnsTopicARN", &self.sns_topic_arn);
        to.optional("IncludeGlobalServiceEvents", &self.include_global_service_events);
        to.optional("IsMultiRegionTrail", &self.is_multi_region_trail);
        to.optional("TrailARN", &self.trail_arn);
        to.optional("LogFileValidationEnabled", &self.log_file_validation_enabled);
        to.optional("CloudWatchLogsLogGroupArn", &self.cloud_watch_logs_log_group_arn);
        to.optional("CloudWatchLogsRoleArn", &self.cloud_watch_logs_role_arn);
        to.optional("KmsKeyId", &self.kms_key_id);
        to.optional("IsOrganizationTrail", &self.is_organization_trail);
        to.end_struct();
    }
}

impl<'a> Input<'a> for AddTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::AddTags;
    type Output<'o> = AddTagsResponse;
    type Static = AddTagsRequest<'static>;
}

impl<'a> Input<'a> for CreateTrailRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::CreateTrail;
    type Output<'o> = CreateTrailResponse<'o>;
    type Static = CreateTrailRequest<'static>;
}

impl<'a> Input<'a> for DeleteTrailRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DeleteTrail;
    type Output<'o> = DeleteTrailResponse;
    type Static = DeleteTrailRequest<'static>;
}

impl<'a> Input<'a> for DescribeTrailsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::DescribeTrails;
    type Output<'o> = DescribeTrailsResponse<'o>;
    type Static = DescribeTrailsRequest<'static>;
}

impl<'a> Input<'a> for GetEventSelectorsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetEventSelectors;
    type Output<'o> = GetEventSelectorsResponse<'o>;
    type Static = GetEventSelectorsRequest<'static>;
}

impl<'a> Input<'a> for GetInsightSelectorsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetInsightSelectors;
    type Output<'o> = GetInsightSelectorsResponse<'o>;
    type Static = GetInsightSelectorsRequest<'static>;
}

impl<'a> Input<'a> for GetTrailRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetTrail;
    type Output<'o> = GetTrailResponse<'o>;
    type Static = GetTrailRequest<'static>;
}

impl<'a> Input<'a> for GetTrailStatusRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::GetTrailStatus;
    type Output<'o> = GetTrailStatusResponse<'o>;
    type Static = GetTrailStatusRequest<'static>;
}

impl<'a> Input<'a> for ListPublicKeysRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListPublicKeys;
    type Output<'o> = ListPublicKeysResponse<'o>;
    type Static = ListPublicKeysRequest<'static>;
}

impl<'a> Input<'a> for ListTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListTags;
    type Output<'o> = ListTagsResponse<'o>;
    type Static = ListTagsRequest<'static>;
}

impl<'a> Input<'a> for ListTrailsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::ListTrails;
    type Output<'o> = ListTrailsResponse<'o>;
    type Static = ListTrailsRequest<'static>;
}

impl<'a> Input<'a> for LookupEventsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::LookupEvents;
    type Output<'o> = LookupEventsResponse<'o>;
    type Static = LookupEventsRequest<'static>;
}

impl<'a> Input<'a> for PutEventSelectorsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::PutEventSelectors;
    type Output<'o> = PutEventSelectorsResponse<'o>;
    type Static = PutEventSelectorsRequest<'static>;
}

impl<'a> Input<'a> for RemoveTagsRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::RemoveTags;
    type Output<'o> = RemoveTagsResponse;
    type Static = RemoveTagsRequest<'static>;
}

impl<'a> Input<'a> for StartLoggingRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::StartLogging;
    type Output<'o> = StartLoggingResponse;
    type Static = StartLoggingRequest<'static>;
}

impl<'a> Input<'a> for StopLoggingRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::StopLogging;
    type Output<'o> = StopLoggingResponse;
    type Static = StopLoggingRequest<'static>;
}

impl<'a> Input<'a> for UpdateTrailRequest<'a> {
    type Operation = Operation;
    const OPERATION: Operation = Operation::UpdateTrail;
    type Output<'o> = UpdateTrailResponse<'o>;
    type Static = UpdateTrailRequest<'static>;
}

static DATA_RESOURCE_VALUES: StringRule = StringRule { length: Range { min: None, max: None }, pattern: None };

static DESCRIBE_TRAILS_REQUEST_TRAIL_NAME_LIST: StringRule = StringRule { length: Range { min: None, max: None }, pattern: None };

static EVENT_DATA_STORE_ARN: StringRule = StringRule { length: Range { min: Some(3), max: Some(256) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("^[a-zA-Z0-9._/\\-:]+$")), "^[a-zA-Z0-9._/\\-:]+$")) };

static EVENT_SELECTOR_EXCLUDE_MANAGEMENT_EVENT_SOURCES: StringRule = StringRule { length: Range { min: None, max: None }, pattern: None };

static LIST_TAGS_REQUEST_RESOURCE_ID_LIST: StringRule = StringRule { length: Range { min: None, max: None }, pattern: None };

static LOOKUP_ATTRIBUTE_VALUE: StringRule = StringRule { length: Range { min: Some(1), max: Some(2000) }, pattern: None };

static OPERATOR_VALUE: StringRule = StringRule { length: Range { min: Some(1), max: Some(2048) }, pattern: None };

static SELECTOR_FIELD: StringRule = StringRule { length: Range { min: Some(1), max: Some(1000) }, pattern: Some(Pattern::Regex(LazyLock::new(|| whole("[\\w|\\d|\\.|_]+")), "[\\w|\\d|\\.|_]+")) };

static SELECTOR_NAME: StringRule = StringRule { length: Range { min: None, max: Some(1000) }, pattern: None };

static TAG_KEY: StringRule = StringRule { length: Range { min: Some(1), max: Some(128) }, pattern: None };

static TAG_VALUE: StringRule = StringRule { length: Range { min: Some(1), max: Some(256) }, pattern: None };

#[cfg(test)]
pub(crate) static RULES: &[&StringRule] = &[&DATA_RESOURCE_VALUES, &DESCRIBE_TRAILS_REQUEST_TRAIL_NAME_LIST, &EVENT_DATA_STORE_ARN, &EVENT_SELECTOR_EXCLUDE_MANAGEMENT_EVENT_SOURCES, &LIST_TAGS_REQUEST_RESOURCE_ID_LIST, &LOOKUP_ATTRIBUTE_VALUE, &OPERATOR_VALUE, &SELECTOR_FIELD, &SELECTOR_NAME, &TAG_KEY, &TAG_VALUE];
