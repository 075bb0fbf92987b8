//! What an operator reads of the whole server, for whoever signs for it. Such a request is no call of a service: it has no
//! body and no operation, and is signed for the service [`SIGNING_NAME`].

use std::sync::Arc;

use flumen_access::{Action, Caller, Resource, decide};
use flumen_protocol::{ErrorCode, Fault};
use http::request::Parts;

use crate::sign_in::Identified;
use crate::{Api, Peer};

/// The name of the service in the scope of signatures.
pub const SIGNING_NAME: &str = "flumen";
const GET_METRICS: Action = Action("flumen:GetMetrics");

impl Api {
    /// Whether the request is signed by somebody who may read metrics and usage: those are of all accounts, so they are the
    /// operator's.
    ///
    /// # Errors
    /// As those of any call that is not signed, or not by the right one.
    pub fn check_operator(&self, from: &Arc<Peer>, head: &Parts) -> Result<(), Fault> {
        self.operator_who_may(from, head, &[GET_METRICS], "metrics").map(drop)
    }

    /// The same of other things of the operator's.
    pub(crate) fn operator_who_may(
        &self,
        from: &Arc<Peer>,
        head: &Parts,
        actions: &[Action],
        thing: &str,
    ) -> Result<Caller, Fault> {
        let identified = self.sign_in.identify(head, b"", SIGNING_NAME);
        let Identified { mut caller, basis, .. } =
            identified.inspect_err(|fault| self.sign_in_refused(fault, from, None))?;
        if let Some(basis) = basis {
            caller = caller.standing(self.standing(basis, from, &head.headers, self.clock.now_ms()));
        }
        let account = self.sign_in.operator();
        let arn = format!("arn:aws:flumen:{}:{account}:{thing}", caller.realm().region);
        decide(&caller, actions, Resource::new(&account, &arn))
            .map_err(|denied| Fault::new(ErrorCode::AccessDeniedException, denied.to_string()))?;
        Ok(caller)
    }
}
