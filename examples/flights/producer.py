"""Puts flights from several threads and keeps the order of each aircraft by construction:

- an aircraft belongs to one thread, and a thread has one request under way;
- a request holds at most one flight of an aircraft, so it does not matter which of its entries succeed;
- a flight that was refused goes into the next request, before any later flight of the same aircraft.
"""

import threading
import time
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor

THREADS = 4
# What one PutRecords takes.
BATCH = 500
# Refusals in a row without one record taken, after which the stream is given up.
PATIENCE = 50


class Progress:
    """How many records are acknowledged; the resharding waits on it."""

    def __init__(self, total):
        self.total, self.taken = total, 0
        self.failed = False
        self.changed = threading.Condition()

    def add(self, taken):
        with self.changed:
            self.taken += taken
            self.changed.notify_all()

    def fail(self):
        with self.changed:
            self.failed = True
            self.changed.notify_all()

    def wait_for(self, share):
        """Whether that share of the records was reached."""
        with self.changed:
            self.changed.wait_for(lambda: self.failed or self.taken >= share * self.total)
            return not self.failed


def put_all(kinesis, stream, flights, progress):
    shares = [deque() for _ in range(THREADS)]
    for flight in flights:
        shares[zlib.crc32(flight.aircraft.encode()) % THREADS].append(flight)
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(put_share, kinesis, stream, share, progress) for share in shares]:
            try:
                done.result()
            except BaseException:
                progress.fail()
                raise


def put_share(kinesis, stream, fresh, progress):
    waiting = deque()
    in_vain = 0
    while waiting or fresh:
        batch, waiting = next_batch(waiting, fresh)
        entries = [{"Data": flight.data, "PartitionKey": flight.aircraft} for flight in batch]
        answers = kinesis.put_records(StreamName=stream, Records=entries)["Records"]
        refused = [flight for flight, answer in zip(batch, answers, strict=True) if "ErrorCode" in answer]
        progress.add(len(batch) - len(refused))
        waiting.extendleft(reversed(refused))
        in_vain = in_vain + 1 if len(refused) == len(batch) else 0
        if in_vain > PATIENCE:
            raise RuntimeError(f"nothing is taken any more: {answers[0]}")
        if refused:
            time.sleep(0.05)


def next_batch(waiting, fresh):
    """One flight of each aircraft at most; the others wait, in their order, before all that are fresh."""
    batch, aircraft, left = [], set(), deque()
    while len(batch) < BATCH and (waiting or fresh):
        flight = waiting.popleft() if waiting else fresh.popleft()
        if flight.aircraft in aircraft:
            left.append(flight)
        else:
            aircraft.add(flight.aircraft)
            batch.append(flight)
    left.extend(waiting)
    return batch, left
