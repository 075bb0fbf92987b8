//! What was used, stream by stream and hour by hour, kept for thirteen months: what bills are made of.
//!
//! Two logs of group 0. One has each hour that is over, once; it is trimmed by age. The other has the
//! running hour as it stood some minutes ago; it is trimmed to its newest save, and a stop saves it too.
//! A record is a list of [`UsageRow`]s, one JSON object a line. When a row is there twice, which a crash between
//! two appends leaves behind, the first one in the log of past hours counts.

use std::collections::HashMap;

use flumen_machine::names::{USAGE_PAST as PAST, USAGE_RUNNING as RUNNING};
use flumen_machine::{append_record, newer, place, read_records};
use flumen_storage::{AppendError, Log, Storage};
use serde::{Deserialize, Serialize};

use crate::scaling::HourPeaks;
use crate::state::{DAY_MS, HOUR_MS, Mode};
use crate::{OpenError, Streams};

/// Thirteen months.
const KEPT_MS: u64 = 396 * DAY_MS;
/// A record of the log is cut here, which every engine takes.
const RECORD_BYTES: usize = 512 * 1024;

/// The newest version of rows.
pub const ROW_VERSION: u32 = 1;

/// One stream in one hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsageRow {
    /// [`ROW_VERSION`] of the writer; the first one is not written.
    #[serde(rename = "v", default = "first_version", skip_serializing_if = "is_first")]
    pub version: u32,
    /// Hours since the epoch.
    pub hour: u32,
    pub group: u32,
    pub account: String,
    pub region: String,
    pub stream: String,
    pub mode: Mode,
    pub used: Used,
    #[serde(default)]
    pub peaks: HourPeaks,
}

/// Times are in milliseconds and multiply: two shards in an hour are two shard-hours.
macro_rules! used {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Used {
            $($(#[$doc])* #[serde(skip_serializing_if = "is_zero")] pub $field: u64,)*
        }

        impl Used {
            pub fn add(&mut self, other: &Used) {
                $(self.$field = self.$field.saturating_add(other.$field);)*
            }
        }
    };
}

used! {
    stream_ms,
    shard_ms,
    /// Of shards whose stream keeps records for longer than a day.
    extended_shard_ms,
    consumer_shard_ms,
    incoming_records,
    incoming_bytes,
    /// 25 KB each, rounded up for each record.
    payload_units,
    /// Kilobytes, rounded up for each record.
    rounded_kib,
    outgoing_bytes,
    /// Of the outgoing ones, those that were older than seven days.
    old_outgoing_bytes,
    fanout_bytes,
    /// What came in, times the hours from the first day to the seventh for which it is kept.
    extended_kib_hours,
    /// The same of the hours after the seventh day.
    long_kib_hours,
}

fn first_version() -> u32 {
    1
}

fn is_first(version: &u32) -> bool {
    *version == 1
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The two logs.
pub(crate) struct UsageLog {
    storage: Storage,
    past: Log,
    running: Log,
}

impl UsageLog {
    pub fn open(storage: &Storage) -> Result<UsageLog, OpenError> {
        storage.create(&[PAST, RUNNING])?;
        let log = |id| storage.log(id).ok_or(OpenError::NoLog(id));
        Ok(UsageLog { storage: storage.clone(), past: log(PAST)?, running: log(RUNNING)? })
    }

    /// Hours that are over.
    pub async fn add_past(&self, rows: &[UsageRow], now_ms: u64) -> Result<(), AppendError> {
        self.append(&self.past, rows, now_ms).await?;
        match self.past.find_time(now_ms.saturating_sub(KEPT_MS)).await {
            Ok(position) => self.past.trim(position),
            Err(error) => tracing::warn!(%error, "old usage is not trimmed"),
        }
        Ok(())
    }

    /// The hour that runs, in place of what was saved of it before.
    pub async fn save_running(&self, rows: &[UsageRow], now_ms: u64) -> Result<(), AppendError> {
        let first = self.append(&self.running, rows, now_ms).await?;
        self.running.trim(first.unwrap_or_else(|| self.running.end()));
        Ok(())
    }

    /// Answers with the position of the first record, if there is any.
    async fn append(&self, log: &Log, rows: &[UsageRow], time_ms: u64) -> Result<Option<u64>, AppendError> {
        let mut first = None;
        let mut lines = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            serde_json::to_writer(&mut lines, row).expect("rows have no foreign types");
            lines.push(b'\n');
            if lines.len() >= RECORD_BYTES || i + 1 == rows.len() {
                let position = append_record(&self.storage, log, time_ms, 0, &[], &lines).await?;
                first.get_or_insert(position);
                lines.clear();
            }
        }
        Ok(first)
    }

    /// Calls `visit` for every row of hours that end after `since_ms`, in the order of each stream's hours.
    pub async fn past(&self, since_ms: u64, mut visit: impl FnMut(UsageRow)) -> Result<(), OpenError> {
        let from = self.past.find_time(since_ms).await?;
        // A row of an hour that its stream already had was written again.
        let mut last: HashMap<u32, u32> = HashMap::new();
        read(&self.past, from, |row| {
            let newer = last.get(&row.group).is_none_or(|&hour| hour < row.hour);
            if newer {
                last.insert(row.group, row.hour);
                if (u64::from(row.hour) + 1) * HOUR_MS > since_ms {
                    visit(row);
                }
            }
        })
        .await
    }

    /// The last hour as it was saved, the newest save of each stream.
    pub async fn running(&self) -> Result<Vec<UsageRow>, OpenError> {
        let mut newest: HashMap<u32, UsageRow> = HashMap::new();
        read(&self.running, self.running.start(), |row| {
            newest.insert(row.group, row);
        })
        .await?;
        let mut rows: Vec<UsageRow> = newest.into_values().collect();
        rows.sort_by_key(|row| row.group);
        Ok(rows)
    }
}

/// Refuses rows of a newer program.
async fn read(log: &Log, from: u64, mut visit: impl FnMut(UsageRow)) -> Result<(), OpenError> {
    read_records(log, from, log.end(), |record| {
        for line in record.value.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let row = serde_json::from_slice::<UsageRow>(line);
            let version = row.as_ref().map_or_else(|_| newer(line, ROW_VERSION), |row| Some(row.version));
            if let Some(found) = version.filter(|version| *version > ROW_VERSION) {
                let what = format!("usage: a row of log {} at position {}", log.id(), record.position);
                return Err(OpenError::Newer { what, found, known: ROW_VERSION });
            }
            match row {
                Ok(row) => visit(row),
                Err(error) => {
                    let error = place(&error);
                    tracing::warn!(error, position = record.position, "a row of usage is not readable")
                }
            }
        }
        Ok(())
    })
    .await
}

/// What a stopped server's storage says was used since then, the hour in which it stopped included.
pub async fn read_usage(
    storage: &Storage,
    since_ms: u64,
    mut visit: impl FnMut(UsageRow),
) -> Result<(), OpenError> {
    let log = UsageLog::open(storage)?;
    let mut last: HashMap<u32, u32> = HashMap::new();
    log.past(since_ms, |row| {
        last.insert(row.group, row.hour);
        visit(row);
    })
    .await?;
    for row in log.running().await? {
        let ends_ms = (u64::from(row.hour) + 1) * HOUR_MS;
        if ends_ms > since_ms && last.get(&row.group).is_none_or(|&hour| hour < row.hour) {
            visit(row);
        }
    }
    Ok(())
}

impl Streams {
    /// What was used since then, this minute included: each stream's past hours in their order, then its
    /// running one.
    pub async fn usage(&self, since_ms: u64, mut visit: impl FnMut(UsageRow)) -> Result<(), OpenError> {
        let all = self.inner.directory.read().all();
        let mut ledger = self.inner.ledger.lock().await;
        ledger.look(&all, self.now_ms());
        ledger.log().past(since_ms, &mut visit).await?;
        let ends_later = |row: &&UsageRow| (u64::from(row.hour) + 1) * HOUR_MS > since_ms;
        ledger.running().filter(ends_later).cloned().for_each(visit);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `docs/format.md` has it: what is nothing is not written, nor is the first version.
    #[test]
    fn a_row_is_written_without_what_goes_without_saying() {
        let row = UsageRow {
            version: 1,
            hour: 472_222,
            group: 7,
            account: "000000000000".into(),
            region: "us-east-1".into(),
            stream: "s".into(),
            mode: Mode::Provisioned,
            used: Used { shard_ms: 5, ..Used::default() },
            peaks: HourPeaks::default(),
        };
        let text = serde_json::to_string(&row).unwrap();
        let used = r#""used":{"shard_ms":5}"#;
        assert!(text.starts_with(r#"{"hour":472222,"group":7,"#) && text.contains(used), "{text}");
        assert_eq!(serde_json::from_str::<UsageRow>(&text).unwrap(), row);
        let newer = UsageRow { version: 2, ..row };
        let text = serde_json::to_string(&newer).unwrap();
        assert!(text.starts_with(r#"{"v":2,"#), "{text}");
        assert_eq!(serde_json::from_str::<UsageRow>(&text).unwrap(), newer);
    }
}
