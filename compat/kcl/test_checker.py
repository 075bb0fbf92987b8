"""The checker sees what it is there to see."""

import types

import pytest

from fleet import KEYS, Fleet, Told, place


class Imagined(Fleet):
    """Every key has two records on one shard, and one worker was given what it was given."""

    def __init__(self, *changes, kills=()):
        self.kept = {("s", str(n)): {"PartitionKey": f"key-{n % KEYS}", "Data": f"key-{n % KEYS}:{n // KEYS}".encode()} for n in range(2 * KEYS)}
        told = [Told(n, "w", "record", ["s", str(n), "0", f"key-{n % KEYS}", f"key-{n % KEYS}:{n // KEYS}"]) for n in range(2 * KEYS)]
        for change in changes:
            change(told)
        self.workers, self.kills = [types.SimpleNamespace(told=told)], list(kills)

    def stored(self):
        return self.kept


def lost(told):
    del told[7]


def swapped(told):
    told[7], told[7 + KEYS] = told[7 + KEYS]._replace(at=7), told[7]._replace(at=7 + KEYS)


def changed(told):
    told[7] = told[7]._replace(words=[*told[7].words[:4], "key-7:9"])


def again(told):
    told.append(told[7]._replace(at=1000))


def test_what_was_delivered_once_and_in_order_is_right():
    Imagined().check()
    assert Imagined().delivered_again() == []


@pytest.mark.parametrize(("change", "complaint"), [(lost, "never delivered"), (swapped, "out of order"), (changed, None)])
def test_what_is_lost_out_of_order_or_changed_is_seen(change, complaint):
    with pytest.raises(AssertionError, match=complaint):
        Imagined(change).check()


def test_a_record_with_another_key_than_is_stored_is_seen():
    fleet = Imagined()
    fleet.kept["s", "7"]["PartitionKey"] = "key-8"
    with pytest.raises(AssertionError):
        fleet.check()


@pytest.mark.parametrize(("numbers", "complaint"), [([7], "has holes"), ([7, 7 + KEYS], None)])
def test_what_was_never_stored_is_seen(numbers, complaint):
    fleet = Imagined(lambda told: told.__setitem__(slice(None), [of for of in told if of.at not in numbers]))
    for number in numbers:
        del fleet.kept["s", str(number)]
    with pytest.raises(AssertionError, match=complaint):
        fleet.check()


def test_a_second_delivery_counts_unless_a_kill_lies_between():
    assert len(Imagined(again).delivered_again()) == 1
    assert Imagined(again, kills=[(500, 600)]).delivered_again() == []
    for before_or_after in ((-2, -1), (2000, 2001)):
        assert len(Imagined(again, kills=[before_or_after]).delivered_again()) == 1
    Imagined(again).check()


def test_a_second_delivery_is_excused_where_the_lease_was_lost():
    def found_lost(told, shard="s", what="too late", at=500):
        told.append(Told(at, "w", what, [shard]))

    assert Imagined(again, found_lost).delivered_again() == []
    assert Imagined(again, lambda told: found_lost(told, what="lost")).delivered_again() == []
    assert len(Imagined(again, lambda told: found_lost(told, shard="another")).delivered_again()) == 1
    assert len(Imagined(again, lambda told: found_lost(told, at=3)).delivered_again()) == 1


def test_a_lease_that_was_handed_over_is_not_lost():
    def handed_over(told):
        told.append(Told(500, "w", "handed", ["s"]))
        told.append(Told(501, "w", "lost", ["s"]))

    def and_taken_again(told):
        told.append(Told(500, "w", "handed", ["s"]))
        told.append(Told(501, "w", "begins", ["s"]))
        told.append(Told(502, "w", "lost", ["s"]))

    assert len(Imagined(again, handed_over).delivered_again()) == 1
    assert Imagined(again, and_taken_again).delivered_again() == []


def test_a_checkpoint_that_does_not_stand_is_seen():
    fleet = Imagined(lambda told: told.append(Told(500, "w", "checkpoint", ["s", "7"])))
    fleet.check_checkpoints({"s": place("7")})
    fleet.check_checkpoints({"s": place("SHARD_END")})
    for stands in ("6", "TRIM_HORIZON"):
        with pytest.raises(AssertionError, match="is lost"):
            fleet.check_checkpoints({"s": place(stands)})
