"""The results as Markdown."""

LOADS = [
    ("put_record", "PutRecord, 1 KiB, 64 connections", "records"),
    ("put_records_100", "PutRecords, 100 x 1 KiB, 16 connections", "megabytes"),
    ("put_records_500", "PutRecords, 500 x 100 B, 8 connections", "records"),
    ("get_tail", "GetRecords catch-up, 4 readers, newest 150 k records", "megabytes"),
    ("get_segments", "GetRecords catch-up, 4 readers, after a restart", "megabytes"),
    ("open_loop", "PutRecord, 1 KiB, open loop at 1,000/s", "records"),
]
BEGIN, END = "<!-- results: written by bench/run -->", "<!-- end of results -->"


def markdown(results):
    parts = [about(results["machine"], results["stolen"])]
    for name, title, unit in LOADS:
        rows = [row(entrant, name, unit) for entrant in results["entrants"] if entrant["loads"].get(name)]
        if rows:
            head = ["server", "keeps", "MB/s" if unit == "megabytes" else "records/s", "x ferrokinesis",
                    "CPU s / M records", "p50 ms", "p90", "p99", "p99.9", "max", "errors"]
            parts.append(f"### {title}\n\n" + grid(head, with_ratio(rows)))
    parts += seen_tables(results) + limits_tables(results)
    if rows := [memory_row(entrant) for entrant in results["entrants"] if entrant["loads"].get("memory")]:
        head = ["server", "idle MiB", "idle cores", "ready ms", "MiB after 500 k x 1 KiB", "restart ms", "MiB after 5 M", "restart ms"]
        parts.append("### Memory and start\n\n" + grid(head, rows))
    failures = [f"- {e['name']}: {failure}" for e in results["entrants"] for failure in e["failures"]]
    failures += [f"- {line}" for line in results["left_out"]]
    if failures:
        parts.append("Not measured:\n\n" + "\n".join(failures))
    return "\n\n".join(parts) + "\n"


SEEN = [
    ("push", "Put to push: PutRecord, 1 KiB, 1,000/s over 4 shards, one consumer"),
    ("push_20", "Put to push: the same to one shard (1 MB/s), 20 consumers"),
    ("poll_1", "Put to seen: 4 shards polled by GetRecords every 200 ms, one poller"),
    ("poll_5", "Put to seen: the same, five pollers"),
]


def seen_tables(results):
    parts = []
    for name, title in SEEN:
        found = [(entrant["name"], entrant["loads"][name]) for entrant in results["entrants"] if entrant["loads"].get(name)]
        rows = [[server, *(load["after_answer_ms"][key] for key in ("p50", "p99", "max", "mean")),
                 *(load["from_due_ms"][key] for key in ("p50", "p99", "mean")), load["put_ms"]["p50"], load["cpu_cores"],
                 load["resident_mib_above_idle"]] for server, load in found]
        if rows:
            head = ["server", "after the answer: p50 ms", "p99", "max", "mean", "from when it was due: p50 ms", "p99", "mean",
                    "put p50 ms", "cores", "MiB above idle"]
            parts.append(f"### {title}\n\n" + grid(head, rows))
    return parts


def limits_tables(results):
    parts = []
    for loads in (entrant["loads"] for entrant in results["entrants"]):
        if rows := [hot_row(title, loads[name]) for name, title in
                    (("hot_1", "PutRecord"), ("hot_100", "PutRecords of 100")) if loads.get(name)]:
            head = ["hot shard, 10,000 records/s by", "quiet alone: p50 ms", "p99", "beside it: p50 ms", "p99", "p99 ratio",
                    "refused/s", "cores"]
            parts.append("### Limits on: three quiet shards beside a hot one\n\n" + grid(head, rows))
        if cost := loads.get("refusal"):
            rows = [[title, of["open"], of["refused"], of["ratio"]] for title, of in cost.items()]
            parts.append("### Limits on: what a refusal costs\n\n" + grid(
                ["request", "accepted: CPU us", "refused: CPU us", "ratio"], rows))
    return parts


def hot_row(title, load):
    alone, beside = load["quiet_alone_ms"], load["quiet_beside_ms"]
    return [title, alone["p50"], alone["p99"], beside["p50"], beside["p99"], load["p99_ratio"],
            load["hot_refused_per_second"], load["cpu_cores"]]


def about(machine, stolen):
    lines = [
        f"{machine['date']}, {machine['cpu']}, {machine['memory_gib']} GiB, Linux {machine['kernel']}; server and load "
        f"generator share the cores; {machine['seconds_a_load']:g} s a load after {machine['warm_up_seconds']:g} s of warm-up, medians of "
        f"{machine['rounds']} rounds; load average before: {machine['load_average_before']:.1f}."
    ]
    if stolen:
        lines.append(f"The host gave {stolen['mean']:.1%} of the processors' time to others, {stolen['max']:.1%} in the worst run.")
    if disk := machine.get("disk"):
        prewritten, growing, paced = (disk[f"sync_{kind}_ms"] for kind in ("prewritten", "growing", "paced"))
        lines.append(
            f"The disk: 64 KiB written and synced take {prewritten['p50']:.2f} ms (p99 {prewritten['p99']:.2f}) in a file "
            f"written full beforehand, {growing['p50']:.2f} ms (p99 {growing['p99']:.2f}) in a growing one; 4 KiB every "
            f"millisecond {paced['p50']:.2f} ms from when they were due (p99 {paced['p99']:.2f}); "
            f"{disk['sequential_synced_megabytes_per_second']:.0f} MB/s in synced writes of 8 MiB.")
    return "\n\n".join(lines)


def row(entrant, name, unit):
    load = entrant["loads"][name]
    rate = load["megabytes_per_second" if unit == "megabytes" else "records_per_second"]
    latency = load["latency_ms"]
    times = [latency.get(key) for key in ("p50", "p90", "p99", "p99.9", "max")]
    return [entrant["name"], entrant["keeps"], rate, None, load["cpu_seconds_per_million_records"], *times, load["errors"]]


def with_ratio(rows):
    base = next((cells[2] for cells in rows if cells[0].startswith("ferrokinesis")), None)
    for cells in rows:
        cells[3] = cells[2] / base if base else None
    return rows


def memory_row(entrant):
    loads = entrant["loads"]
    idle, memory, large = loads.get("idle") or {}, loads["memory"], loads.get("memory_large") or {}
    return [entrant["name"], idle.get("resident_mib"), idle.get("cpu_cores"), idle.get("ready_ms"),
            filled(memory), memory.get("restart_ms"), filled(large), large.get("restart_ms")]


def filled(load):
    """The memory held, with the number of records if the time ended before all were put."""
    if not load:
        return None
    short = load["records"] < 5_000 or load["seconds"] >= 119
    return f"{load['resident_mib']:,.0f}" + (f" (after {load['records']:,})" if short else "")


def grid(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in cells) + " |" for cells in rows]
    return "\n".join(lines)


def cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return str(value)


def write_into(readme, text):
    before, rest = readme.read_text().split(BEGIN, 1)
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.split(END, 1)[1]}")
