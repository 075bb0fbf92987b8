//! Any bytes as a chunk of sums, deflated and before they are deflated: read whole, or nothing of them.

use std::io::Read as _;

use flate2::Compression;
use flate2::read::DeflateEncoder;
use flumen_audit::sums::read_chunk;

pub fn sums(bytes: &[u8]) {
    let mut deflated = Vec::new();
    DeflateEncoder::new(bytes, Compression::fast()).read_to_end(&mut deflated).unwrap();
    for chunk in [bytes, &deflated] {
        let mut visited = 0;
        let read = read_chunk(chunk, |_, _| visited += 1);
        assert!(read.is_ok() || visited == 0);
    }
}
