//! What refusals of trails are called.

use flumen_access::Denied;
use flumen_audit::HistoryError;
use flumen_audit::trails::{InvalidName, InvalidSelectors, TrailError};
use flumen_protocol::cloudtrail::{ErrorCode, Fault};

/// What takes away needs hardly any, and is refused last.
const NO_ROOM: &str = "Nothing was changed: the service has no room to write it down at the moment.";

/// Why CloudTrail refuses, and why it fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Trail(#[from] TrailError),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("The operation {0} is not served here.")]
    NotServed(&'static str),
    #[error("Rate exceeded")]
    Rate,
    #[error("StartTime must not be after EndTime.")]
    TimeRange,
    #[error("{0}")]
    Lookup(String),
    #[error("The NextToken is not one of this request's.")]
    Token,
    #[error("The token is not valid.")]
    PageToken,
    #[error("Trail {0} does not have Insights enabled.")]
    NoInsights(String),
    #[error("Event data stores are not served here: name a trail.")]
    NoEventDataStores,
    #[error("Topics of SNS are not served here; SnsTopicName must be left out.")]
    Sns,
    #[error(
        "CloudWatch Logs are not served here; CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn must be left out."
    )]
    Logs,
    #[error("Files are sealed under the server's root key; KmsKeyId must be left out.")]
    Kms,
    #[error("Organizations are not served here; IsOrganizationTrail must be left out.")]
    Organizations,
    #[error("The resource {0} is no trail.")]
    NoTrail(String),
    #[error("At most {limit} resources may be named, and not {found}.")]
    TooManyResources { limit: usize, found: usize },
}

impl From<InvalidName> for Refused {
    fn from(error: InvalidName) -> Self {
        Refused::Trail(error.into())
    }
}

impl From<InvalidSelectors> for Refused {
    fn from(error: InvalidSelectors) -> Self {
        Refused::Trail(error.into())
    }
}

impl Refused {
    fn code(&self) -> ErrorCode {
        use ErrorCode::*;
        match self {
            Self::Trail(error) => code_of(error),
            Self::Denied(_) => AccessDeniedException,
            Self::History(_) => InternalFailure,
            Self::NotServed(_) | Self::NoEventDataStores => UnsupportedOperationException,
            Self::Rate => ThrottlingException,
            Self::TimeRange => InvalidTimeRangeException,
            Self::Lookup(_) => InvalidLookupAttributesException,
            Self::Token => InvalidNextTokenException,
            Self::PageToken => InvalidTokenException,
            Self::NoInsights(_) => InsightNotEnabledException,
            Self::Sns => InvalidSnsTopicNameException,
            Self::Logs => CloudWatchLogsDeliveryUnavailableException,
            Self::Kms => InvalidKmsKeyIdException,
            Self::Organizations => OrganizationsNotInUseException,
            Self::NoTrail(_) => ResourceTypeNotSupportedException,
            Self::TooManyResources { .. } => ValidationException,
        }
    }
}

fn code_of(error: &TrailError) -> ErrorCode {
    use ErrorCode::*;
    match error {
        TrailError::Name(name) => match name {
            InvalidName::Short { .. }
            | InvalidName::Long { .. }
            | InvalidName::Start
            | InvalidName::End
            | InvalidName::Characters
            | InvalidName::Adjacent { .. }
            | InvalidName::Address { .. } => InvalidTrailNameException,
            InvalidName::Arn { .. } => CloudTrailARNInvalidException,
            InvalidName::NoBucket | InvalidName::Bucket { .. } => InvalidS3BucketNameException,
            InvalidName::Prefix { .. } => InvalidS3PrefixException,
        },
        TrailError::Selectors(_) => InvalidEventSelectorsException,
        TrailError::Exists { .. } => TrailAlreadyExistsException,
        TrailError::None { .. } => TrailNotFoundException,
        TrailError::HomeRegion { .. } => InvalidHomeRegionException,
        TrailError::TooMany { .. } | TrailError::TooManyInAll { .. } | TrailError::TooManyBuckets { .. } => {
            MaximumNumberOfTrailsExceededException
        }
        TrailError::NotItsBucket { .. } => InsufficientS3BucketPolicyException,
        TrailError::GlobalEvents => InvalidParameterCombinationException,
        TrailError::BuiltIn { .. } => OperationNotPermittedException,
        TrailError::Leaving { .. } => ConflictException,
        TrailError::Tag { .. } => InvalidTagParameterException,
        TrailError::TooManyTags { .. } => TagsLimitExceededException,
        TrailError::Commit(_) => InternalFailure,
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        let (code, text) = (refused.code(), refused.to_string());
        let (message, cause) = match refused {
            // Which file has no room is for the log alone.
            Refused::Trail(TrailError::Commit(error)) if error.is_no_room() => {
                (Some(NO_ROOM.to_owned()), Some(text))
            }
            _ if code == ErrorCode::InternalFailure => (None, Some(text)),
            _ => (Some(text), None),
        };
        Fault { code, message, cause }
    }
}
