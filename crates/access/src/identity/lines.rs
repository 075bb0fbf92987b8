//! The state as the body of a snapshot: first all but what accounts hold, then each thing on a line of its own, so that
//! whoever reads it holds one line at a time.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Read};

use flumen_machine::{Unreadable, place};
use serde::{Deserialize, Serialize};

use super::state::{Account, Entity, State};

const READ_AT_ONCE: usize = 64 * 1024;

/// A thing, and whose it is.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    account: Cow<'a, str>,
    thing: Entity,
}

pub(super) fn written(state: &State) -> serde_json::Result<Vec<u8>> {
    let mut body = serde_json::to_vec(state)?;
    for (id, account) in &state.accounts {
        for thing in things(account) {
            body.push(b'\n');
            serde_json::to_writer(&mut body, &Line { account: id.into(), thing })?;
        }
    }
    Ok(body)
}

pub(super) fn read(body: impl Read) -> Result<State, Unreadable> {
    let broken = |error| Unreadable::Broken(place(&error));
    let mut body = BufReader::with_capacity(READ_AT_ONCE, body);
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| -> io::Result<usize> {
        line.clear();
        body.read_until(b'\n', line)
    };
    next(&mut line)?;
    let mut state: State = serde_json::from_slice(&line).map_err(broken)?;
    while next(&mut line)? > 0 {
        let Line { account, thing } = serde_json::from_slice(&line).map_err(broken)?;
        match state.accounts.get_mut(&*account) {
            Some(of) => of.set(thing),
            None => {
                return Err(Unreadable::Broken(format!(
                    "a thing is of account {account}, which is not there"
                )));
            }
        }
    }
    state.index_all();
    Ok(state)
}

fn things(account: &Account) -> impl Iterator<Item = Entity> + '_ {
    account.policies.values().cloned().map(Entity::Policy).chain(account.grantees())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::state::Kind;

    const POLICY: &str = r#"{"name":"p","path":"/","id":"ANPA1","created_ms":1,"updated_ms":1,"default":1,"next":2,"versions":{"1":{"document":"{}\n","created_ms":1}}}"#;

    fn state() -> State {
        let accounts = format!(r#"{{"1":{{"changed":7,"policies":{{"p":{POLICY}}}}},"2":{{"changed":9}}}}"#);
        let earlier = format!(r#"{{"operator":"1","accounts":{accounts}}}"#);
        read(earlier.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_as_are_snapshots_of_one_object() {
        let body = written(&state()).unwrap();
        assert_eq!(body.split(|byte| *byte == b'\n').count(), 2);
        for state in [state(), read(&body[..]).unwrap()] {
            let policy = state.account("1").and_then(|account| account.entity(Kind::Policy, "P")).unwrap();
            assert_eq!(policy.named().id, "ANPA1");
            assert_eq!((state.operator.as_deref(), state.account("2").unwrap().changed), (Some("1"), 9));
        }
    }

    #[test]
    fn a_line_that_is_cut_off_or_of_nobody_is_refused() {
        let body = written(&state()).unwrap();
        // Without its last line nothing says that there was one; that is for the snapshot's end.
        let first = body.iter().position(|byte| *byte == b'\n').unwrap();
        for end in 0..body.len() {
            let cut = read(&body[..end]);
            assert_eq!(cut.is_ok(), end == first || end == first + 1, "{end}: {cut:?}");
        }
        let stray = String::from_utf8(body).unwrap().replace(r#""account":"1""#, r#""account":"3""#);
        let error = read(stray.as_bytes()).unwrap_err();
        assert!(matches!(&error, Unreadable::Broken(text) if text.contains("account 3")), "{error:?}");
    }
}
