"""A fleet of KCL 3 and its producer live through the upgrade from a version without identities, and through the first start with
them, without a restart: FLUMEN_EARLIER_BIN names a binary of such a version."""

import os
import re
import subprocess

import pytest

from fleet import Feed, Fleet, wait
from harness.client import shards
from harness.flumen import Flumen, binary

pytestmark = [pytest.mark.skipif("FLUMEN_EARLIER_BIN" not in os.environ, reason="needs an earlier version"), pytest.mark.timeout(600)]


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("mode", ["polling", "fanout"])
def test_a_fleet_goes_on_through_an_upgrade(mode, end, tmp_path):
    server = Flumen(tls=True, program=os.environ["FLUMEN_EARLIER_BIN"])
    with Fleet("kcl3", mode, tmp_path, server=server) as fleet:
        feed = Feed(fleet)
        workers = [fleet.worker("first")]
        fleet.wait_until_held([4])
        workers.append(fleet.worker("second"))
        fleet.wait_until_held([2, 2])
        shard = shards(fleet.kinesis, fleet.stream)[0]["ShardId"]
        oldest = {"StreamName": fleet.stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = fleet.kinesis.get_shard_iterator(**oldest)["ShardIterator"]

        def goes_on():
            rounds = feed.rounds
            wait(lambda: feed.failed, lambda: feed.rounds > rounds + 10, 60)
            fleet.wait_until_held()
            fleet.wait_until_read()
            assert fleet.kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"], "an iterator holds"

        def upgrade():
            server.program = binary()

        fleet.without_server(getattr(server, end), upgrade)
        goes_on()
        assert "no credentials configured" in server.text()

        def initialise():
            # Under the names of the sections, and with no policies of their own.
            clients = re.sub("policy = .*", "", (tmp_path / "credentials").read_text())
            (tmp_path / "clients").write_text(clients)
            (tmp_path / "clients").chmod(0o600)
            subprocess.run([binary(), "init", "--data-dir", str(server.data_dir), "--import", str(tmp_path / "clients")],
                           check=True, capture_output=True, timeout=60)

        fleet.without_server(getattr(server, end), initialise)
        goes_on()
        assert "signatures are verified" in server.text()
        fleet.kinesis.split_shard(StreamName=fleet.stream, ShardToSplit=shard, NewStartingHashKey=str(2**125))
        fleet.wait_until_held()
        feed.stop()
        fleet.wait_until_read()
        stand = fleet.checkpoints()
        fleet.check_checkpoints(stand)
        fleet.check()
        assert [worker.process.poll() for worker in workers] == [None, None]
        assert fleet.delivered_again() == []
