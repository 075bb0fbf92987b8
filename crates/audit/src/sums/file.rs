//! Sums as lines of a trail's file.

use aws_lc_rs::digest::{SHA256, digest};

use super::{Counts, HOUR_MS, SumKey};
use crate::event::{Event, Identity, Resource, event_id};

const NO_REGION: &str = "us-east-1";

/// One sum of an hour in CloudTrail's shape: an event of the service's own, which says how many calls it stands for.
pub(super) fn line(hour: u64, key: &SumKey<'_>, counts: Counts) -> Box<str> {
    let end_ms = hour.saturating_add(1).saturating_mul(HOUR_MS);
    let Counts { calls, records, bytes } = counts;
    let additional =
        format!("{{\"calls\":{calls},\"records\":{records},\"bytes\":{bytes},\"period\":\"PT1H\"}}");
    let thing = Some(key.thing).filter(|thing| thing.starts_with("arn:"));
    let region = thing.and_then(|thing| thing.split(':').nth(3)).filter(|region| !region.is_empty());
    let resource = thing.map(Resource::of_arn);
    let of_thing = resource.as_ref().and_then(|resource| resource.account.as_deref());
    let identity = identity(key.principal);
    let event = Event {
        id: &id(hour, key, end_ms),
        at_ms: end_ms - 1,
        account: identity.account_id.as_deref().or(of_thing).unwrap_or_default(),
        identity: &identity,
        source: key.service,
        name: key.operation,
        region: region.unwrap_or(NO_REGION),
        from: key.service,
        user_agent: None,
        error: Some((key.outcome, None)).filter(|(outcome, _)| !outcome.is_empty()),
        parameters: None,
        response: None,
        additional: Some(&additional),
        request_id: None,
        read_only: is_read(key.operation),
        resources: resource.as_slice(),
        is_call: false,
        is_management: false,
        endpoint: None,
        tls: None,
        decided: None,
    };
    event.line()
}

/// The same for the same sum, so that a file that is written again has the same events.
fn id(hour: u64, key: &SumKey<'_>, at_ms: u64) -> String {
    let text = [&[hour.to_string().as_str()][..], &key.fields()].concat().join("\n");
    let hash = digest(&SHA256, text.as_bytes());
    let bytes = hash.as_ref().first_chunk::<16>().copied().unwrap_or_default();
    event_id(at_ms, u128::from_be_bytes(bytes))
}

/// Whom policies name.
fn identity(principal: &str) -> Identity {
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    let (account, kind, name) = match parts[..] {
        ["arn", _, _, _, account, name] => {
            let kind = match name.split('/').next() {
                Some("root") => "Root",
                Some("user") => "IAMUser",
                Some("role") => "Role",
                _ => "Unknown",
            };
            (Some(account), kind, name.rsplit_once('/').map(|(_, name)| name))
        }
        _ if principal.ends_with(".amazonaws.com") => (None, "AWSService", None),
        _ => (None, "Unknown", None),
    };
    let arn = account.map(|_| principal.to_owned());
    Identity {
        kind,
        invoked_by: (kind == "AWSService").then(|| principal.to_owned()),
        principal_id: arn.is_none().then(|| principal.to_owned()),
        arn,
        account_id: account.map(str::to_owned),
        user_name: name.map(str::to_owned),
        ..Identity::default()
    }
}

fn is_read(operation: &str) -> bool {
    let reads = ["Get", "List", "Describe", "Lookup", "SubscribeToShard", "BatchGet", "Query", "Scan"];
    reads.iter().any(|begin| operation.starts_with(begin))
}
