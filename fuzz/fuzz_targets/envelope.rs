#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| flumen_fuzz_targets::envelope(input));
