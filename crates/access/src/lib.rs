//! Who calls, and whether they may.
//!
//! A [`Caller`] is made where requests come in, and nowhere else. A [`Permit`] is made by [`decide`], and nowhere else: what
//! must not be reached without a decision asks for one. What actions and resources there are is the services' to say; this
//! crate serves IAM and STS, which say who there is ([`Identities`]).
//!
//! Without identities an account may do everything with what is its own, and nothing with what is another's; a service may
//! do what the account may that it acts in. With them policies say who may do what.

mod caller;
mod decision;
mod explained;
mod facts;
pub mod iam;
pub mod identity;
pub mod limits;
pub mod policy;
mod principal;
mod published;
pub mod replay;
mod rights;
pub mod sts;
mod unused;
pub mod web_identity;

pub use caller::{Basis, Caller, Endpoint, EndpointPolicy, KeyUse, Noted, Request, Source, Standing};
pub use decision::{Denials, Denied, Permit, decide, would_allow};
pub use facts::RequestContext;
pub use flumen_machine::Signatures;
pub use identity::{Document, Identities};
pub use limits::{AccountLimits, Limit};
pub use principal::Principal;
pub use published::Published;
pub use rights::Rights;
pub use unused::{Unused, UnusedKey};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use policy::{Facts, Policy};

/// What is to be done, as policies name it: `kinesis:PutRecord`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Action(pub &'static str);

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What kind of action it is, as AWS's reference of actions sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    List,
    Read,
    Write,
    Tagging,
    Permissions,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::List => "List",
            Level::Read => "Read",
            Level::Write => "Write",
            Level::Tagging => "Tagging",
            Level::Permissions => "Permissions management",
        })
    }
}

/// What it is to be done with, whether or not it is there.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    /// Whose it is.
    pub account: &'a str,
    /// Written only where it is needed.
    pub arn: &'a dyn fmt::Display,
    /// Of what is there.
    pub tags: Option<&'a BTreeMap<String, String>>,
    pub policy: Option<&'a Policy>,
    /// Of a key: what allows beside its policy, each as a policy of its own.
    pub grants: &'a [Arc<Policy>],
    /// What the request says beside it, and further facts of what is there.
    pub given: Option<&'a dyn Facts>,
}

impl<'a> Resource<'a> {
    pub fn new(account: &'a str, arn: &'a dyn fmt::Display) -> Self {
        Resource { account, arn, tags: None, policy: None, grants: &[], given: None }
    }
}

/// In place of an ARN, for what is the account's and has none of its own.
pub const ACCOUNT: &str = "*";
