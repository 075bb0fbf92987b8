//! Puts records on a stream in batches, within the limits of PutRecords, those of one key in their order.
//!
//! Order per key: a batch holds one record of a key at most, because the entries of PutRecords succeed and fail one by one,
//! and what failed is sent again before anything that came later with its key.
//!
//! Where records come from, how many bytes may wait, and what is told of those that are lost is the business of who
//! produces them.

mod producer;
mod queue;

pub use producer::{Lost, Producer, Sent};

/// A record that is to be stored.
#[derive(Debug)]
pub struct Record<T> {
    /// Its partition key.
    pub key: String,
    pub data: Vec<u8>,
    /// Whatever its producer wants back with what became of it: where it came from, say, or a permit held until then.
    pub opaque: T,
}

impl<T> Record<T> {
    /// As they count towards the limit of a batch.
    fn bytes(&self) -> usize {
        self.key.len() + self.data.len()
    }
}
