//! What belongs to an account in a region: DescribeLimits, DescribeAccountSettings, UpdateAccountSettings.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    DescribeAccountSettingsCode, DescribeAccountSettingsInput, DescribeAccountSettingsOutput,
    DescribeLimitsCode, DescribeLimitsInput, DescribeLimitsOutput,
    MinimumThroughputBillingCommitmentInputStatus as Asked, MinimumThroughputBillingCommitmentOutput,
    MinimumThroughputBillingCommitmentOutputStatus as Status, UpdateAccountSettingsCode,
    UpdateAccountSettingsInput, UpdateAccountSettingsOutput,
};
use flumen_protocol::{Operation, Refusal, Timestamp};

use super::create_stream::{on_demand_streams, on_demand_streams_max, open_shards, shard_quota};
use super::int;
use crate::Streams;
use crate::door::Account;
use crate::errors::{AccountDoorError, CommitError};
use crate::state::{COMMITMENT_MIN_MS, Change, Commitment};

impl Streams {
    pub async fn describe_limits(
        &self,
        caller: &Caller,
        _: &DescribeLimitsInput,
    ) -> Result<DescribeLimitsOutput, DescribeLimitsError> {
        let Account { realm, .. } = self.door(caller, Operation::DescribeLimits).account()?;
        let now_ms = self.now_ms();
        let directory = self.inner.directory.read();
        Ok(DescribeLimitsOutput {
            shard_limit: int(shard_quota(&realm.region)),
            open_shard_count: int(open_shards(&directory, realm, now_ms)),
            on_demand_stream_count: int(on_demand_streams(&directory, realm, now_ms)),
            on_demand_stream_count_limit: int(on_demand_streams_max()),
            channel_count: Some(0),
            channel_count_limit: Some(0),
        })
    }

    pub async fn describe_account_settings(
        &self,
        caller: &Caller,
        _: &DescribeAccountSettingsInput,
    ) -> Result<DescribeAccountSettingsOutput, DescribeAccountSettingsError> {
        let Account { realm, .. } = self.door(caller, Operation::DescribeAccountSettings).account()?;
        let commitment = self.inner.directory.read().settings(realm).commitment;
        let shape = commitment_shape(commitment.as_ref(), self.now_ms());
        Ok(DescribeAccountSettingsOutput { minimum_throughput_billing_commitment: Some(shape) })
    }

    pub async fn update_account_settings(
        &self,
        caller: &Caller,
        input: &UpdateAccountSettingsInput,
    ) -> Result<UpdateAccountSettingsOutput, UpdateAccountSettingsError> {
        let enabled = input.minimum_throughput_billing_commitment.status == Asked::Enabled;
        let Account { realm, .. } = self.door(caller, Operation::UpdateAccountSettings).account()?;
        self.commit::<_, CommitError>(Some(caller), |state, now_ms| {
            let commitment = state.settings(realm).commitment;
            // What is so already is not asked for again; a commitment that runs out is.
            let stands = commitment.as_ref().is_some_and(|c| c.enabled(now_ms) && c.ends_at_ms.is_none());
            let change = Change::SetCommitment {
                account: realm.account.clone(),
                region: realm.region.clone(),
                enabled,
            };
            Ok(((stands != enabled).then_some(change), ()))
        })
        .await?;
        let commitment = self.inner.directory.read().settings(realm).commitment;
        let shape = commitment_shape(commitment.as_ref(), self.now_ms());
        Ok(UpdateAccountSettingsOutput { minimum_throughput_billing_commitment: Some(shape) })
    }
}

/// Why DescribeLimits says nothing.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DescribeLimitsError(#[from] AccountDoorError);

impl Refusal for DescribeLimitsError {
    type Code = DescribeLimitsCode;

    fn code(&self) -> DescribeLimitsCode {
        use DescribeLimitsCode::*;
        match self.0 {
            AccountDoorError::Denied(_) => AccessDeniedException,
            AccountDoorError::Rate(_) => LimitExceededException,
        }
    }
}

/// Why DescribeAccountSettings says nothing.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DescribeAccountSettingsError(#[from] AccountDoorError);

impl Refusal for DescribeAccountSettingsError {
    type Code = DescribeAccountSettingsCode;

    fn code(&self) -> DescribeAccountSettingsCode {
        use DescribeAccountSettingsCode::*;
        match self.0 {
            AccountDoorError::Denied(_) => AccessDeniedException,
            AccountDoorError::Rate(_) => LimitExceededException,
        }
    }
}

/// Why UpdateAccountSettings changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum UpdateAccountSettingsError {
    #[error(transparent)]
    Door(#[from] AccountDoorError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Refusal for UpdateAccountSettingsError {
    type Code = UpdateAccountSettingsCode;

    fn code(&self) -> UpdateAccountSettingsCode {
        use UpdateAccountSettingsCode::*;
        match self {
            Self::Door(AccountDoorError::Denied(_)) => AccessDeniedException,
            Self::Door(AccountDoorError::Rate(_)) => LimitExceededException,
            Self::Commit(_) => InternalFailure,
        }
    }
}

fn commitment_shape(
    commitment: Option<&Commitment>,
    now_ms: u64,
) -> MinimumThroughputBillingCommitmentOutput {
    let status = match commitment {
        Some(c) if !c.enabled(now_ms) => Status::Disabled,
        Some(c) if c.ends_at_ms.is_some() => Status::EnabledUntilEarliestAllowedEnd,
        Some(_) => Status::Enabled,
        None => Status::Disabled,
    };
    MinimumThroughputBillingCommitmentOutput {
        status,
        started_at: commitment.map(|c| Timestamp::of_ms(c.started_at_ms)),
        ended_at: commitment.and_then(|c| c.ends_at_ms).filter(|&end| end <= now_ms).map(Timestamp::of_ms),
        earliest_allowed_end_at: commitment.map(|c| Timestamp::of_ms(c.started_at_ms + COMMITMENT_MIN_MS)),
    }
}
