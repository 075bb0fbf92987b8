//! The one door to an account's metrics: whoever asks comes through the decision.

use flumen_access::{Caller, Permit, Resource, decide};
use flumen_protocol::cloudwatch::{ErrorCode, Fault, Operation};
use flumen_types::Realm;

use crate::operations::row;

/// The metrics of an account in a region.
pub(crate) struct Target<'a> {
    pub realm: &'a Realm,
    _permit: Permit,
}

/// For the caller's own metrics; there is no way to name another's.
pub(crate) fn own(caller: &Caller, operation: Operation) -> Result<Target<'_>, Fault> {
    let realm = caller.realm();
    let resource = Resource { account: &realm.account, arn: &"*" };
    let permit = decide(caller, row(operation).actions, resource)
        .map_err(|denied| Fault::new(ErrorCode::AccessDeniedException, denied.to_string()))?;
    Ok(Target { realm, _permit: permit })
}
