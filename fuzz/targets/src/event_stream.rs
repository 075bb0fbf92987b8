//! Any bytes as frames of an event stream: no panic, and no frame longer than what was given.

#![no_main]

use flumen_protocol::event_stream::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some((_, length))) = decode(rest) {
        assert!(length >= 16);
        rest = rest.get(length..).expect("a frame lies inside of the bytes");
    }
});
