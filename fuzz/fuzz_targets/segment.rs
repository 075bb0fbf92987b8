//! A damaged segment.

#![no_main]

mod damage;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| damage::damage("logs", input));
