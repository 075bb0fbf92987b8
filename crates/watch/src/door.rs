//! The one door to an account's metrics: whoever asks comes through the decision.

use flumen_access::{ACCOUNT, Caller, Denied, Permit, Resource, decide};
use flumen_protocol::cloudwatch::Operation;
use flumen_types::Realm;

use crate::operations::row;

/// The metrics of an account in a region.
pub(crate) struct Target<'a> {
    pub realm: &'a Realm,
    _permit: Permit,
}

/// For the caller's own metrics; there is no way to name another's.
pub(crate) fn own(caller: &Caller, operation: Operation) -> Result<Target<'_>, Box<Denied>> {
    let realm = caller.realm();
    let resource = Resource::new(&realm.account, &ACCOUNT);
    let permit = decide(caller, row(operation).actions, resource)?;
    Ok(Target { realm, _permit: permit })
}
