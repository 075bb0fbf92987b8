//! ListStreams. Source: AWS API Reference, ListStreams, and `docs/kinesis/streams.md#pages`.

use flumen_access::Caller;
use flumen_protocol::kinesis::{ListStreamsCode, ListStreamsInput, ListStreamsOutput, StreamSummary};
use flumen_protocol::{Operation, Refusal, Timestamp};

use super::describe_stream::{mode_shape, status_shape};
use crate::Streams;
use crate::door::Account;
use crate::errors::AccountDoorError;
use crate::token::{Page, PageError, SealError};

impl Streams {
    pub async fn list_streams(
        &self,
        caller: &Caller,
        input: &ListStreamsInput<'_>,
    ) -> Result<ListStreamsOutput<'static>, ListStreamsError> {
        let door = self.door(caller, Operation::ListStreams);
        let Account { realm, .. } = door.account()?;
        let now_ms = self.now_ms();
        let after = match (&input.next_token, &input.exclusive_start_stream_name) {
            (Some(token), _) => match self.inner.vault.open_page(token, now_ms)? {
                Page::Streams { after } => after,
                _ => return Err(PageError::Invalid.into()),
            },
            (None, Some(name)) => name.to_string(),
            (None, None) => String::new(),
        };
        let limit = door.page_limit(input.limit);
        let directory = self.inner.directory.read();
        let listed = directory.of_realm_after(realm, &after);
        let mut summaries: Vec<_> = listed
            .filter_map(|live| {
                let stream = &live.stream;
                Some(StreamSummary {
                    stream_name: stream.name.clone().into(),
                    stream_arn: stream.arn().to_string().into(),
                    stream_status: status_shape(stream.status(now_ms)?),
                    stream_mode_details: Some(mode_shape(stream)),
                    stream_creation_timestamp: Some(Timestamp::of_ms(stream.date_ms())),
                })
            })
            .take(limit + 1)
            .collect();
        drop(directory);
        let has_more_streams = summaries.len() > limit;
        summaries.truncate(limit);
        let last = summaries.last().map(|summary| summary.stream_name.to_string());
        let next_token = match last.filter(|_| has_more_streams) {
            Some(after) => Some(self.inner.vault.seal_page(&Page::Streams { after }, now_ms)?.into()),
            None => None,
        };
        Ok(ListStreamsOutput {
            stream_names: summaries.iter().map(|summary| summary.stream_name.clone()).collect(),
            has_more_streams,
            next_token,
            stream_summaries: Some(summaries),
        })
    }
}

/// Why ListStreams lists nothing.
#[derive(Debug, thiserror::Error)]
pub enum ListStreamsError {
    #[error(transparent)]
    Door(#[from] AccountDoorError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Refusal for ListStreamsError {
    type Code = ListStreamsCode;

    fn code(&self) -> ListStreamsCode {
        use ListStreamsCode::*;
        match self {
            Self::Door(AccountDoorError::Denied(_)) => AccessDeniedException,
            Self::Page(PageError::Invalid) => InvalidArgumentException,
            Self::Page(PageError::Expired(_)) => ExpiredNextTokenException,
            Self::Door(AccountDoorError::Rate(_)) => LimitExceededException,
            Self::Seal(_) => InternalFailure,
        }
    }
}
