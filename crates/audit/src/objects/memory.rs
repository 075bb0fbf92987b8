//! Objects of a server that keeps nothing: the newest ones, as far as there is room.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::{Listed, Object, Removed};

#[derive(Debug)]
pub(super) struct Memory {
    bytes_max: u64,
    held: Mutex<StoredObjects>,
}

#[derive(Debug, Default)]
struct StoredObjects {
    objects: BTreeMap<(String, String), (u64, Object)>,
    /// By when they were put, and a number that makes it unique.
    by_age: BTreeMap<(u64, u64), (String, String)>,
    next: u64,
    bytes: u64,
}

/// What it takes, about.
fn size(name: &(String, String), object: &Object) -> u64 {
    const AROUND: usize = 512;
    let metadata = object.metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    (2 * (name.0.len() + name.1.len()) + object.content.len() + metadata + AROUND) as u64
}

impl StoredObjects {
    fn remove(&mut self, name: &(String, String)) -> Option<u64> {
        let (number, object) = self.objects.remove(name)?;
        self.by_age.remove(&(object.modified_ms, number));
        let bytes = size(name, &object);
        self.bytes -= bytes;
        Some(bytes)
    }
}

impl Memory {
    pub fn new(bytes_max: u64) -> Memory {
        Memory { bytes_max, held: Mutex::default() }
    }

    pub fn put(&self, bucket: &str, key: &str, object: &Object) {
        let name = (bucket.to_owned(), key.to_owned());
        let held = &mut *self.held.lock();
        held.remove(&name);
        let number = held.next;
        held.next += 1;
        held.bytes += size(&name, object);
        held.by_age.insert((object.modified_ms, number), name.clone());
        held.objects.insert(name, (number, object.clone()));
        self.shrink(held, 0, self.bytes_max);
    }

    /// Removes the oldest ones until none is of before `before_ms` and they take no more than that.
    fn shrink(&self, held: &mut StoredObjects, before_ms: u64, bytes_max: u64) -> Removed {
        let mut removed = Removed::default();
        while let Some((&(modified_ms, _), name)) = held.by_age.first_key_value()
            && (modified_ms < before_ms || held.bytes > bytes_max)
        {
            let name = name.clone();
            removed.objects += 1;
            removed.bytes += held.remove(&name).unwrap_or_default();
        }
        Removed { objects_left: held.objects.len() as u64, bytes_left: held.bytes, ..removed }
    }

    pub fn get(&self, bucket: &str, key: &str) -> Option<Object> {
        let held = self.held.lock();
        held.objects.get(&(bucket.to_owned(), key.to_owned())).map(|(_, object)| object.clone())
    }

    pub fn list(&self, bucket: &str, prefix: &str, after: &str, max: usize) -> Vec<Listed> {
        let held = self.held.lock();
        let from = (bucket.to_owned(), prefix.max(after).to_owned());
        let keys = held.objects.range(from..).take_while(|((of, key), _)| {
            of == bucket && (key.starts_with(prefix) || key.as_str() <= after.max(prefix))
        });
        let keys = keys.filter(|((_, key), _)| key.starts_with(prefix) && key.as_str() > after);
        keys.take(max).map(|((_, key), (_, object))| Listed::of(key, object)).collect()
    }

    pub fn buckets(&self) -> Vec<String> {
        let mut buckets: Vec<String> =
            self.held.lock().objects.keys().map(|(bucket, _)| bucket.clone()).collect();
        buckets.dedup();
        buckets
    }

    pub fn retain(&self, before_ms: u64, bytes_max: u64) -> Removed {
        let held = &mut *self.held.lock();
        self.shrink(held, before_ms, bytes_max.min(self.bytes_max))
    }
}
