//! Reads a stream: its shards, one of them from a place on, and all of them through splits and merges so that
//! records of one key come in their order. Shards are polled, or pushed to a registered consumer.
//!
//! It speaks the public API through `flumen-client`, so it reads streams of AWS as well. It says nothing to people:
//! what they may want to know is an [`Event`]. What records hold (aggregates among them) and how far they have been
//! dealt with is the business of who reads.

mod cursor;
mod error;
mod follow;
mod page;
mod pushed;
mod shard;
mod start;

pub use cursor::Cursor;
pub use error::Error;
pub use follow::{Batch, Event, Follow, Reading};
pub use page::{Page, Record};
pub use pushed::{Consumer, Pushed};
pub use shard::{Shard, list_shards};
pub use start::Start;
