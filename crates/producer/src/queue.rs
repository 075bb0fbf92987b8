//! Which records go into the next batch.

use std::collections::{HashSet, VecDeque};

use crate::Record;

/// Limits of PutRecords.
const BATCH_RECORDS_MAX: usize = 500;
const BATCH_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Looked through for records of different keys.
const QUEUED_MAX: usize = 4 * BATCH_RECORDS_MAX;

/// A record, and how often it has been sent.
#[derive(Debug)]
pub struct Queued<T> {
    pub record: Record<T>,
    pub attempts: u32,
}

pub struct Queue<T> {
    records: VecDeque<Queued<T>>,
    unordered: bool,
    /// As many of the next records are sent alone.
    alone: usize,
}

impl<T> Queue<T> {
    pub fn new(unordered: bool) -> Self {
        Queue { records: VecDeque::new(), unordered, alone: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn has_room(&self) -> bool {
        self.records.len() < QUEUED_MAX
    }

    pub fn opaque(&self) -> impl Iterator<Item = &T> {
        self.records.iter().map(|queued| &queued.record.opaque)
    }

    pub fn push(&mut self, record: Record<T>) {
        self.records.push_back(Queued { record, attempts: 0 });
    }

    /// To the front, in their order.
    pub fn put_back(&mut self, records: Vec<Queued<T>>) {
        for queued in records.into_iter().rev() {
            self.records.push_front(queued);
        }
    }

    /// To the front, each to be sent alone.
    pub fn one_by_one(&mut self, records: Vec<Queued<T>>) {
        self.alone = records.len();
        self.put_back(records);
    }

    /// The next batch; empty only if the queue is.
    pub fn batch(&mut self) -> Vec<Queued<T>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        if self.alone > 0 {
            self.alone -= 1;
            batch.extend(self.records.pop_front());
            return batch;
        }
        let mut left = VecDeque::with_capacity(self.records.len());
        // Keys of which a record is in the batch, or stays behind for want of room.
        let mut taken: HashSet<String> = HashSet::new();
        for queued in self.records.drain(..) {
            let record = &queued.record;
            let fits = batch.is_empty() || bytes + record.bytes() <= BATCH_BYTES_MAX;
            let first = self.unordered || taken.insert(record.key.clone());
            if first && fits && batch.len() < BATCH_RECORDS_MAX {
                bytes += record.bytes();
                batch.push(queued);
            } else {
                left.push_back(queued);
            }
        }
        self.records = left;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: u64, key: &str, bytes: usize) -> Record<u64> {
        Record { key: key.to_owned(), data: vec![0; bytes], opaque: line }
    }

    fn queue(unordered: bool, keys: &[&str]) -> Queue<u64> {
        let mut queue = Queue::new(unordered);
        for (key, line) in keys.iter().zip(1..) {
            queue.push(record(line, key, 1));
        }
        queue
    }

    fn lines(batch: &[Queued<u64>]) -> Vec<u64> {
        batch.iter().map(|queued| queued.record.opaque).collect()
    }

    #[test]
    fn a_batch_holds_one_record_of_a_key() {
        let mut queue = queue(false, &["a", "b", "a", "c", "b", "a"]);
        assert_eq!(lines(&queue.batch()), [1, 2, 4]);
        assert_eq!(lines(&queue.batch()), [3, 5]);
        assert_eq!(lines(&queue.batch()), [6]);
        assert!(queue.is_empty());
    }

    #[test]
    fn without_order_a_batch_holds_whatever_comes() {
        assert_eq!(lines(&queue(true, &["a", "a", "b", "a"]).batch()), [1, 2, 3, 4]);
    }

    #[test]
    fn what_failed_goes_before_what_came_later_with_its_key() {
        let mut queue = queue(false, &["a", "b", "a"]);
        let failed = queue.batch();
        queue.put_back(failed);
        assert_eq!(lines(&queue.batch()), [1, 2]);
        assert_eq!(lines(&queue.batch()), [3]);
    }

    #[test]
    fn what_is_doubtful_is_sent_alone() {
        let mut queue = queue(false, &["a", "b", "c", "d"]);
        let mut doubtful = queue.batch();
        queue.push(doubtful.pop().unwrap().record);
        queue.one_by_one(doubtful);
        for line in [1, 2, 3] {
            assert_eq!(lines(&queue.batch()), [line]);
        }
        assert_eq!(lines(&queue.batch()), [4]);
    }

    #[test]
    fn a_batch_is_within_the_limits_of_the_service_and_never_empty() {
        let mut queue = Queue::new(true);
        for line in 1..=600 {
            queue.push(record(line, "k", 1));
        }
        assert_eq!(queue.batch().len(), 500);
        let mut queue = Queue::new(false);
        for (line, key, bytes) in [(1, "a", 4 << 20), (2, "b", 2 << 20), (3, "b", 1), (4, "c", 9 << 20)] {
            queue.push(record(line, key, bytes));
        }
        // The third would fit, but the second of its key does not.
        assert_eq!(lines(&queue.batch()), [1]);
        assert_eq!(lines(&queue.batch()), [2]);
        assert_eq!(lines(&queue.batch()), [3]);
        assert_eq!(lines(&queue.batch()), [4]);
    }
}
