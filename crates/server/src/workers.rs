//! The threads that serve connections. A connection stays with one of them for life: the thread has a poll and a
//! queue of its own, so nothing that a small request needs moves between processors but the log's answer.
//!
//! One queue that all threads share keeps them equally busy, but they wake, interrupt and rob each other all the
//! time: it took an eighth more processor time a put and, where clients share the machine, left a processor idle a
//! fifth of the time. What sharing is good for, work of more than a moment, goes there still
//! ([`flumen_api::aside`]), unless it is in nobody's way ([`load`]).

mod load;
mod wakeups;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

pub use load::stays;
pub use wakeups::{Gathered, hushed};

use load::Load;
use wakeups::Wakeups;

/// Of all workers together, for reads of segments and for lease tables.
const BLOCKING_THREADS_MAX: usize = 512;
/// How long a read from disk that is under way may hold up the end.
const BLOCKING_END_MAX: Duration = Duration::from_secs(1);

/// Ended, and their connections closed, when dropped.
pub struct Workers(Vec<Worker>);

struct Worker {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    pub fn start(count: usize) -> io::Result<Workers> {
        let idle: Arc<[AtomicBool]> = (0..count).map(|_| AtomicBool::new(true)).collect();
        (0..count)
            .map(|number| {
                Worker::start(Load::new(number, idle.clone()), number, BLOCKING_THREADS_MAX.div_ceil(count))
            })
            .collect::<Result<_, _>>()
            .map(Workers)
    }

    /// Gives a connection to the worker that has the fewest.
    pub fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let Some(worker) = self.0.iter().min_by_key(|worker| worker.connections.load(Ordering::Relaxed))
        else {
            return;
        };
        worker.runtime.spawn(CountedConnection::new(Gathered::new(connection), worker.connections.clone()));
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|worker| drop(worker.end.take()));
        for worker in &mut self.0 {
            if worker.thread.take().is_some_and(|thread| thread.join().is_err()) {
                tracing::error!("a thread of connections had panicked");
            }
        }
    }
}

impl Worker {
    fn start(load: Load, number: usize, blocking_threads: usize) -> io::Result<Worker> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(blocking_threads)
            .on_thread_park(|| Load::rests(true))
            .on_thread_unpark(|| Load::rests(false))
            .build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new().name(format!("connections-{number}")).spawn(move || {
            let wakeups = Arc::new(Wakeups::default());
            wakeups.adopt();
            load.adopt();
            let occupied = Occupied::thread(runtime.handle());
            runtime.block_on(async move {
                tokio::select! {
                    () = wakeups.run() => {}
                    // Nothing is sent: the sender is dropped.
                    _ = ended => {}
                }
            });
            drop(occupied);
            runtime.shutdown_timeout(BLOCKING_END_MAX);
        })?;
        Ok(Worker { runtime: handle, connections: Arc::default(), end: Some(end), thread: Some(thread) })
    }
}

/// A thread of a runtime's pool that does nothing until this is dropped. With one thread at least tokio keeps work for
/// which the system has no thread to give; without any it panics (`flumen_storage::off_thread`).
pub struct Occupied {
    _end: oneshot::Sender<()>,
}

impl Occupied {
    pub fn thread(runtime: &Handle) -> Occupied {
        let (end, ended) = oneshot::channel::<()>();
        // Nothing is sent: the sender is dropped.
        runtime.spawn_blocking(|| drop(ended.blocking_recv()));
        Occupied { _end: end }
    }
}

/// A connection, counted among those of its worker. An async block around its future would have room for that
/// twice, which is kilobytes for each connection.
struct CountedConnection<F> {
    connection: Gathered<F>,
    among: Arc<AtomicUsize>,
}

impl<F> CountedConnection<F> {
    fn new(connection: Gathered<F>, among: Arc<AtomicUsize>) -> Self {
        among.fetch_add(1, Ordering::Relaxed);
        CountedConnection { connection, among }
    }
}

impl<F: Future> Future for CountedConnection<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut self.connection).poll(cx)
    }
}

impl<F> Drop for CountedConnection<F> {
    fn drop(&mut self) {
        self.among.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::mpsc;

    use super::*;

    const WAIT: Duration = Duration::from_secs(60);

    #[test]
    fn connections_go_where_the_fewest_are_and_stay_there() {
        let workers = Workers::start(3).unwrap();
        let (seen, threads) = mpsc::channel();
        let connect = |ended: oneshot::Receiver<()>| {
            let seen = seen.clone();
            workers.spawn(async move {
                let begun = std::thread::current().name().unwrap().to_owned();
                seen.send(begun.clone()).unwrap();
                let _ = ended.await;
                assert_eq!(std::thread::current().name(), Some(&*begun));
            });
            threads.recv_timeout(WAIT).unwrap()
        };
        let mut on = BTreeMap::<String, Vec<oneshot::Sender<()>>>::new();
        for _ in 0..9 {
            let (end, ended) = oneshot::channel();
            on.entry(connect(ended)).or_default().push(end);
        }
        let names: Vec<&str> = on.keys().map(String::as_str).collect();
        assert_eq!(names, ["connections-0", "connections-1", "connections-2"]);
        assert!(on.values().all(|ends| ends.len() == 3));

        on.remove("connections-1");
        let begun = std::time::Instant::now();
        while workers.0[1].connections.load(Ordering::Relaxed) > 0 && begun.elapsed() < WAIT {
            std::thread::yield_now();
        }
        let (_end, ended) = oneshot::channel();
        assert_eq!(connect(ended), "connections-1");
    }

    #[test]
    fn they_are_closed_when_workers_end() {
        let workers = Workers::start(2).unwrap();
        let (open, closed) = mpsc::channel::<()>();
        for _ in 0..4 {
            let open = open.clone();
            workers.spawn(async move {
                std::future::pending::<()>().await;
                drop(open);
            });
        }
        drop((workers, open));
        assert_eq!(closed.recv_timeout(WAIT), Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
