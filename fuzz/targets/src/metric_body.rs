//! Any bytes as a body of CloudWatch's, in the protocol that the first byte says: no panic, and what is taken
//! has what its shape requires.

use flumen_protocol::cloudwatch::{
    GetMetricDataInput, GetMetricStatisticsInput, ListMetricsInput, Protocol, PutMetricDataInput, decode,
};

const PROTOCOLS: [Protocol; 3] = [Protocol::RpcV2Cbor, Protocol::Json, Protocol::Query];

pub fn metric_body(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let protocol = PROTOCOLS[usize::from(*first) % PROTOCOLS.len()];
    match decode::<PutMetricDataInput<'_>>(protocol, body) {
        Ok(input) => assert!(!input.namespace.is_empty()),
        Err(fault) => assert!(!fault.encode(protocol, "id").is_empty()),
    }
    let _ = decode::<GetMetricDataInput<'_>>(protocol, body);
    let _ = decode::<GetMetricStatisticsInput<'_>>(protocol, body);
    let _ = decode::<ListMetricsInput<'_>>(protocol, body);
}
