//! Wake-ups of a worker's tasks by other threads, gathered. The log answers some twenty requests at a time; to
//! wake the thread for each of them would be a system call a request.

use std::cell::{Cell, OnceCell};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use tokio::sync::Notify;

thread_local! {
    /// Those of the worker that this thread is.
    static OWN: OnceCell<Arc<Wakeups>> = const { OnceCell::new() };
    /// The task that is not woken by what it does itself, and whether it would have been.
    static HUSHED: Cell<Hushed> = const { Cell::new(Hushed { bell: 0, rang: false }) };
}

#[derive(Clone, Copy)]
struct Hushed {
    /// Its address.
    bell: usize,
    rang: bool,
}

/// Has a task do something that wakes the same task, and says whether it did. Whoever asks knows whether there is anything to
/// be woken for; a task that is woken while it runs runs once more, for nothing mostly.
pub fn hushed<T>(task: &Waker, act: impl FnOnce() -> T) -> (T, bool) {
    let before = HUSHED.replace(Hushed { bell: task.data().addr(), rang: false });
    let done = act();
    (done, HUSHED.replace(before).rang)
}

/// What other threads woke since the worker last looked.
#[derive(Default)]
pub struct Wakeups {
    /// Each task at most once.
    woken: Mutex<Vec<Arc<Bell>>>,
    some: Notify,
}

impl Wakeups {
    /// Makes this thread the one that `run` is called on, and whose tasks are woken by way of it.
    pub fn adopt(self: &Arc<Self>) {
        OWN.with(|own| drop(own.set(self.clone())));
    }

    /// Passes wake-ups on, without end.
    pub async fn run(&self) {
        let mut woken = Vec::new();
        loop {
            self.some.notified().await;
            std::mem::swap(&mut woken, &mut *self.woken.lock());
            for bell in woken.drain(..) {
                // Before the task runs, which then sees all that came before whoever found it rung already.
                bell.is_rung.swap(false, Ordering::AcqRel);
                bell.task.wake_by_ref();
            }
        }
    }

    fn push(&self, bell: Arc<Bell>) {
        let is_first = {
            let mut woken = self.woken.lock();
            woken.push(bell);
            woken.len() == 1
        };
        if is_first {
            self.some.notify_one();
        }
    }
}

/// How others wake a task.
struct Bell {
    task: Waker,
    of: Arc<Wakeups>,
    /// It waits to be passed on.
    is_rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let is_own = OWN.with(|own| own.get().is_some_and(|own| Arc::ptr_eq(own, &self.of)));
        if is_own {
            let hushed = HUSHED.get();
            match hushed.bell == Arc::as_ptr(self).addr() {
                true => HUSHED.set(Hushed { rang: true, ..hushed }),
                false => self.task.wake_by_ref(),
            }
        } else if !self.is_rung.swap(true, Ordering::AcqRel) {
            self.of.push(self.clone());
        }
    }
}

/// A task's future whose wake-ups from other threads are gathered, if the task is a worker's.
pub struct Gathered<F> {
    future: Pin<Box<F>>,
    /// And the task that it wakes.
    waker: Option<(Waker, Waker)>,
}

impl<F: Future> Gathered<F> {
    pub fn new(future: F) -> Self {
        Gathered { future: Box::pin(future), waker: None }
    }
}

impl<F: Future> Future for Gathered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Gathered { future, waker } = &mut *self;
        let waker = match waker {
            Some((waker, task)) if task.will_wake(cx.waker()) => &*waker,
            waker => match OWN.with(|own| own.get().cloned()) {
                Some(of) => {
                    let task = cx.waker().clone();
                    let bell = Bell { task: task.clone(), of, is_rung: AtomicBool::new(false) };
                    &waker.insert((Waker::from(Arc::new(bell)), task)).0
                }
                None => cx.waker(),
            },
        };
        future.as_mut().poll(&mut Context::from_waker(waker))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::thread;
    use std::time::Duration;

    use tokio::runtime::Builder;
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    /// Runs a future on a worker of its own.
    fn on_worker<T>(work: impl Future<Output = T>) -> T {
        let wakeups = Arc::new(Wakeups::default());
        wakeups.adopt();
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            tokio::select! {
                () = wakeups.run() => unreachable!("it runs without end"),
                done = tokio::time::timeout(Duration::from_secs(60), work) => done.expect("it is woken"),
            }
        })
    }

    #[test]
    fn no_wake_up_is_lost() {
        const TASKS: u32 = 20;
        const ASKED: u32 = 5_000;
        let (ask, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<u32>>();
        let log = thread::spawn(move || {
            let mut answered = 0;
            while let Some(answer) = asked.blocking_recv() {
                answer.send(answered).unwrap();
                answered += 1;
            }
            answered
        });
        on_worker(async move {
            let tasks: Vec<_> = (0..TASKS)
                .map(|_| {
                    let ask = ask.clone();
                    tokio::spawn(Gathered::new(async move {
                        for _ in 0..ASKED {
                            let (answer, answered) = oneshot::channel();
                            ask.send(answer).unwrap();
                            answered.await.unwrap();
                        }
                    }))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert_eq!(log.join().unwrap(), TASKS * ASKED);
    }

    #[test]
    fn a_task_is_woken_once_for_all_that_came_meanwhile_and_at_once_by_its_own_thread() {
        let (polls, waker) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(None::<Waker>)));
        on_worker(async {
            let (counted, kept) = (polls.clone(), waker.clone());
            tokio::spawn(Gathered::new(std::future::poll_fn(move |cx| {
                counted.fetch_add(1, Ordering::Relaxed);
                *kept.lock() = Some(cx.waker().clone());
                Poll::<()>::Pending
            })));
            tokio::task::yield_now().await;
            assert_eq!(polls.load(Ordering::Relaxed), 1);
            let others = waker.lock().clone().unwrap();
            thread::spawn(move || (0..3).for_each(|_| others.wake_by_ref())).join().unwrap();
            assert_eq!(OWN.with(|own| own.get().unwrap().woken.lock().len()), 1);
            while polls.load(Ordering::Relaxed) == 1 {
                tokio::task::yield_now().await;
            }
            assert_eq!(polls.load(Ordering::Relaxed), 2);

            waker.lock().take().unwrap().wake();
            assert_eq!(OWN.with(|own| own.get().unwrap().woken.lock().len()), 0);
            tokio::task::yield_now().await;
            assert_eq!(polls.load(Ordering::Relaxed), 3);
        });
    }

    /// A task that wakes itself and another one each time it is polled, and how often both were.
    #[test]
    fn what_a_hushed_task_does_wakes_others_and_not_itself() {
        let (polls, others) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        on_worker(async {
            let kept = Arc::new(Mutex::new(None::<Waker>));
            let (counted, waker) = (others.clone(), kept.clone());
            tokio::spawn(Gathered::new(std::future::poll_fn(move |cx| {
                counted.fetch_add(1, Ordering::Relaxed);
                *waker.lock() = Some(cx.waker().clone());
                Poll::<()>::Pending
            })));
            tokio::task::yield_now().await;
            let counted = polls.clone();
            tokio::spawn(Gathered::new(std::future::poll_fn(move |cx| {
                counted.fetch_add(1, Ordering::Relaxed);
                let other = kept.lock().clone().expect("it was polled");
                let ((), rang) = hushed(cx.waker(), || {
                    cx.waker().wake_by_ref();
                    other.wake_by_ref();
                });
                assert!(rang, "it is for whoever asked to say what that is worth");
                assert!(!hushed(cx.waker(), || other.wake_by_ref()).1);
                Poll::<()>::Pending
            })));
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!((polls.load(Ordering::Relaxed), others.load(Ordering::Relaxed)), (1, 2));
    }

    #[tokio::test]
    async fn elsewhere_a_task_is_woken_as_ever() {
        let (answer, answered) = oneshot::channel();
        let task = tokio::spawn(Gathered::new(answered));
        tokio::task::yield_now().await;
        thread::spawn(|| answer.send(1).unwrap()).join().unwrap();
        assert_eq!(task.await.unwrap(), Ok(1));
    }
}
