//! Lease tables: the part of DynamoDB that consumers keep their leases and checkpoints in, so that they
//! need no second server.
//!
//! Tables, items, expressions and indexes are the engine's (`dynoxide`, in memory). This crate gives it
//! what it lacks: a write is a command on a log (`flumen-machine`), applied after it is durable, in the log's order, and
//! answered from the result; opening is the newest snapshot and the commands after it. Time and ids ride
//! in the commands, so that a replay answers as the first run did. HTTP, signatures and who may do what
//! are left to the server.

mod answer;
mod budget;
mod command;
mod door;
mod engine;
mod expiry;
mod facts;
mod fold;
mod inner;
mod operation;
mod queue;
mod read;
mod request;
mod rules;
mod tables;
mod token;
mod writer;

pub use answer::Answer;
pub use flumen_machine::OpenError;
pub use operation::{Operation, Row, published, row};
pub use tables::{Status, Tables, TablesSettings};
