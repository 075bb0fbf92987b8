//! Signed requests to a Kinesis endpoint: Flumen's or AWS's. One call is one operation, answered, with
//! retries where another attempt may help. Connections are kept and bounded.
//!
//! What the calls are for (batches, order, following shards) is the business of who calls; shapes,
//! encodings and signatures are `flumen-protocol`'s.

mod backoff;
mod client;
mod connection;
mod endpoint;
mod environment;
mod error;
mod ini;
mod pool;
mod stream;
mod subscription;
mod tls;

pub use client::{Answer, Client, Settings};
pub use endpoint::Endpoint;
pub use environment::Environment;
pub use error::Error;
pub use stream::Stream;
pub use subscription::Subscription;
