"""The shards as bars over the space of hash keys, the oldest first."""

WIDTH = 48
KEYS = 2**128


def of(shards, records):
    lines = ["", f"{'shard':22}{'hash keys 0 to 2^128':<{WIDTH + 4}}{'records':>9}"]
    children = {}
    for shard in shards:
        for parent in ("ParentShardId", "AdjacentParentShardId"):
            if parent in shard:
                children.setdefault(shard[parent], []).append(number(shard["ShardId"]))
    for shard in sorted(shards, key=lambda shard: shard["ShardId"]):
        lines.append(line(shard, records[shard["ShardId"]], children.get(shard["ShardId"], [])))
    return "\n".join(lines) + "\n"


def line(shard, records, children):
    start = round(int(shard["HashKeyRange"]["StartingHashKey"]) * WIDTH / KEYS)
    end = round((int(shard["HashKeyRange"]["EndingHashKey"]) + 1) * WIDTH / KEYS)
    closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
    bar = "." * start + ("-" if closed else "#") * (end - start) + "." * (WIDTH - end)
    fate = " and ".join(str(child) for child in children)
    verb = "split into" if len(children) > 1 else "merged into"
    return f"{shard['ShardId']:22}[{bar}]  {records:>9,}  " + (f"closed, {verb} {fate}" if closed else "open")


def number(shard_id):
    return int(shard_id.rsplit("-", 1)[1])
