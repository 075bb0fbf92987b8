//! Which records go into the next batch.

use std::collections::{HashSet, VecDeque};

use super::input::Record;

/// Limits of PutRecords.
const BATCH_RECORDS_MAX: usize = 500;
const BATCH_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Looked through for records of different keys.
const QUEUED_MAX: usize = 4 * BATCH_RECORDS_MAX;

pub struct Queue {
    records: VecDeque<Record>,
    unordered: bool,
    /// As many of the next records are sent alone.
    alone: usize,
}

impl Queue {
    pub fn new(unordered: bool) -> Self {
        Queue { records: VecDeque::new(), unordered, alone: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn has_room(&self) -> bool {
        self.records.len() < QUEUED_MAX
    }

    pub fn first_line(&self) -> Option<u64> {
        self.records.iter().map(|record| record.line).min()
    }

    pub fn push(&mut self, record: Record) {
        self.records.push_back(record);
    }

    /// To the front, in their order.
    pub fn put_back(&mut self, records: Vec<Record>) {
        for record in records.into_iter().rev() {
            self.records.push_front(record);
        }
    }

    /// To the front, each to be sent alone.
    pub fn one_by_one(&mut self, records: Vec<Record>) {
        self.alone = records.len();
        self.put_back(records);
    }

    /// The next batch; empty only if the queue is.
    pub fn batch(&mut self) -> Vec<Record> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        if self.alone > 0 {
            self.alone -= 1;
            batch.extend(self.records.pop_front());
            return batch;
        }
        let mut left = VecDeque::with_capacity(self.records.len());
        // Keys of which a record is in the batch, or stays behind for want of room.
        let mut taken: HashSet<String> = HashSet::new();
        for record in self.records.drain(..) {
            let fits = batch.is_empty() || bytes + record.bytes() <= BATCH_BYTES_MAX;
            let first = self.unordered || taken.insert(record.key.clone());
            if first && fits && batch.len() < BATCH_RECORDS_MAX {
                bytes += record.bytes();
                batch.push(record);
            } else {
                left.push_back(record);
            }
        }
        self.records = left;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(unordered: bool, keys: &[&str]) -> Queue {
        let mut queue = Queue::new(unordered);
        for (key, line) in keys.iter().zip(1..) {
            queue.push(Record::of_test(line, key, 1));
        }
        queue
    }

    fn lines(batch: &[Record]) -> Vec<u64> {
        batch.iter().map(|record| record.line).collect()
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
        queue.push(doubtful.pop().unwrap());
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
            queue.push(Record::of_test(line, "k", 1));
        }
        assert_eq!(queue.batch().len(), 500);
        let mut queue = Queue::new(false);
        for (line, key, bytes) in [(1, "a", 4 << 20), (2, "b", 2 << 20), (3, "b", 1), (4, "c", 9 << 20)] {
            queue.push(Record::of_test(line, key, bytes));
        }
        // The third would fit, but the second of its key does not.
        assert_eq!(lines(&queue.batch()), [1]);
        assert_eq!(lines(&queue.batch()), [2]);
        assert_eq!(lines(&queue.batch()), [3]);
        assert_eq!(lines(&queue.batch()), [4]);
    }
}
