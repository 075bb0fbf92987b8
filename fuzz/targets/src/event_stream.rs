//! Any bytes as frames of an event stream: no panic, and no frame longer than what was given.

use flumen_protocol::event_stream::decode;

pub fn event_stream(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Some((_, length))) = decode(rest) {
        assert!(length >= 16);
        rest = rest.get(length..).expect("a frame lies inside of the bytes");
    }
}
