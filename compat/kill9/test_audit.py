"""The real process killed between changes and their events: neither is ever there without the other.

Threads make and delete streams until the process is killed. After the next start every stream that is there has the event of
its creation and none of its deletion, every stream that is gone has both, and every change that was acknowledged has its event.

`AUDIT_KILLS` changes the number of rounds: five in CI, fifty for a release.
"""

import json
import os
import random
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness.client import client
from harness.flumen import Flumen, running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="kills the server"), pytest.mark.timeout(1200)]

ROUNDS = int(os.environ.get("AUDIT_KILLS", "5"))
CHANGERS = 4


class Changer(threading.Thread):
    """Makes streams, deletes every second one, and notes what was acknowledged."""

    def __init__(self, endpoint, prefix):
        super().__init__(daemon=True)
        self.kinesis = client(endpoint)
        self.prefix = prefix
        self.acknowledged = set()

    def run(self):
        try:
            for number in range(10_000):
                name = f"{self.prefix}-{number}"
                self.kinesis.create_stream(StreamName=name, ShardCount=1)
                self.acknowledged.add(("CreateStream", name))
                if number % 2:
                    self.kinesis.delete_stream(StreamName=name)
                    self.acknowledged.add(("DeleteStream", name))
        except (ClientError, BotoCoreError):
            # The kill; whether the change that was under way was made is not known.
            pass


def events(cloudtrail, name, prefix):
    """The streams of this prefix, by an operation's events of calls that went well."""
    found, more = [], {}
    while True:
        page = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], **more)
        told = [json.loads(event["CloudTrailEvent"]) for event in page["Events"]]
        of_prefix = [event for event in told if event["requestParameters"]["streamName"].startswith(prefix)]
        found += of_prefix
        # The newest come first.
        if "NextToken" not in page or (told and not of_prefix):
            break
        more = {"NextToken": page["NextToken"]}
        # As AWS's, the service takes two of these calls a second.
        time.sleep(0.55)
    # Told at least once: a call that ended while its event went into the history is told of twice, under one id.
    found = list({event["eventID"]: event for event in found}.values())
    made = [event for event in found if "errorCode" not in event and not (event.get("additionalEventData") or {}).get("callerWentAway")]
    return [event["requestParameters"]["streamName"] for event in made]


def streams(kinesis):
    names, more = [], {}
    while True:
        page = kinesis.list_streams(**more)
        names += page["StreamNames"]
        if not page["HasMoreStreams"]:
            return names
        more = {"ExclusiveStartStreamName": names[-1]}


def test_no_change_is_without_its_event_and_no_event_without_its_change(tmp_path):
    with Flumen(data_dir=tmp_path / "data") as server:
        for kill in range(ROUNDS):
            acknowledged, prefix = set(), f"r{kill}-"
            changers = [Changer(server.endpoint, f"{prefix}{number}") for number in range(CHANGERS)]
            for changer in changers:
                changer.start()
            time.sleep(random.uniform(0.05, 0.4))
            server.kill()
            for changer in changers:
                changer.join(30)
                acknowledged |= changer.acknowledged
            server.start()
            cloudtrail = client(server.endpoint, service="cloudtrail")
            created, deleted = events(cloudtrail, "CreateStream", prefix), events(cloudtrail, "DeleteStream", prefix)
            there = {name for name in streams(client(server.endpoint)) if name.startswith(prefix)}
            assert len(created) == len(set(created)) and len(deleted) == len(set(deleted))
            assert set(created) - set(deleted) == there
            assert set(deleted) <= set(created)
            told = {("CreateStream", name) for name in created} | {("DeleteStream", name) for name in deleted}
            assert acknowledged <= told
            print(f"kill {kill + 1}: {len(created)} made, {len(deleted)} deleted")
