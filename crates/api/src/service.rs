//! The table of services. They share the ports; what a request is aimed at and signed for tells them apart.
//!
//! A service is one line of the table, a module here that says how its requests are read and its answers are written,
//! and a crate that knows nothing of either.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use flumen_access::Caller;
use flumen_protocol::Fault;
use http::header::HeaderName;
use http::request::Parts;

use crate::audit::Audited;
use crate::call::Call;
use crate::peer::Peer;
use crate::reply::Reply;
use crate::{Api, AuditFiles, CloudTrail, CloudWatch, IamService, KmsService, Resources, StsService};

const AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// How a service meets its callers.
pub(crate) trait Service: Sync {
    /// What is known of a request before it is known whose it is: the operation and how it is encoded, say.
    type RequestKind: Send;
    /// A refusal; what befalls a request before it comes to a service is told in the service's words.
    type Fault: From<Fault> + Send;

    /// The name of the service in the scope of signatures.
    const SIGNING_NAME: &'static str;

    /// Whether a request is for this service.
    fn is_meant(head: &Head<'_>) -> bool;

    /// What comes before the sign-in. An error is a reply of a layer that knows no operation yet. Where the operation
    /// is known already, `call` is told.
    fn resolve(call: &Call<'_>, head: &Head<'_>, body: &Bytes) -> Result<Self::RequestKind, Box<Reply>>;

    /// What a request that cannot be signed in is refused for in place of that.
    fn check_before_sign_in(_kind: &Self::RequestKind, _body: &Bytes) -> Result<(), Fault> {
        Ok(())
    }

    /// Whether the operation of that number, as calls have it, is for whoever comes: nobody signs for it.
    fn is_for_anybody(_operation: usize) -> bool {
        false
    }

    /// How calls of the operation of that number are told of.
    fn audited(operation: usize) -> Audited;

    /// What is remembered of a request for the operation of that number, as calls have it.
    fn remembered(_operation: usize) -> Remembered {
        Remembered::Nothing
    }

    fn run(
        &self,
        resources: &Resources,
        call: &Call<'_>,
        request: IdentifiedRequest<'_, Self::RequestKind>,
    ) -> impl Future<Output = Result<Reply, Self::Fault>> + Send;

    fn refuse(head: &Head<'_>, fault: &Self::Fault, call: &Call<'_>) -> Reply;

    /// The names of operations and of errors by which calls are counted, in the order of the numbers that calls and
    /// refusals have. Errors may be counted all in one.
    fn counted() -> (Vec<&'static str>, Vec<&'static str>);
}

/// A request's head, and what in it is looked at first and again.
pub(crate) struct Head<'r> {
    parts: &'r Parts,
    /// The service and the operation that it is aimed at, as it says it; empty if it does not.
    pub target: &'r str,
}

impl<'r> Head<'r> {
    pub fn of(parts: &'r Parts) -> Self {
        let target = parts.headers.get(AMZ_TARGET).and_then(|target| target.to_str().ok());
        Head { parts, target: target.unwrap_or_default() }
    }
}

impl Deref for Head<'_> {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.parts
    }
}

/// A request that is known to be somebody's.
pub(crate) struct IdentifiedRequest<'r, K> {
    pub kind: K,
    pub caller: &'r Caller,
    pub head: &'r Head<'r>,
    pub body: &'r Bytes,
}

/// What is remembered of a request until its call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remembered {
    Nothing,
    /// Who asks: the commands that it gives say so.
    Asker,
    /// And for what.
    AskerAndResources,
}

macro_rules! services {
    ($($(#[$about:meta])* $Id:ident $field:ident: $Service:ty,)*) => {
        /// A service by its place in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ServiceId {
            $($(#[$about])* $Id),*
        }

        /// All of them.
        pub struct Services {
            $($(#[$about])* pub $field: $Service),*
        }

        impl ServiceId {
            pub const ALL: &[ServiceId] = &[$(ServiceId::$Id),*];

            /// Whom a request is for. The first of the table also answers what is for none.
            pub(crate) fn of(head: &Head<'_>) -> ServiceId {
                $(if <$Service as Service>::is_meant(head) {
                    return ServiceId::$Id;
                })*
                ServiceId::ALL[0]
            }

            pub(crate) fn counted(self) -> (Vec<&'static str>, Vec<&'static str>) {
                match self {
                    $(ServiceId::$Id => <$Service as Service>::counted()),*
                }
            }
        }

        impl Api {
            /// What comes of a request. `body` is an error when it did not come whole.
            pub async fn answer(&self, from: &Arc<Peer>, head: &Parts, body: Result<&Bytes, Fault>) -> Reply {
                let head = Head::of(head);
                let service = ServiceId::of(&head);
                match service {
                    $(ServiceId::$Id => {
                        self.carry_out(&self.services.$field, service, from, &head, body).await
                    }),*
                }
            }
        }
    };
}

services! {
    /// Kinesis Data Streams. Nearly all requests.
    Streams streams: flumen_streams::Streams,
    /// The part of DynamoDB that consumers keep leases in.
    Tables tables: flumen_tables::Tables,
    /// The part of CloudWatch that stream clients use.
    Watch watch: CloudWatch,
    /// Users, roles, policies and keys.
    Iam iam: IamService,
    /// Credentials for a while.
    Sts sts: StsService,
    /// Trails, and what was done.
    CloudTrail cloudtrail: CloudTrail,
    /// Keys that encrypt for callers.
    Kms kms: KmsService,
    /// The part of S3 that files of trails are read by.
    AuditFiles audit_files: AuditFiles,
}
