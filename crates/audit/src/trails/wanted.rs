//! Which data events anybody wants. Every call of a data operation asks, so asking is cheap: one load where nobody wants any,
//! as long as no trail says so.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use super::selectors::{Seen, SeenResource, Selectors};
use super::state::State;

/// What trails want, worked out when they change. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct DataWanted(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_anybody: AtomicBool,
    by_account: RwLock<HashMap<String, Vec<Wants>>>,
}

#[derive(Debug)]
struct Wants {
    /// Nothing where it is any.
    region: Option<String>,
    selectors: Selectors,
}

/// A call of a data operation, for whoever decides whether there is an event of it.
#[derive(Clone, Copy, Debug)]
pub struct DataCall<'a> {
    pub account: &'a str,
    pub region: &'a str,
    /// `kinesis.amazonaws.com`.
    pub source: &'a str,
    pub name: &'a str,
    pub read_only: bool,
    /// `AWS::Kinesis::Stream` and the like.
    pub kind: &'a str,
    pub arn: &'a str,
}

impl DataWanted {
    pub(super) fn set(&self, state: &State) {
        let mut by_account: HashMap<String, Vec<Wants>> = HashMap::new();
        let logging = state.trails.values().filter(|trail| trail.is_logging && !trail.is_deleted);
        for trail in logging.filter(|trail| trail.selectors.want_data()) {
            let region = (!trail.is_multi_region).then(|| trail.arn.region.clone());
            let wants = Wants { region, selectors: trail.selectors.clone() };
            by_account.entry(trail.arn.account.clone()).or_default().push(wants);
        }
        let is_wanted = !by_account.is_empty();
        *self.0.by_account.write() = by_account;
        self.0.by_anybody.store(is_wanted, Ordering::Release);
    }

    /// Whether any trail wants any data event.
    pub fn by_anybody(&self) -> bool {
        self.0.by_anybody.load(Ordering::Acquire)
    }

    /// Whether a trail wants the event of this call.
    pub fn wants(&self, call: &DataCall<'_>) -> bool {
        if !self.by_anybody() {
            return false;
        }
        let by_account = self.0.by_account.read();
        let Some(wants) = by_account.get(call.account) else { return false };
        let resources = [SeenResource { kind: call.kind, arn: call.arn }];
        let DataCall { source, name, read_only, .. } = *call;
        let seen = Seen { is_management: false, source, name, read_only, resources: &resources };
        let is_of = |region: &Option<String>| region.as_deref().is_none_or(|region| region == call.region);
        wants.iter().any(|wants| is_of(&wants.region) && wants.selectors.want(&seen))
    }
}
