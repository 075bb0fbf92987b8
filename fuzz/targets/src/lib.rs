//! What is fuzzed: a function for each decoder of bytes that come from the network or from disk. The programs of
//! `fuzz/fuzz_targets` hand them what libFuzzer makes up, and the test of this crate what is kept in `fuzz/corpus`.

mod authorization;
mod body;
mod ciphertext;
mod damage;
mod envelope;
mod event_stream;
mod kpl;
mod metric_body;
mod policy;
mod proxy_header;
mod sealed;
mod snapshot;
mod sums;
mod table_body;
mod table_log;
mod tables;
mod token;
mod web_identity;

pub use authorization::authorization;
pub use body::{cbor_body, json_body};
pub use ciphertext::ciphertext;
pub use damage::{journal, segment};
pub use envelope::envelope;
pub use event_stream::event_stream;
pub use kpl::kpl;
pub use metric_body::metric_body;
pub use policy::policy;
pub use proxy_header::proxy_header;
pub use sealed::sealed;
pub use snapshot::snapshot;
pub use sums::sums;
pub use table_body::table_body;
pub use table_log::table_log;
pub use token::token;
pub use web_identity::web_identity;

/// A name, which is that of its program and of its folder in `fuzz/corpus`, and what takes an input. Nothing panics.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: &[Target] = &[
    ("authorization", authorization),
    ("cbor_body", cbor_body),
    ("ciphertext", ciphertext),
    ("envelope", envelope),
    ("event_stream", event_stream),
    ("journal", journal),
    ("json_body", json_body),
    ("kpl", kpl),
    ("metric_body", metric_body),
    ("policy", policy),
    ("proxy_header", proxy_header),
    ("sealed", sealed),
    ("segment", segment),
    ("snapshot", snapshot),
    ("sums", sums),
    ("table_body", table_body),
    ("table_log", table_log),
    ("token", token),
    ("web_identity", web_identity),
];
