//! Files of sums: what was done in each hour, of the server's own trail.

use std::sync::Arc;

use flumen_storage::off_thread;

use super::super::state::{Progress, Trail};
use super::{DeliverError, Deliverer, location};
use crate::chain::{Holds, log_file};

const HOUR_MS: u64 = 3_600_000;
/// An hour is over so long after its last minute: then that is written.
const SETTLED_MS: u64 = 120_000;

impl Deliverer {
    /// The hours that are over. The same hour becomes the same file, so one that is not noted is put again.
    pub(super) async fn deliver_sums(&self, trail: &Arc<Trail>) -> Result<(), DeliverError> {
        let Some(sums) = self.inner.sums.as_ref().filter(|_| trail.is_built_in) else { return Ok(()) };
        loop {
            let Ok(progress) = self.inner.trails.progress(&trail.arn) else { return Ok(()) };
            let now_ms = self.inner.trails.now_ms();
            // What was before the first start is nobody's.
            let hour = progress.sums_hour.unwrap_or(now_ms / HOUR_MS);
            let end_ms = (hour + 1) * HOUR_MS;
            let is_over = now_ms >= end_ms + SETTLED_MS;
            let mut after = Progress { sums_hour: Some(hour + u64::from(is_over)), ..(*progress).clone() };
            if is_over {
                let lines = sums.hour_file(hour).await?;
                let (objects, of) = (self.inner.objects.clone(), trail.clone());
                let put = off_thread(move || {
                    let home = location(&of, &of.arn.region);
                    let lines = lines.iter().map(|line| (end_ms - 1, line));
                    let Some(file) = log_file(&home, end_ms, Holds::Sums, lines) else { return Ok(None) };
                    objects.put(&file.bucket, &file.key, &file.object)?;
                    Ok::<_, DeliverError>(Some(file))
                });
                if let Some(file) = put.await.map_err(|_| DeliverError::EndedEarly)?? {
                    after.delivered_ms = Some(now_ms);
                    after.chain(&trail.arn.region, now_ms).add(&file);
                }
            }
            if after != *progress {
                self.inner.trails.set_progress(vec![(trail.arn.clone(), Arc::new(after))]).await?;
            }
            if !is_over {
                return Ok(());
            }
        }
    }
}
