//! Files of events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flumen_storage::off_thread;

use super::super::names::TrailArn;
use super::super::state::{Pending, Progress, Trail};
use super::{DeliverError, Deliverer, FAILED, Turn, location};
use crate::chain::{Holds, NewFile, log_file};
use crate::{Attributes, Chunk, without_own};

/// Of the history that becomes files at once. No file is larger.
const ROUND_BYTES: usize = 16 * 1024 * 1024;

/// A trail, and what of the history becomes files of it.
#[derive(Clone)]
struct Part {
    trail: Arc<Trail>,
    progress: Arc<Progress>,
    pending: Pending,
}

/// What became of a part.
struct Made {
    part: Part,
    files: Vec<(String, NewFile)>,
}

impl Deliverer {
    /// Files of those trails, up to where the history ends now. What fails is noted, and tried again.
    pub(super) async fn deliver(&self, turn: &mut Turn, which: Option<&TrailArn>) {
        let delivered = self.deliver_all(turn, which).await;
        if let Err(error) = &delivered {
            tracing::warn!(%error, "files of trails are not delivered");
        }
        for (trail, _) in self.active(which) {
            let error = delivered.as_ref().err().map(|_| FAILED.to_owned());
            self.note(&trail.arn, |attempt| attempt.delivery_error = error);
        }
    }

    async fn deliver_all(&self, turn: &mut Turn, which: Option<&TrailArn>) -> Result<(), DeliverError> {
        self.begin_chains(which).await?;
        match which {
            None => self.inner.audit.rotate_settled().await?,
            // The call that ends logging is in the last files itself.
            Some(_) => self.inner.audit.rotate().await?,
        }
        let end = self.inner.audit.history_end();
        // What was begun comes first: it is delivered as it was announced.
        for (trail, progress) in self.active(which) {
            if let Some(pending) = progress.pending {
                let chunks = self.chunks(pending.from, pending.to, usize::MAX).await?;
                let part = Part { trail, progress, pending };
                let made = made(chunks, vec![part]).await?;
                self.put(made).await?;
            }
        }
        loop {
            let active = self.active(which).into_iter();
            let reached = |trail: &Trail, progress: &Progress| {
                progress.cursor.max(turn.cursors.get(&trail.arn).copied().unwrap_or(0))
            };
            let waiting: Vec<_> = active
                .map(|(trail, progress)| (reached(&trail, &progress), trail, progress))
                .filter(|(from, ..)| *from < end)
                .collect();
            let Some(from) = waiting.iter().map(|(from, ..)| *from).min() else { break };
            let chunks = self.chunks(from, end, ROUND_BYTES).await?;
            // Behind the last one there is nothing, as far as it was looked at.
            let to = match chunks
                .iter()
                .map(|chunk| chunk.events.iter().map(|line| line.text.len()).sum::<usize>())
                .sum::<usize>()
            {
                bytes if bytes >= ROUND_BYTES => chunks.last().map_or(end, |chunk| chunk.position + 1),
                _ => end,
            };
            let at_ms = self.inner.trails.now_ms();
            let part =
                |(from, trail, progress)| Part { trail, progress, pending: Pending { from, to, at_ms } };
            let parts: Vec<Part> = waiting.into_iter().filter(|(from, ..)| *from < to).map(part).collect();
            let arns: Vec<_> = parts.iter().map(|part| part.trail.arn.clone()).collect();
            let made = made(chunks, parts).await?;
            self.announce(&made).await?;
            self.put(made).await?;
            turn.cursors.extend(arns.into_iter().map(|arn| (arn, to)));
        }
        for (trail, _) in self.active(which) {
            self.deliver_sums(&trail).await?;
        }
        Ok(())
    }

    /// Chunks of the history from `from` on and before `to`; not many more bytes than that.
    async fn chunks(
        &self,
        mut from: u64,
        to: u64,
        bytes_max: usize,
    ) -> Result<Arc<Vec<Chunk>>, DeliverError> {
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        while from < to && bytes < bytes_max {
            let chunk = match self.inner.audit.chunk(from).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // The others are delivered all the same, and that this one is not is an event.
                Err(error) => {
                    let Some(position) = error.damaged() else { return Err(error.into()) };
                    tracing::warn!(%error, "a chunk of the audit's history is not delivered");
                    self.inner
                        .audit
                        .tell_service("EventsNotDelivered", &format!("{{\"position\":{position}}}"));
                    from = position + 1;
                    continue;
                }
            };
            if chunk.position >= to {
                break;
            }
            from = chunk.position + 1;
            bytes += chunk.events.iter().map(|line| line.text.len()).sum::<usize>();
            chunks.push(chunk);
        }
        Ok(Arc::new(chunks))
    }

    /// What is about to be put is said before, so that whoever comes after a crash puts the same.
    async fn announce(&self, made: &[Made]) -> Result<(), DeliverError> {
        let announced = made.iter().map(|Made { part, .. }| {
            let progress = Progress { pending: Some(part.pending), ..(*part.progress).clone() };
            (part.trail.arn.clone(), Arc::new(progress))
        });
        Ok(self.inner.trails.set_progress(announced.collect()).await?)
    }

    async fn put(&self, made: Vec<Made>) -> Result<(), DeliverError> {
        let objects = self.inner.objects.clone();
        let put = off_thread(move || {
            for (_, file) in made.iter().flat_map(|made| &made.files) {
                objects.put(&file.bucket, &file.key, &file.object)?;
            }
            Ok::<_, DeliverError>(made)
        });
        let made = put.await.map_err(|_| DeliverError::EndedEarly)??;
        let now_ms = self.inner.trails.now_ms();
        let done = made.iter().map(|made| {
            let part = &made.part;
            let mut progress =
                Progress { pending: None, cursor: part.pending.to, ..(*part.progress).clone() };
            for (region, file) in &made.files {
                progress.delivered_ms = Some(now_ms);
                progress.regions.insert(region.clone());
                if progress.has_chains {
                    progress.chain(region, part.pending.at_ms).add(file);
                }
            }
            (part.trail.arn.clone(), Arc::new(progress))
        });
        Ok(self.inner.trails.set_progress(done.collect()).await?)
    }
}

/// The files of each part that has any. The same parts of the same history become the same files.
async fn made(chunks: Arc<Vec<Chunk>>, parts: Vec<Part>) -> Result<Vec<Made>, DeliverError> {
    let made = off_thread(move || {
        let lines = || chunks.iter().flat_map(|chunk| chunk.events.iter().map(|line| (chunk.position, line)));
        let seen: Vec<_> =
            lines().map(|(position, line)| (position, line, Attributes::of(&line.text))).collect();
        let of_part = |part: Part| {
            let Part { trail, progress, pending } = &part;
            let mut used: BTreeSet<String> = progress.regions.clone();
            used.insert(trail.arn.region.clone());
            let mut by_region: BTreeMap<String, Vec<(u64, std::borrow::Cow<'_, str>)>> = BTreeMap::new();
            for (position, line, event) in &seen {
                let Some(event) = event else { continue };
                let is_in_part = (pending.from..pending.to).contains(position);
                if !is_in_part || !trail.wants(line.at_ms, event) {
                    continue;
                }
                let region = trail.region_of(&event.aws_region, &used).to_owned();
                let text = if trail.is_built_in { (&*line.text).into() } else { without_own(&line.text) };
                used.insert(region.clone());
                by_region.entry(region).or_default().push((line.at_ms, text));
            }
            let file = |(region, lines): (String, Vec<_>)| {
                let file = log_file(&location(trail, &region), pending.at_ms, Holds::Events, lines)?;
                Some((region, file))
            };
            let files: Vec<_> = by_region.into_iter().filter_map(file).collect();
            Made { files, part: part.clone() }
        };
        parts
            .into_iter()
            .map(of_part)
            .filter(|made| !made.files.is_empty() || made.part.progress.pending.is_some())
            .collect()
    });
    made.await.map_err(|_| DeliverError::EndedEarly)
}

/// What a process that ends in the middle leaves.
#[cfg(test)]
pub(super) mod for_tests {
    use super::*;
    use crate::trails::TrailArn;

    /// Announced, and not put.
    pub(in super::super) async fn begun(deliverer: &Deliverer, arn: &TrailArn) -> Vec<NewFile> {
        let (trail, progress) = deliverer.trails().trail(arn).unwrap();
        let (from, to) = (progress.cursor, deliverer.audit().history_end());
        let chunks = deliverer.chunks(from, to, usize::MAX).await.unwrap();
        let pending = Pending { from, to, at_ms: deliverer.trails().now_ms() };
        let made = made(chunks, vec![Part { trail, progress, pending }]).await.unwrap();
        deliverer.announce(&made).await.unwrap();
        made.into_iter().flat_map(|made| made.files).map(|(_, file)| file).collect()
    }
}
