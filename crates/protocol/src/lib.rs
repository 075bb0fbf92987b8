//! AWS's wire protocol for Flumen: shapes, JSON and CBOR, constraint checks with AWS's texts, error
//! codes, request signatures, event stream frames, aggregates of the KPL, the header of the PROXY protocol. Bytes in,
//! values out, and back.
//!
//! It knows no sockets and does no I/O; what an operation means is `flumen-streams`' business, and in
//! which order a request is checked (content type, target, signature) the server's.
//!
//! The types of an API are generated from its interface description (`model/*.json`) by
//! `cargo xtask codegen`; everything they rest on is written by hand here. Source of the behaviour:
//! `docs/kinesis/wire.md`; each module names the section.

pub mod cloudtrail;
pub mod cloudwatch;
pub mod codec;
pub mod constraint;
mod entry;
pub mod event_stream;
mod fault;
pub mod iam;
pub mod kinesis;
pub mod kms;
pub mod kpl;
mod macros;
pub mod proxy;
pub mod query;
pub mod sign;
pub mod sts;
mod values;

pub use codec::{CborWriter, Decode, Encode, Encoder, JsonWriter};
pub use entry::{Encoding, Input, check_syntax, decode, decode_output, encode};
pub use fault::{Fault, Refusal};
pub use kinesis::{ErrorCode, Operation};
pub use values::{Blob, NotBase64, TextMap, Timestamp};
