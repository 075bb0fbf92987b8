//! Reading a log record by record, and appending one.

use flumen_storage::{
    Answers, Append, AppendError, BatchBuilder, Log, ReadError, ReadLimit, Record, Storage,
};

pub(crate) const READ_AT_ONCE: ReadLimit = ReadLimit { records: 10_000, bytes: 1024 * 1024 };

/// Calls `visit` with each record from `from` on that lies before `to`.
pub async fn read_records<E: From<ReadError>>(
    log: &Log,
    mut from: u64,
    to: u64,
    mut visit: impl FnMut(&Record<'_>) -> Result<(), E>,
) -> Result<(), E> {
    while from < to {
        let blocks = log.read(from, READ_AT_ONCE).await?;
        let before = from;
        for record in blocks.iter().flat_map(|block| block.records_from(before)) {
            if record.position >= to {
                return Ok(());
            }
            from = record.position + 1;
            visit(&record)?;
        }
        if from == before {
            break;
        }
    }
    Ok(())
}

/// Durable on return. Answers with the record's position.
pub async fn append_record(
    storage: &Storage,
    log: &Log,
    time_ms: u64,
    attributes: u8,
    key: &[u8],
    value: &[u8],
) -> Result<u64, AppendError> {
    let mut batch = BatchBuilder::with_capacity(key.len() + value.len() + 8);
    batch.push(attributes, key, value);
    append(storage, log, time_ms, batch).await
}

/// Durable on return. Answers with the position of the first record.
pub(crate) async fn append(
    storage: &Storage,
    log: &Log,
    time_ms: u64,
    batch: BatchBuilder,
) -> Result<u64, AppendError> {
    let append = Append { log: log.clone(), time_ms, batch: batch.finish() };
    first(storage.append([append]).await)
}

/// The same, of what takes away: with the room that the journal keeps for that.
pub(crate) async fn append_from_reserve(
    storage: &Storage,
    log: &Log,
    time_ms: u64,
    batch: BatchBuilder,
) -> Result<u64, AppendError> {
    let append = Append { log: log.clone(), time_ms, batch: batch.finish() };
    first(storage.append_from_reserve([append]).await)
}

fn first(answers: Answers) -> Result<u64, AppendError> {
    let answer = answers.into_iter().next();
    // One append gives one answer.
    answer.unwrap_or(Err(AppendError::Closed)).map(|appended| appended.first)
}
