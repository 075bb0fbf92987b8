//! A transaction that is sent again with its token is carried out once. Tokens live ten minutes of the
//! commands' time, in the database of the tables, so a restart does not forget them.

use md5::{Digest, Md5};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::answer::{Answer, Code};

const LIVES_MS: u64 = 10 * 60 * 1000;
const CHARACTERS_MAX: usize = 36;

/// Of what the transaction does, however its JSON was written.
pub(crate) fn digest(items: &impl Serialize) -> [u8; 16] {
    // A `Value` keeps the members of an object in order.
    let text = serde_json::to_value(items).map(|value| value.to_string()).unwrap_or_default();
    Md5::digest(text).into()
}

/// The answer that the token already got, or that of `run`. A failure is not remembered, so that it can be
/// tried again.
pub(crate) fn once(
    tokens: &Connection,
    token: &str,
    digest: &[u8; 16],
    at_ms: u64,
    run: impl FnOnce() -> Answer,
) -> Answer {
    if token.is_empty() || token.chars().count() > CHARACTERS_MAX {
        let (constraint, limit) = if token.is_empty() { ("greater", 1) } else { ("less", CHARACTERS_MAX) };
        let text = format!(
            "1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy constraint: \
             Member must have length {constraint} than or equal to {limit}"
        );
        return Answer::refusal(Code::Validation, text);
    }
    match find(tokens, token, at_ms) {
        Err(error) => return Answer::internal(error),
        Ok(Some((known, _))) if known != digest => {
            let text = "Request rejected because it was retried with a different payload";
            return Answer::refusal(Code::IdempotentParameterMismatch, text);
        }
        Ok(Some((_, body))) => return Answer::success(body),
        Ok(None) => {}
    }
    let answer = run();
    if answer.is_success() {
        let row = (token, at_ms as i64, &digest[..], &answer.body);
        if let Err(error) = tokens.execute("INSERT INTO _flumen_tokens VALUES (?1, ?2, ?3, ?4)", row) {
            tracing::error!(%error, "a transaction's token is not remembered");
        }
    }
    answer
}

fn find(tokens: &Connection, token: &str, at_ms: u64) -> rusqlite::Result<Option<(Vec<u8>, String)>> {
    let oldest = at_ms.saturating_sub(LIVES_MS) as i64;
    tokens.prepare_cached("DELETE FROM _flumen_tokens WHERE at_ms <= ?1")?.execute([oldest])?;
    tokens
        .prepare_cached("SELECT digest, answer FROM _flumen_tokens WHERE token = ?1")?
        .query_row([token], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
