//! Any bytes as bodies. Nothing panics, and what is taken is written
//! and read again as the same.

use flumen_protocol::kinesis::*;
use flumen_protocol::{Decode, Encode, Encoding, check_syntax, decode, decode_output, encode};

pub fn json_body(input: &[u8]) {
    body(Encoding::Json, input);
}

pub fn cbor_body(input: &[u8]) {
    body(Encoding::Cbor, input);
}

fn body(encoding: Encoding, body: &[u8]) {
    let is_well_formed = check_syntax(encoding, body).is_ok();
    // A blob that is not base64 is found when it is decoded, and its text is kept until then.
    if let Ok(input) = decode::<PutRecordsInput<'_>>(encoding, body)
        && input.records.iter().all(|record| record.data.check().is_ok())
    {
        assert!(is_well_formed);
        kept(encoding, &input, |written| decode::<PutRecordsInput<'_>>(encoding, written).unwrap() == input);
    }
    if let Ok(input) = decode::<CreateStreamInput<'_>>(encoding, body) {
        kept(encoding, &input, |written| {
            decode::<CreateStreamInput<'_>>(encoding, written).unwrap() == input
        });
    }
    if let Ok(input) = decode::<ListShardsInput<'_>>(encoding, body) {
        assert!(is_well_formed && input.max_results.is_none_or(|max| (1..=10_000).contains(&max)));
    }
    read::<DescribeStreamOutput<'_>>(encoding, body);
    read::<SubscribeToShardEvent<'_>>(encoding, body);
    let _ = flumen_protocol::Fault::decode(encoding, body);
}

fn kept<T: Encode>(encoding: Encoding, value: &T, same: impl FnOnce(&[u8]) -> bool) {
    let mut written = Vec::new();
    encode(encoding, value, &mut written);
    assert!(same(&written));
}

fn read<'a, T: Decode<'a>>(encoding: Encoding, body: &'a [u8]) {
    let _ = decode_output::<T>(encoding, body);
}
