//! A future beside others in one task, which is asked only when it was itself that woke the task.
//!
//! A task that waits for several things asks each of them whenever any of them wakes it. What happens more rarely than the
//! others, or costs more to ask, costs next to nothing meanwhile in here.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

pub struct Rarely<F: ?Sized> {
    future: Pin<Box<F>>,
    /// How `future` wakes the task that asked last.
    bell: Option<(Arc<Bell>, Waker)>,
}

struct Bell {
    rung: AtomicBool,
    task: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

impl<F: Future> Rarely<F> {
    pub fn new(future: F) -> Self {
        Rarely::of(Box::pin(future))
    }
}

impl<F: Future + ?Sized> Rarely<F> {
    pub fn of(future: Pin<Box<F>>) -> Self {
        Rarely { future, bell: None }
    }

    /// Has it asked the next time: something other than a wake-up may have got it further.
    pub fn ask_again(&mut self) {
        if let Some((bell, _)) = &self.bell {
            bell.rung.store(true, Ordering::Relaxed);
        }
    }
}

impl<F: Future + ?Sized> Future for Rarely<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Rarely { future, bell } = &mut *self;
        let bell = match bell {
            Some((bell, waker)) if bell.task.will_wake(cx.waker()) => {
                if !bell.rung.swap(false, Ordering::Acquire) {
                    return Poll::Pending;
                }
                &*waker
            }
            // The first time, or the task is another one now.
            bell => {
                let new = Arc::new(Bell { rung: AtomicBool::new(false), task: cx.waker().clone() });
                let waker = Waker::from(new.clone());
                &bell.insert((new, waker)).1
            }
        };
        future.as_mut().poll(&mut Context::from_waker(bell))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use tokio::sync::Notify;

    use super::*;

    async fn woken<F: Future>(future: F) -> F::Output {
        tokio::time::timeout(Duration::from_secs(10), future).await.expect("it is woken")
    }

    #[tokio::test]
    async fn only_its_own_wake_up_asks_it_again() {
        let (asked, rare, often) = (AtomicUsize::new(0), Notify::new(), Notify::new());
        let mut waiting = Box::pin(rare.notified());
        let counted = std::future::poll_fn(|cx| {
            asked.fetch_add(1, Ordering::Relaxed);
            waiting.as_mut().poll(cx)
        });
        let mut rarely = Rarely::new(counted);
        for _ in 0..5 {
            often.notify_one();
            tokio::select! {
                biased;
                () = &mut rarely => panic!("nothing woke it"),
                () = often.notified() => {}
            }
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        rare.notify_one();
        woken(rarely).await;
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn it_wakes_the_task_that_asked_last() {
        let rare = Arc::new(Notify::new());
        let heard = rare.clone();
        let mut rarely = Rarely::new(async move { heard.notified().await });
        assert!(std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut rarely).poll(cx))).await.is_pending());
        let elsewhere = tokio::spawn(rarely);
        tokio::task::yield_now().await;
        rare.notify_one();
        woken(elsewhere).await.unwrap();
    }

    #[tokio::test]
    async fn it_is_asked_again_where_something_else_got_it_further() {
        let ready = Arc::new(AtomicBool::new(false));
        let looked = ready.clone();
        let mut rarely = Rarely::new(std::future::poll_fn(move |_| match looked.load(Ordering::Relaxed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }));
        let is_ready = async |rarely: &mut Rarely<_>| {
            std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *rarely).poll(cx))).await.is_ready()
        };
        assert!(!is_ready(&mut rarely).await);
        ready.store(true, Ordering::Relaxed);
        assert!(!is_ready(&mut rarely).await, "nothing woke it");
        rarely.ask_again();
        assert!(is_ready(&mut rarely).await);
    }
}
