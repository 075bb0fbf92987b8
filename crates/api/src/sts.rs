//! STS: credentials for a while.

use bytes::Bytes;
use flumen_access::Identities;
use flumen_access::sts::{Sts, StsError};
use flumen_protocol::query::{Fault, decode, encode};
use flumen_protocol::sts::{AssumeRoleWithWebIdentityRequest, NAMESPACE, Operation, SIGNING_NAME};

use crate::Resources;
use crate::audit::Audited;
use crate::call::Call;
use crate::forms;
use crate::issuer_keys::IssuerKeys;
use crate::reply::Reply;
use crate::service::{Head, IdentifiedRequest, Service};

/// The service of that name, on the identities that there are, and the keys of those who vouch for others.
pub struct StsService(pub Identities, pub IssuerKeys);

impl Service for StsService {
    type RequestKind = ();
    type Fault = Fault;

    const SIGNING_NAME: &'static str = SIGNING_NAME;

    /// What nobody signs comes to this service: it has the only operation that is for anybody.
    fn is_meant(head: &Head<'_>) -> bool {
        forms::is_signed_for(head, SIGNING_NAME) || forms::is_unsigned(head)
    }

    fn is_for_anybody(operation: usize) -> bool {
        operation == Operation::AssumeRoleWithWebIdentity as usize
    }

    /// What gives credentials is told of before they are there.
    fn audited(operation: usize) -> Audited {
        use Operation::*;
        Audited::Management {
            read_only: matches!(Operation::ALL[operation], GetAccessKeyInfo | GetCallerIdentity),
        }
    }

    fn resolve(call: &Call<'_>, _: &Head<'_>, body: &Bytes) -> Result<(), Box<Reply>> {
        call.is_for(forms::action(body, Operation::parse).ok().map(|operation| operation as usize));
        Ok(())
    }

    async fn run(
        &self,
        Resources { threads, .. }: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { caller, body, .. }: IdentifiedRequest<'_, ()>,
    ) -> Result<Reply, Fault> {
        let operation = forms::action(body, Operation::parse)?;
        let (sts, name) = (Sts::new(&self.0, caller), operation.as_str());
        macro_rules! shape {
            ($input:ident $($output:tt)+) => {{
                let $input = decode(body)?;
                call.asks(&$input);
                let output = $($output)+;
                call.answers(&output);
                encode(NAMESPACE, name, Some(&output), call.id())
            }};
        }
        let answer = match operation {
            Operation::AssumeRole => shape!(input sts.assume_role(&input)?),
            Operation::AssumeRoleWithWebIdentity => {
                let input: AssumeRoleWithWebIdentityRequest<'_> = decode(body)?;
                call.asks(&input);
                let verified =
                    self.1.verified(self.0.issuers(), &input.web_identity_token, call.at_ms, threads);
                let identity = verified.await.map_err(StsError::from)?;
                let output = sts.assume_role_with_web_identity(&input, &identity)?;
                call.answers(&output);
                encode(NAMESPACE, name, Some(&output), call.id())
            }
            Operation::GetAccessKeyInfo => shape!(input sts.get_access_key_info(&input)?),
            Operation::GetCallerIdentity => shape!(input sts.get_caller_identity(&input)),
            Operation::GetSessionToken => shape!(input sts.get_session_token(&input)?),
            other => return Err(forms::not_served(other.as_str())),
        };
        Ok(forms::answered(answer))
    }

    fn refuse(_: &Head<'_>, fault: &Fault, call: &Call<'_>) -> Reply {
        forms::refused(fault, NAMESPACE, call)
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        (operations.collect(), forms::codes())
    }
}
