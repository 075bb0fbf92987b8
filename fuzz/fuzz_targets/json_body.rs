//! Any bytes as JSON bodies: no panic, and what is taken is written and read again as the same.

#![no_main]

use flumen_protocol::kinesis::*;
use flumen_protocol::{Decode, Encode, Encoding, check_syntax, decode, decode_output, encode};
use libfuzzer_sys::fuzz_target;

const ENCODING: Encoding = Encoding::Json;

fuzz_target!(|body: &[u8]| {
    let is_well_formed = check_syntax(ENCODING, body).is_ok();
    // A blob that is not base64 is found when it is decoded, and its text is kept until then.
    if let Ok(input) = decode::<PutRecordsInput<'_>>(ENCODING, body)
        && input.records.iter().all(|record| record.data.check().is_ok())
    {
        assert!(is_well_formed);
        kept(&input, |written| decode::<PutRecordsInput<'_>>(ENCODING, written).unwrap() == input);
    }
    if let Ok(input) = decode::<CreateStreamInput<'_>>(ENCODING, body) {
        kept(&input, |written| decode::<CreateStreamInput<'_>>(ENCODING, written).unwrap() == input);
    }
    if let Ok(input) = decode::<ListShardsInput<'_>>(ENCODING, body) {
        assert!(is_well_formed && input.max_results.is_none_or(|max| (1..=10_000).contains(&max)));
    }
    read::<DescribeStreamOutput<'_>>(body);
    read::<SubscribeToShardEvent<'_>>(body);
    let _ = flumen_protocol::Fault::decode(ENCODING, body);
});

fn kept<T: Encode>(value: &T, same: impl FnOnce(&[u8]) -> bool) {
    let mut written = Vec::new();
    encode(ENCODING, value, &mut written);
    assert!(same(&written));
}

fn read<'a, T: Decode<'a>>(body: &'a [u8]) {
    let _ = decode_output::<T>(ENCODING, body);
}
