//! Calls to any Kinesis: AWS's, or Flumen's, over the network or from within its process. One call is one operation,
//! answered, with retries where another attempt may help. What carries it is a [`Transport`]; connections are kept and
//! bounded by the one over the network.
//!
//! What the calls are for (batches, order, following shards) is the business of who calls; shapes,
//! encodings and signatures are `flumen-protocol`'s.

mod backoff;
mod client;
mod connection;
mod endpoint;
mod environment;
mod error;
mod fetch;
mod ini;
mod json;
mod kms;
mod network;
mod page;
mod pool;
mod query;
mod stream;
mod subscription;
mod tls;
mod transport;

pub use client::{Answered, Client, ClientSettings};
pub use endpoint::Endpoint;
pub use environment::Environment;
pub use error::Error;
pub use fetch::Fetch;
pub use http::Method;
pub use kms::EncryptedKey;
pub use page::page;
pub use query::{Element, IAM, QueryService, STS};
pub use stream::Stream;
pub use subscription::Subscription;
pub use transport::{Body, Events, Sending, Transport};
