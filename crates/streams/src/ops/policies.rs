//! Resource policies: stored and returned here; who they let in is for authorisation to say.
//! Source: `kinesis-semantics.md` section 13.

use flumen_access::Caller;
use flumen_protocol::kinesis::{
    DeleteResourcePolicyInput, GetResourcePolicyInput, GetResourcePolicyOutput, PutResourcePolicyInput,
};
use flumen_protocol::{Fault, Operation};
use flumen_types::ResourceArn;

use super::tags::steady_stream;
use crate::door::NamedResource;
use crate::state::command::Resource;
use crate::state::{Change, Status, Stream};
use crate::{Streams, faults};

/// The usual bound of IAM for resource policies.
const POLICY_BYTES_MAX: usize = 20 * 1024;

impl Streams {
    pub async fn put_resource_policy(
        &self,
        caller: &Caller,
        input: &PutResourcePolicyInput<'_>,
    ) -> Result<(), Fault> {
        check_policy(&input.policy)?;
        let door = self.door(caller, Operation::PutResourcePolicy);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        self.commit(Some(caller), |state, now_ms| {
            let stream = steady_stream(state, target.stream.group, &named, now_ms)?;
            let (resource, _) = policy_of(stream, &named, now_ms)?;
            if let ResourceArn::Consumer(arn) = &named
                && let Some((name, consumer)) = stream.consumer(arn, now_ms)
                && consumer.status(now_ms) != Some(Status::Active)
            {
                return Err(faults::consumer_not_active(stream, name, consumer.created()));
            }
            Ok((Some(Change::SetPolicy { resource, policy: Some(input.policy.to_string()) }), ()))
        })
        .await
    }

    pub async fn get_resource_policy(
        &self,
        caller: &Caller,
        input: &GetResourcePolicyInput<'_>,
    ) -> Result<GetResourcePolicyOutput<'static>, Fault> {
        let door = self.door(caller, Operation::GetResourcePolicy);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        let (_, policy) = policy_of(&target.stream, &named, self.now_ms())?;
        Ok(GetResourcePolicyOutput { policy: policy.unwrap_or_else(|| "{}".to_owned()).into() })
    }

    pub async fn delete_resource_policy(
        &self,
        caller: &Caller,
        input: &DeleteResourcePolicyInput<'_>,
    ) -> Result<(), Fault> {
        let door = self.door(caller, Operation::DeleteResourcePolicy);
        let NamedResource { arn: named, target } = door.resource(&input.resource_arn)?;
        self.commit(Some(caller), |state, now_ms| {
            let stream = steady_stream(state, target.stream.group, &named, now_ms)?;
            let (resource, policy) = policy_of(stream, &named, now_ms)?;
            if policy.is_none() {
                let message = format!("No resource policy found for resource ARN {}.", input.resource_arn);
                return Err(faults::resource_not_found(message));
            }
            Ok((Some(Change::SetPolicy { resource, policy: None }), ()))
        })
        .await
    }
}

fn policy_of(stream: &Stream, named: &ResourceArn, now_ms: u64) -> Result<(Resource, Option<String>), Fault> {
    let group = stream.group;
    match named {
        ResourceArn::Stream(_) => Ok((Resource::Stream { group }, stream.policy.clone())),
        ResourceArn::Consumer(arn) => {
            let (name, consumer) =
                stream.consumer(arn, now_ms).ok_or_else(|| faults::resource_gone(named))?;
            Ok((Resource::Consumer { group, name: name.clone() }, consumer.policy.clone()))
        }
    }
}

/// A JSON object with at least one statement. What the statements mean is not checked here.
fn check_policy(policy: &str) -> Result<(), Fault> {
    if policy.len() > POLICY_BYTES_MAX {
        return Err(faults::invalid_argument(format!(
            "The policy has {} bytes; the limit is {POLICY_BYTES_MAX}.",
            policy.len()
        )));
    }
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(policy);
    let has_statement = match parsed.as_ref().map(|p| p.get("Statement")) {
        Ok(Some(serde_json::Value::Array(statements))) => !statements.is_empty(),
        Ok(Some(serde_json::Value::Object(_))) => true,
        _ => false,
    };
    if has_statement {
        Ok(())
    } else {
        Err(faults::invalid_argument("The policy is not a JSON policy document."))
    }
}
