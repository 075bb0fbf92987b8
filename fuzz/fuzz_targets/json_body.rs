//! Any bytes as JSON bodies.

#![no_main]

mod body;

use flumen_protocol::Encoding;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| body::body(Encoding::Json, input));
