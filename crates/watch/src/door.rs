//! The one door to an account's metrics: whoever asks comes through the decision.

use flumen_access::policy::{Fact, Facts};
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
    own_with(caller, operation, &())
}

/// The same for those of a namespace, for which policies may ask.
pub(crate) fn own_of<'a>(
    caller: &'a Caller,
    operation: Operation,
    namespace: &str,
) -> Result<Target<'a>, Box<Denied>> {
    own_with(caller, operation, &Namespace(namespace))
}

fn own_with<'a>(
    caller: &'a Caller,
    operation: Operation,
    given: &dyn Facts,
) -> Result<Target<'a>, Box<Denied>> {
    let realm = caller.realm();
    let resource = Resource { given: Some(given), ..Resource::new(&realm.account, &ACCOUNT) };
    let permit = decide(caller, row(operation).actions, resource)?;
    Ok(Target { realm, _permit: permit })
}

struct Namespace<'a>(&'a str);

impl Facts for Namespace<'_> {
    fn get(&self, key: &str) -> Option<Fact<'_>> {
        (key == "cloudwatch:namespace").then(|| self.0.into())
    }
}
