"""Subscriptions that end after their five minutes and are renewed, in real time. A suite of its own, since it mostly waits."""

import pytest

from fan_out.followers import ONE_EACH
from harness.flumen import running_elsewhere

pytestmark = [pytest.mark.skipif(running_elsewhere(), reason="its server verifies signatures"), pytest.mark.timeout(500)]


def test_a_subscription_ends_after_five_minutes_and_its_successor_goes_on(stage):
    arn = stage.make("renewed", 2)
    followers = stage.follow("renewed", arn, ONE_EACH)
    writer = stage.writer("renewed", every=0.2)
    for follower in followers:
        follower.wait(lambda follower: len(follower.lines("subscribed")) == 4, 330, "renewal")
    sent = writer.sent
    while writer.sent < sent + 10:
        writer.over.wait(0.1)
    writer.end()
    for follower in followers:
        follower.wait(writer.was_seen_by, 30, "last record")
        writer.judge(follower)
        assert not follower.lines("broken"), follower.kind
        begun = {}
        for at, (word, shard, *_) in follower.said:
            if word == "subscribed" and shard not in begun:
                begun[shard] = at
            elif word == "ended":
                assert 299 < at - begun[shard] < 306, f"{follower.kind}: {shard} ended after {at - begun[shard]:.1f} s"
        assert len(follower.lines("ended")) == 2
