//! What the service does by itself, as events: it starts and stops, scales, forgets what is over, changes its keys, is changed
//! by whoever sits at its directory.

use std::sync::Arc;

use flumen_machine::{CallEvent, Carried, OwnAct};
use parking_lot::Mutex;

use crate::event::{Event, Identity, Resource, new_event_id};

/// As which the service itself is told of.
pub const SERVICE: &str = "flumen";
/// Of what is nowhere in particular.
const REGION: &str = "us-east-1";
/// Of a server that nobody has been named the owner of.
const ACCOUNT: &str = "000000000000";

/// The account whose the server is, as it becomes known. Clones are the same.
#[derive(Clone, Debug)]
pub struct Owner(Arc<Mutex<String>>);

impl Default for Owner {
    fn default() -> Self {
        Owner(Arc::new(Mutex::new(ACCOUNT.to_owned())))
    }
}

impl Owner {
    pub fn set(&self, account: &str) {
        account.clone_into(&mut self.0.lock());
    }

    /// Takes the events of commands, of which those of the service's own are this account's where they are nobody else's.
    pub fn carried(&self) -> Carried {
        let owner = self.clone();
        Carried::kept(Arc::new(move |act| owner.event(act)))
    }

    pub(crate) fn event(&self, act: &OwnAct<'_>) -> CallEvent {
        let owner = self.0.lock().clone();
        let account = act.account.unwrap_or(&owner);
        let identity = Identity {
            kind: "AWSService",
            invoked_by: Some(SERVICE.to_owned()),
            account_id: Some(account.to_owned()),
            ..Identity::default()
        };
        let id = new_event_id(act.at_ms);
        let resources: Vec<Resource> = act.resource.map(Resource::of_arn).into_iter().collect();
        let event = Event {
            id: &id,
            at_ms: act.at_ms,
            identity: &identity,
            source: SERVICE,
            name: act.name,
            region: act.region.unwrap_or(REGION),
            from: SERVICE,
            user_agent: Some(SERVICE),
            error: None,
            parameters: None,
            response: None,
            additional: Some(act.about),
            request_id: None,
            read_only: false,
            resources: &resources,
            is_call: false,
            is_management: true,
            account,
            endpoint: None,
            tls: None,
            decided: None,
        };
        let line = event.line().into();
        CallEvent { id, line, resources: Vec::new(), decided: None }
    }
}
