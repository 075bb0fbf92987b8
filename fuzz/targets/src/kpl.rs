//! Any bytes as an aggregate of the Kinesis Producer Library, as they are and in the frame of one: no panic, and nothing
//! in it that was not given.

use flumen_protocol::kpl::open;
use md5::{Digest, Md5};

pub fn kpl(bytes: &[u8]) {
    opened(bytes);
    // Nobody guesses a digest: without one that holds, no field would be read.
    opened(&[&b"\xf3\x89\x9a\xc2"[..], bytes, Md5::digest(bytes).as_slice()].concat());
}

fn opened(data: &[u8]) {
    let given = data.as_ptr_range();
    for record in open(data).unwrap_or_default() {
        let hash_key = record.explicit_hash_key.unwrap_or_default();
        for part in [record.key.as_bytes(), hash_key.as_bytes(), record.data] {
            let of = part.as_ptr_range();
            assert!(part.is_empty() || (given.start <= of.start && of.end <= given.end));
        }
    }
}
