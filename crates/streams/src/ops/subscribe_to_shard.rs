//! SubscribeToShard: the records of a shard pushed to one registered consumer as they are written.
//!
//! A subscription is pulled by whoever sends its events, one at a time, so a reader that is slow holds one
//! event and nothing else: what it has not taken stays in the log, and is read from wherever it is by
//! then. Between events it sleeps on the log's end; nothing polls.
//! Source: AWS API Reference, SubscribeToShard, and `docs/kinesis/wire.md#subscriptions`.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use flumen_access::Caller;
use flumen_protocol::kinesis::{SubscribeToShardCode, SubscribeToShardInput};
use flumen_protocol::{ErrorCode, Operation, Refusal};
use flumen_storage::{Log, ReadLimit};
use flumen_types::{ResourceArn, SequenceNumber, ShardId};
use parking_lot::Mutex;
use tokio::time::{Instant, Sleep};

use super::get_records::{Child, Run};
use super::get_shard_iterator::{PositionError, RequestedPosition};
use crate::Streams;
use crate::door::NamedResource;
use crate::errors::{DoorError, DryRun, Misnamed, NotFound, ReadRefused, ShardUnreadable, StreamName};
use crate::live::Live;
use crate::metering::{ConsumerCounters, ReadProgress, add};
use crate::state::Status;

/// A subscription ends by itself after so long; its client asks for another.
const LIFE: Duration = Duration::from_secs(300);
/// An event comes at least this often, with or without records.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// From then on a second call takes a subscription over; before, it is refused.
const TAKE_OVER: Duration = Duration::from_secs(5);
/// Between two calls for one consumer and shard that succeed, where limits apply.
const CALL_EVERY: Duration = Duration::from_secs(1);
/// How long a right is taken for granted that was there.
const ALLOWED_FOR: Duration = Duration::from_secs(10);
/// What one event carries, apart from a single record that is larger.
const EVENT: ReadLimit = ReadLimit { records: 10_000, bytes: 1024 * 1024 };

/// One consumer's subscription to one shard. Dropping it ends it.
pub struct Subscription {
    streams: Streams,
    seat: Seat,
    counters: Arc<ConsumerCounters>,
    progress: Arc<ReadProgress>,
    shard: ShardId,
    position: u64,
    ends: Instant,
    /// When the rate allows the next records.
    paid_until: Instant,
    finished: bool,
    /// The stream as it was when there had been so many changes.
    seen: Option<(u64, Arc<Live>)>,
    /// Goes off when it is time to look again, or before: it is set anew once it has, and not for each event.
    timer: Pin<Box<Sleep>>,
    /// Whoever began it, and until when they surely may.
    caller: Caller,
    allowed_until: Instant,
}

/// What a subscription says.
pub struct Event {
    pub records: Run,
    /// Where to go on after this event; `None` at the end of a closed shard.
    pub continuation: Option<SequenceNumber>,
    pub millis_behind_latest: u64,
    /// Not empty exactly at the end of a closed shard.
    pub child_shards: Vec<Child>,
}

/// Who holds which subscription. One consumer has at most one to a shard.
#[derive(Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<Places>>);

#[derive(Default)]
struct Places {
    held: HashMap<Key, SeatEntry>,
    /// Places that are empty and remembered for [`CALL_EVERY`], since when, so that no more are kept than were
    /// left within that time.
    left: VecDeque<(Instant, Key)>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    group: u32,
    consumer: String,
    /// Tells a consumer from one that was registered under its name later.
    dated_ms: u64,
    shard: ShardId,
}

struct SeatEntry {
    since: Instant,
    /// `None` once whoever sat there has left.
    state: Option<Arc<SeatState>>,
}

impl Streams {
    pub async fn subscribe_to_shard(
        &self,
        caller: &Caller,
        input: &SubscribeToShardInput<'_>,
    ) -> Result<Subscription, SubscribeToShardError> {
        let door = self.door(caller, Operation::SubscribeToShard);
        let NamedResource { arn: named, target } = door.resource(&input.consumer_arn)?;
        let live = target.live();
        let ResourceArn::Consumer(arn) = &named else {
            return Err(DoorError::from(Misnamed::resource_arn(&input.consumer_arn)).into());
        };
        let no_shard = || NotFound::shard(&input.shard_id, &arn.stream);
        let id = ShardId::parse(&input.shard_id).ok_or_else(no_shard)?;
        let stream = || StreamName::of(&live.stream);
        let missing = || NotFound::resource(&named);
        let now_ms = self.now_ms();
        let (name, consumer) = live.stream.consumer(arn, now_ms).ok_or_else(missing)?;
        if consumer.status(now_ms) != Some(Status::Active) {
            let (consumer, created) = (name.as_str().into(), consumer.created());
            return Err(SubscribeToShardError::NotActive { consumer, created, stream: stream() });
        }
        let slot = live
            .slot_of(id)
            .filter(|&slot| !live.shard(slot).is_expired(live.stream.horizon_ms(now_ms)))
            .ok_or_else(|| NotFound::shard_gone(id, &arn.stream))?;
        let start = &input.starting_position;
        let requested = RequestedPosition {
            kind: start.r#type,
            number: start.sequence_number.as_deref(),
            timestamp_ms: start.timestamp.map(|t| t.0),
            operation: Operation::SubscribeToShard,
        };
        let position = self.resolve(live, slot, requested).await?;
        if input.dry_run == Some(true) {
            return Err(DryRun.into());
        }
        let (group, dated_ms) = (live.stream.group, consumer.date_ms());
        let key = Key { group, consumer: name.clone(), dated_ms, shard: id };
        let counters = live.counters.consumer(name);
        let seat = self.inner.seats.take(key, live.limits.is_some()).map_err(|why| {
            add(&counters.counts.own().subscribe_refused, 1);
            let (consumer, shard, stream) = (name.as_str().into(), id, stream());
            match why {
                NoSeat::InUse => SubscribeToShardError::InUse { consumer, shard, stream },
                NoSeat::TooSoon => SubscribeToShardError::TooSoon { consumer, shard, stream },
            }
        })?;
        add(&counters.counts.own().subscribed, 1);
        // Of the call; its events are asked about one by one.
        if let Some(key) = live.encrypting.as_ref().and_then(|by| self.inner.keys.usable_key(by.key()).ok()) {
            caller.noted().note_key_use("Decrypt", &key.arn().to_string().into());
        }
        let progress = counters.progress(id.index());
        let caught_up = live.log(slot).is_some_and(|log| log.end() <= position);
        let oldest_ms = live.stream.horizon_ms(now_ms).max(live.shard(slot).opened_at_ms);
        progress.moved_to(position, if caught_up { now_ms } else { oldest_ms });
        let now = Instant::now();
        let (ends, paid_until) = (now + LIFE, now);
        Ok(Subscription {
            streams: self.clone(),
            seat,
            counters,
            progress,
            shard: id,
            position,
            ends,
            paid_until,
            finished: false,
            seen: None,
            timer: Box::pin(tokio::time::sleep_until(now + HEARTBEAT)),
            caller: caller.clone(),
            allowed_until: now + ALLOWED_FOR,
        })
    }
}

/// Why there is no seat.
enum NoSeat {
    /// Another subscription is too young to be taken over.
    InUse,
    /// One that has ended is.
    TooSoon,
}

#[derive(Default)]
struct SeatState {
    /// How often the stream or its consumers changed, or somebody else took the seat.
    changes: AtomicU64,
    /// Whoever sits there, where they wait for the next change.
    waits: Mutex<Option<Waker>>,
    taken: AtomicBool,
}

/// A place taken in [`Seats`], given up when dropped.
struct Seat {
    seats: Seats,
    key: Key,
    state: Arc<SeatState>,
}

/// Why SubscribeToShard begins no subscription.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeToShardError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(
        "Consumer {consumer} with creation timestamp {created} under stream: {} , account {} is not in ACTIVE status.",
        .stream.name, .stream.account
    )]
    NotActive { consumer: Box<str>, created: u64, stream: StreamName },
    #[error(transparent)]
    Position(#[from] PositionError),
    #[error(transparent)]
    DryRun(#[from] DryRun),
    #[error(
        "Another active subscription exists for this consumer: {}:{}:{shard}:{consumer}",
        .stream.account, .stream.name
    )]
    InUse { consumer: Box<str>, shard: ShardId, stream: StreamName },
    #[error("Rate exceeded for consumer {consumer} and shard {shard} in stream {stream}.")]
    TooSoon { consumer: Box<str>, shard: ShardId, stream: StreamName },
}

impl Refusal for SubscribeToShardError {
    type Code = SubscribeToShardCode;

    fn code(&self) -> SubscribeToShardCode {
        use SubscribeToShardCode::*;
        match self {
            Self::Door(DoorError::Denied(_)) => AccessDeniedException,
            Self::Door(DoorError::NotFound(_)) | Self::NotFound(_) => ResourceNotFoundException,
            Self::Door(DoorError::Misnamed(_)) | Self::Position(PositionError::Invalid(_)) => {
                InvalidArgumentException
            }
            Self::NotActive { .. } | Self::InUse { .. } => ResourceInUseException,
            Self::Door(DoorError::Rate(_)) | Self::TooSoon { .. } => LimitExceededException,
            Self::DryRun(_) => DryRunOperationException,
            Self::Position(PositionError::Older | PositionError::Unreadable(_)) => InternalFailure,
        }
    }
}

/// Why a subscription ends before its time.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SubscriptionError(#[from] ReadRefused);

impl Refusal for SubscriptionError {
    /// Of what its events may be, which are not the codes of its call.
    type Code = ErrorCode;

    fn code(&self) -> ErrorCode {
        match &self.0 {
            ReadRefused::Unreadable(ShardUnreadable::NoLog | ShardUnreadable::Log(_)) => {
                ErrorCode::InternalFailure
            }
            ReadRefused::Key(refused) => refused.into(),
        }
    }
}

impl Subscription {
    /// The next event, once there is one; `None` when the subscription is over.
    pub async fn next(&mut self) -> Option<Result<Event, SubscriptionError>> {
        if self.finished {
            return None;
        }
        let mut now = Instant::now();
        let beat = now + HEARTBEAT;
        loop {
            let now_ms = self.streams.now_ms();
            // Before the look at the stream, so that no change falls between.
            let changes = self.seat.state.changes();
            let live = self.standing(changes, now, now_ms)?;
            let slot = live.slot_of(self.shard)?;
            let log = live.log(slot)?;
            let due = now >= self.paid_until;
            if due && (log.end() > self.position || !live.shard(slot).is_open()) {
                return Some(self.event(&live, slot, log, now_ms).await);
            }
            if now >= beat {
                return Some(self.empty(&live, slot, log, now_ms).await);
            }
            // What waits for the rate waits for nothing else.
            let until = if due { beat } else { beat.min(self.paid_until) };
            self.wake_by(until.min(self.ends));
            tokio::select! {
                biased;
                _ = log.wait(self.position), if due => {}
                () = poll_fn(|cx| self.seat.state.poll_changed(changes, cx)) => {}
                () = self.timer.as_mut() => {}
            }
            now = Instant::now();
        }
    }

    fn wake_by(&mut self, until: Instant) {
        if self.timer.is_elapsed() || self.timer.deadline() > until {
            self.timer.as_mut().reset(until);
        }
    }

    /// The stream, as long as the subscription stands. It is looked up again when it has changed.
    fn standing(&mut self, changes: u64, now: Instant, now_ms: u64) -> Option<Arc<Live>> {
        let Key { group, consumer, dated_ms, .. } = &self.seat.key;
        if now >= self.ends || self.seat.is_taken() {
            return None;
        }
        let live = match &self.seen {
            Some((at, live)) if *at == changes => live.clone(),
            _ => self.seen.insert((changes, self.streams.by_group(*group)?)).1.clone(),
        };
        let consumer = live.stream.consumers.get(consumer).filter(|c| c.date_ms() == *dated_ms);
        let active = consumer.and_then(|c| c.status(now_ms)) == Some(Status::Active);
        // Neither going nor gone.
        let kept = !matches!(live.stream.status(now_ms), None | Some(Status::Deleting));
        (active && kept && self.is_allowed(&live, now)).then_some(live)
    }

    /// Whether the caller still may, which is looked at now and then. Who may not is told so when they call again: the
    /// subscription ends as it does after five minutes, since clients take some exceptions for the end of the shard.
    fn is_allowed(&mut self, live: &Live, now: Instant) -> bool {
        if now < self.allowed_until {
            return true;
        }
        self.allowed_until = now + ALLOWED_FOR;
        let Some(caller) = self.caller.renewed() else { return false };
        self.caller = caller;
        self.streams.door(&self.caller, Operation::SubscribeToShard).still_may(live, &self.seat.key.consumer)
    }

    async fn event(
        &mut self,
        live: &Live,
        slot: usize,
        log: &Log,
        now_ms: u64,
    ) -> Result<Event, SubscriptionError> {
        let shard = live.shard(slot);
        let end = log.end();
        let read = self.streams.read(&self.caller, live, slot, self.position, EVENT, now_ms).await;
        let records = read.inspect_err(|_| self.finished = true)?;
        self.position = records.next().unwrap_or_else(|| self.position.max(log.start().min(end)));
        if let Some(limits) = &live.limits {
            self.pay(records.bytes(), limits.consumer_bytes);
        }
        if records.is_empty()
            && self.position >= end
            && let Some(closed_ms) = shard.closed_at_ms
        {
            self.finished = true;
            self.count(live, &records, end, 0, now_ms);
            let children = live.stream.children_of(shard.index);
            return Ok(Event {
                records,
                continuation: None,
                millis_behind_latest: now_ms.saturating_sub(closed_ms),
                child_shards: children.cloned().map(Child::new).collect(),
            });
        }
        let behind = match records.last_time_ms() {
            Some(last_ms) if self.position < end => now_ms.saturating_sub(last_ms),
            _ => 0,
        };
        self.count(live, &records, end, behind, now_ms);
        let continuation = Some(self.continuation(live, slot));
        Ok(Event { records, continuation, millis_behind_latest: behind, child_shards: Vec::new() })
    }

    /// A sign of life.
    async fn empty(
        &mut self,
        live: &Live,
        slot: usize,
        log: &Log,
        now_ms: u64,
    ) -> Result<Event, SubscriptionError> {
        let nothing = ReadLimit { records: 0, bytes: 0 };
        let end = log.end();
        let records = self.streams.read(&self.caller, live, slot, end, nothing, now_ms).await?;
        self.count(live, &records, end, 0, now_ms);
        let continuation = Some(self.continuation(live, slot));
        Ok(Event { records, continuation, millis_behind_latest: 0, child_shards: Vec::new() })
    }

    /// Notes an event that read up to the subscription's position, of a log that ended at `end`.
    fn count(&self, live: &Live, records: &Run, end: u64, behind_ms: u64, now_ms: u64) {
        self.counters.event(records.len(), records.bytes(), behind_ms);
        add(&live.counters.counts.own().fanout_bytes, records.bytes() as u64);
        let read_until_ms = match records.last_time_ms() {
            _ if self.position >= end => now_ms,
            Some(last_ms) => last_ms,
            // Nothing read, though there is more: a sign of life while the rate makes it wait.
            None => return,
        };
        self.progress.moved_to(self.position, read_until_ms);
    }

    /// A number after which the next record to read comes. Its time is one that the shard has, so that it is
    /// accepted whatever the clock says by then.
    fn continuation(&self, live: &Live, slot: usize) -> SequenceNumber {
        let shard = live.shard(slot);
        let newest_ms = live.log(slot).and_then(Log::last_time_ms).unwrap_or(0);
        match self.position.checked_sub(1) {
            Some(last) => SequenceNumber::of_record(shard.creation(), shard.id(), last, newest_ms),
            None => shard.start_number(),
        }
    }

    /// Records are paid for in time, after they were sent.
    fn pay(&mut self, bytes: usize, bytes_a_second: u64) {
        if bytes > 0 {
            let price = Duration::from_secs_f64(bytes as f64 / bytes_a_second.max(1) as f64);
            // A second of silence is credit for a second of burst.
            let earliest = Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or(self.paid_until);
            self.paid_until = self.paid_until.max(earliest) + price;
        }
    }
}

impl Seats {
    /// `limited`: whether limits apply.
    fn take(&self, key: Key, limited: bool) -> Result<Seat, NoSeat> {
        let now = Instant::now();
        let mut taken = self.0.lock();
        taken.forget(now);
        if let Some(older) = taken.held.get(&key) {
            let age = now.duration_since(older.since);
            match &older.state {
                Some(_) if age < TAKE_OVER => return Err(NoSeat::InUse),
                Some(state) => state.take(),
                None if limited && age < CALL_EVERY => return Err(NoSeat::TooSoon),
                None => {}
            }
        }
        let state = Arc::<SeatState>::default();
        taken.held.insert(key.clone(), SeatEntry { since: now, state: Some(state.clone()) });
        Ok(Seat { seats: self.clone(), key, state })
    }

    /// Lets the subscriptions to a stream see that it changed.
    pub(crate) fn look_again(&self, group: u32) {
        for (key, held) in &self.0.lock().held {
            if let Some(state) = &held.state
                && key.group == group
            {
                state.change();
            }
        }
    }
}

impl Places {
    /// Drops the places that were left too long ago to say anything.
    fn forget(&mut self, now: Instant) {
        while let Some((_, key)) = self.left.pop_front_if(|(left, _)| now.duration_since(*left) >= CALL_EVERY)
        {
            // It may have been taken again, and even left again since.
            let over =
                |held: &SeatEntry| held.state.is_none() && now.duration_since(held.since) >= CALL_EVERY;
            if self.held.get(&key).is_some_and(over) {
                self.held.remove(&key);
            }
        }
    }

    fn leave(&mut self, key: &Key, state: &Arc<SeatState>) {
        let Some(held) = self.held.get_mut(key) else { return };
        // Whoever took it over sits there now.
        if !held.state.as_ref().is_some_and(|sitting| Arc::ptr_eq(sitting, state)) {
            return;
        }
        if held.since.elapsed() < CALL_EVERY {
            held.state = None;
            self.left.push_back((Instant::now(), key.clone()));
        } else {
            self.held.remove(key);
        }
    }
}

impl SeatState {
    fn take(&self) {
        self.taken.store(true, Ordering::SeqCst);
        self.change();
    }

    fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// What changed is there to be looked at.
    fn change(&self) {
        self.changes.fetch_add(1, Ordering::Release);
        // Counted before: whoever waits from now on has seen it.
        let waits = self.waits.lock().take();
        if let Some(waker) = waits {
            waker.wake();
        }
    }

    /// Ready when there are more changes than `seen`.
    fn poll_changed(&self, seen: u64, cx: &Context<'_>) -> Poll<()> {
        let mut waits = self.waits.lock();
        if self.changes() != seen {
            return Poll::Ready(());
        }
        if !waits.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *waits = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Seat {
    fn is_taken(&self) -> bool {
        self.state.taken.load(Ordering::SeqCst)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.0.lock().leave(&self.key, &self.state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_place_that_was_left_is_forgotten_after_a_second() {
        let seats = Seats::default();
        let take = |index| {
            let shard = ShardId::parse(&format!("shardId-{index:012}")).unwrap();
            seats.take(Key { group: 1, consumer: "c".into(), dated_ms: 0, shard }, true)
        };
        let kept = || {
            let taken = seats.0.lock();
            (taken.held.len(), taken.left.len())
        };
        for index in 0..3 {
            take(index).ok().unwrap();
        }
        assert_eq!(kept(), (3, 3));
        tokio::time::advance(CALL_EVERY).await;
        let seat = take(0).ok().unwrap();
        assert_eq!(kept(), (1, 0));
        tokio::time::advance(CALL_EVERY).await;
        drop(seat);
        assert_eq!(kept(), (0, 0), "what sat for longer need not be remembered");
    }
}
