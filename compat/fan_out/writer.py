"""Puts numbered records of several keys and never the same twice: what an answer was lost for may be there or not."""

import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from harness.client import client


class Writer(threading.Thread):
    def __init__(self, endpoint, environment, stream, keys=8, every=0.02, filler=0, pace=lambda sent: False):
        super().__init__(daemon=True)
        self.kinesis = client(endpoint, environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], read_timeout=5)
        self.stream, self.keys, self.every = stream, [f"key-{n}" for n in range(keys)], every
        self.filler = "x" * filler
        # Says whether so many records are enough for now.
        self.pace = pace
        self.sent = 0
        # By key, the numbers that were acknowledged.
        self.acknowledged = {key: [] for key in self.keys}
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            if self.pace(self.sent * len(self.keys)):
                time.sleep(self.every)
                continue
            number = self.sent
            self.sent += 1
            records = [{"PartitionKey": key, "Data": f"{number} of {key} {self.filler}"} for key in self.keys]
            try:
                answer = self.kinesis.put_records(StreamName=self.stream, Records=records)
                for key, entry in zip(self.keys, answer["Records"], strict=True):
                    if "SequenceNumber" in entry:
                        self.acknowledged[key].append(number)
            except (BotoCoreError, ClientError):
                # The server is away.
                time.sleep(0.1)
            time.sleep(self.every)

    def end(self):
        self.over.set()
        self.join(30)

    def was_seen_by(self, follower):
        """Whether everything acknowledged was seen."""
        seen = follower.words()
        return all(not numbers or str(numbers[-1]) in seen.get(key, [])[-3:] for key, numbers in self.acknowledged.items())

    def judge(self, follower):
        seen = follower.words()
        assert not seen.keys() - self.acknowledged.keys()
        for key, acknowledged in self.acknowledged.items():
            numbers = [int(word) for word in seen.get(key, [])]
            twice = len(numbers) - len(set(numbers))
            assert not twice, f"{follower.kind}: {twice} records of {key} were seen twice"
            assert numbers == sorted(numbers), f"{follower.kind}: records of {key} came out of order"
            lost = set(acknowledged) - set(numbers)
            assert not lost, f"{follower.kind}: {len(lost)} of {len(acknowledged)} records of {key} were never seen, {sorted(lost)[:3]}"
            assert not numbers or numbers[-1] < self.sent
