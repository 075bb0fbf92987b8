//! Work that may block, on a thread of the runtime's pool.

use std::time::Duration;

use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

/// How long to wait before the pool is asked again for a thread; twice as long each time, up to the longest.
const ASK_AGAIN_MIN: Duration = Duration::from_secs(1);
const ASK_AGAIN_MAX: Duration = Duration::from_secs(8);

/// Carries out `work` where it holds up nobody. It is carried out even if its caller goes away.
///
/// Where the system has no thread to give, tokio's pool keeps the work, and asks for a thread when it is given more
/// work, which may be never. So it is given some until the work is done.
///
/// # Errors
/// If `work` panics, or the runtime ends before it was begun.
///
/// # Panics
/// If the runtime has no timer, and where the system has no thread to give while the pool has none either; a runtime
/// that has to bear this keeps one occupied.
pub async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    let mut task = spawn_blocking(work);
    let mut pause = ASK_AGAIN_MIN;
    loop {
        match timeout(pause, &mut task).await {
            Ok(done) => return done,
            Err(_) => drop(spawn_blocking(|| ())),
        }
        pause = (2 * pause).min(ASK_AGAIN_MAX);
    }
}
