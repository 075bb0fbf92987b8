//! The trail that is always there: `flumen`, of the operator's account. It has all events of all accounts and regions, and is
//! neither changed, stopped nor deleted by calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use flumen_machine::Origin;

use super::command::Step;
use super::names::TrailArn;
use super::selectors::Selectors;
use super::state::{Progress, State, Trail};
use super::{CommitError, Trails};

/// Its name.
pub const BUILT_IN: &str = "flumen";
pub const BUILT_IN_BUCKET: &str = "flumen-audit";
const HOME_REGION: &str = "us-east-1";

impl Trails {
    /// Makes it where it is not there, from `cursor` on. Where the server is another account's than before, it is that one's
    /// from now on, and begins where it had come.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub async fn ensure_built_in(&self, operator: &str, cursor: u64) -> Result<(), CommitError> {
        self.commit(Origin::default(), |state: &State, now_ms| {
            let known = state.trails.values().find(|trail| trail.is_built_in);
            if known.is_some_and(|known| known.arn.account == operator) {
                return Ok((Vec::new(), ()));
            }
            let mut steps = Vec::new();
            let cursor = match known {
                Some(known) => {
                    steps.push(Step::Remove(known.arn.clone()));
                    state.progress.get(&known.arn.to_string()).map_or(cursor, |progress| progress.cursor)
                }
                None => cursor,
            };
            let trail = built_in(operator, known.map_or(now_ms, |known| known.created_ms));
            let progress = Arc::new(Progress::starting(cursor));
            let (name, account) = (BUILT_IN_BUCKET.to_owned(), operator.to_owned());
            steps.push(Step::Progress { of: trail.arn.clone(), progress });
            steps.push(Step::Set(Arc::new(trail)));
            steps.push(Step::Bucket { name, account });
            Ok((steps, ()))
        })
        .await
    }
}

fn built_in(account: &str, created_ms: u64) -> Trail {
    let (account, region, name) = (account.to_owned(), HOME_REGION.to_owned(), BUILT_IN.to_owned());
    Trail {
        arn: TrailArn { account, region, name },
        bucket: BUILT_IN_BUCKET.to_owned(),
        prefix: None,
        is_multi_region: true,
        has_global: true,
        is_validated: true,
        selectors: Selectors::default(),
        has_own_selectors: false,
        tags: BTreeMap::new(),
        created_ms,
        is_logging: true,
        // What was written down before it was there is its too.
        started_ms: Some(0),
        stopped_ms: None,
        is_built_in: true,
        is_deleted: false,
    }
}
