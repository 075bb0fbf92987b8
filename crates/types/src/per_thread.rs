//! Counters that all threads add to, without a word that all of them write: each thread has its own, and who reads adds up.
//!
//! A word that several processors write wanders between their caches, which costs each of them tens of nanoseconds.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

/// One `T` for each thread that asks for it, made when it first does. Threads beyond twice the number of processors share.
#[derive(Default)]
pub struct PerThread<T>(OnceLock<Box<[Slot<T>]>>);

type Slot<T> = OnceLock<Box<Apart<T>>>;

/// On lines of the cache that nothing else is on.
#[derive(Default)]
#[repr(align(64))]
struct Apart<T>(T);

impl<T: Default> PerThread<T> {
    /// The calling thread's.
    pub fn own(&self) -> &T {
        let slots = self.0.get_or_init(|| (0..slots()).map(|_| OnceLock::new()).collect());
        &slots[slot() % slots.len()].get_or_init(Box::default).0
    }

    /// That of all threads that asked so far.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        let slots = self.0.get().into_iter().flatten();
        slots.filter_map(OnceLock::get).map(|apart| &apart.0)
    }
}

fn slots() -> usize {
    static SLOTS: OnceLock<usize> = OnceLock::new();
    *SLOTS.get_or_init(|| available_parallelism().map_or(1, usize::from) * 2)
}

/// Threads are numbered as they come.
fn slot() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    OWN.with(|own| *own)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn threads_add_apart_and_what_they_added_is_there_once_they_have_ended() {
        let counter = PerThread::<AtomicU64>::default();
        assert_eq!(counter.all().count(), 0, "nobody asked");
        let add = || {
            for _ in 0..1000 {
                counter.own().fetch_add(1, Ordering::Relaxed);
            }
            std::ptr::from_ref(counter.own()).addr() / 64
        };
        let lines: HashSet<usize> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8 * slots()).map(|_| scope.spawn(add)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(counter.all().map(|own| own.load(Ordering::Relaxed)).sum::<u64>(), 8000 * slots() as u64);
        assert!(lines.len() > 1, "they write no common line of the cache");
        assert_eq!(counter.all().count(), lines.len());
        assert!(lines.len() <= slots(), "those that are too many share");
    }
}
