"""A few thousand generated requests, sent to Flumen and to DynamoDB Local: equal answers and equal tables, also after a
restart and a kill, but for differences that have a known reason (docs/differences.md).

`TABLES_REQUESTS` and `TABLES_SEED` change their number and repeat a run.
"""

import json
import os
import random
from collections import Counter

import pytest

from harness.flumen import Flumen, running_elsewhere

from . import compare
from .generated import DEFINITION, TABLE, Chance
from .local import Asked, Local

pytestmark = [pytest.mark.skipif(running_elsewhere() or "DYNAMODB_LOCAL" not in os.environ, reason="starts both servers"),
              pytest.mark.timeout(900)]

REQUESTS = int(os.environ.get("TABLES_REQUESTS", "4000"))
SEED = int(os.environ.get("TABLES_SEED", "5"))


def state(asked):
    status, answer = asked.call("Scan", {"TableName": TABLE, "ConsistentRead": True})
    assert status == 200, answer
    return {json.dumps([item["p"], item["s"]], sort_keys=True): item for item in answer["Items"]}


def align(ours, local):
    """Gives DynamoDB Local our items again after a difference, so that it is counted once."""
    mine, others = state(ours), state(local)
    for key in mine.keys() | others.keys():
        if compare.settled(mine.get(key)) == compare.settled(others.get(key)):
            continue
        if key in mine:
            assert local.call("PutItem", {"TableName": TABLE, "Item": mine[key]})[0] == 200, mine[key]
        else:
            p, s = json.loads(key)
            local.call("DeleteItem", {"TableName": TABLE, "Key": {"p": p, "s": s}})


def test_generated_requests_are_answered_alike():
    print(f"seed {SEED}, {REQUESTS} requests")
    chance = Chance(random.Random(SEED))
    answered, reasons, unknown = Counter(), Counter(), []
    with Flumen() as server, Local() as started:
        ours, local = Asked(server.port), Asked(started.port)
        for asked in (ours, local):
            assert asked.call("CreateTable", DEFINITION)[0] == 200
        for number in range(REQUESTS):
            if number and number % (REQUESTS // 4) == 0:
                before = state(ours)
                server.restart() if number % (REQUESTS // 2) else (server.kill(), server.start())
                ours = Asked(server.port)
                assert state(ours) == before, f"request {number}"
            operation, body = chance.request()
            mine, other = ours.call(operation, body), local.call(operation, body)
            answered[operation, mine[0]] += 1
            if compare.answer(operation, *mine) == compare.answer(operation, *other):
                continue
            why = compare.reason(operation, body, mine, other)
            reasons[why] += 1
            if why is None:
                unknown.append(f"request {number}: {operation} {json.dumps(body)}\n  ours  {mine}\n  local {other}")
            align(ours, local)
        assert compare.settled(state(ours)) == compare.settled(state(local))
    for (operation, status), count in sorted(answered.items()):
        print(f"{count:6} {operation} {status}")
    for why, count in reasons.most_common():
        print(f"{count:6} differ: {why}")
    assert not unknown, f"seed {SEED}: {len(unknown)} differences without a known reason:\n" + "\n".join(unknown[:5])
    # Most requests must be carried out, so that there is something to compare.
    assert sum(count for (_, status), count in answered.items() if status == 200) > REQUESTS / 3
