//! Work of more than a moment, on threads that no connection stays with.

use std::panic::resume_unwind;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Reading or writing a body of this size takes some 200 us, in which other connections of the thread wait.
pub const ASIDE_BYTES: usize = 64 * 1024;

/// Carries out on other threads what would hold up other connections of the caller's. Ends when its caller does.
pub async fn aside<T: Send + 'static>(threads: &Handle, work: impl Future<Output = T> + Send + 'static) -> T {
    struct Aborted<T>(JoinHandle<T>);
    impl<T> Drop for Aborted<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    match (&mut Aborted(threads.spawn(work)).0).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The server ends, and so will the caller.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    const WAIT: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_goes_aside_answers_panics_and_ends_with_its_caller() {
        let threads = Handle::current();
        assert_eq!(aside(&threads, async { 7 }).await, 7);

        let failing = threads.clone();
        let caller = tokio::spawn(async move { aside(&failing, async { panic!("as it is told") }).await });
        let panic: Result<Result<(), _>, _> = tokio::time::timeout(WAIT, caller).await;
        assert!(panic.expect("the caller ends").unwrap_err().is_panic());

        let (open, closed) = oneshot::channel::<()>();
        let endless = async move {
            std::future::pending::<()>().await;
            drop(open);
        };
        let work = aside(&threads, endless);
        assert!(tokio::time::timeout(Duration::from_millis(10), work).await.is_err());
        assert!(tokio::time::timeout(WAIT, closed).await.is_ok());
    }
}
