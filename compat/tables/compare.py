"""What of two answers must be equal, and what may differ for a reason that docs/differences.md gives."""

import json
from decimal import Decimal


def settled(value):
    """Sets and the items of a scan come in no order, and a number may be written in several ways."""
    if isinstance(value, dict):
        found = {}
        for name, inner in value.items():
            if name == "NS" and isinstance(inner, list):
                found[name] = sorted(map(number, inner))
            elif name in ("SS", "BS") and isinstance(inner, list):
                found[name] = sorted(inner)
            elif name == "N" and isinstance(inner, str):
                found[name] = number(inner)
            else:
                found[name] = settled(inner)
        return found
    if isinstance(value, list):
        return [settled(inner) for inner in value]
    return value


def number(text):
    return format(Decimal(text).normalize(), "f")


def code(body):
    return body.get("__type", "").rsplit("#")[-1]


def message(body):
    return body.get("message") or body.get("Message") or ""


def answer(operation, status, body):
    """Comparable, without texts for people and without what was not asked for."""
    if status != 200:
        compared = {"code": code(body)}
        if "Item" in body:
            compared["Item"] = settled(body["Item"])
        if "CancellationReasons" in body:
            compared["reasons"] = [settled({name: inner for name, inner in reason.items() if name != "Message"})
                                   for reason in body["CancellationReasons"]]
        return status, compared
    compared = settled({name: inner for name, inner in body.items() if name != "ConsumedCapacity"})
    if operation in ("Scan", "BatchGetItem"):
        for items in [compared.get("Items"), *(compared.get("Responses") or {}).values()]:
            if isinstance(items, list):
                items.sort(key=lambda item: json.dumps(item, sort_keys=True))
    return status, compared


def compared_without_next(body):
    return settled({name: inner for name, inner in body.items() if name != "LastEvaluatedKey"})


def as_bag(body):
    return sorted(json.dumps(settled(item), sort_keys=True) for item in body.get("Items", []))


LATER_OR_NEVER = [
    # What DynamoDB Local says beforehand, of any item.
    "Incorrect operand type for operator or function", "The BETWEEN operator requires", "The first operand must be distinct",
    "AttributeValue type", "Two document paths conflict", "Key attributes must be scalars", "does not project one or more filter attributes",
    "Updates on index keys must be of the same data type", "The two document paths", "One or more parameter values were invalid: ComparisonOperator",
    "can only be specified when using expressions",
]
EITHER_ORDER = ["DELETE action with value is not supported for the type", "ADD action is not supported for the type",
                "Type mismatch for Index Key", "Type mismatch for attribute to update", "The document path provided"]


def reason(operation, body, ours, local):
    """Why two answers differ, `None` if nobody knows."""
    (status, mine), (other_status, other) = ours, local
    if other_status == 400 and any(text in message(other) for text in LATER_OR_NEVER):
        return "wrong operands are found later, or not at all"
    if operation.startswith("Transact") and code(mine) == "TransactionCanceledException" and other_status == 400:
        if any(part["Code"] == "ValidationError" for part in mine["CancellationReasons"]):
            return "a transaction names the part that is wrong"
    if status == 400 and "Index Key" in message(mine) + json.dumps(mine.get("CancellationReasons", "")):
        return "keys of indexes have their type"
    if {code(mine), code(other)} == {"ValidationException", "ConditionalCheckFailedException"} and any(
            text in message(mine) + message(other) for text in EITHER_ORDER):
        return "a wrong update is refused before its condition is looked at"
    if operation == "Query" and status == other_status == 200 and "IndexName" in body:
        if "Limit" in body or as_bag(mine) == as_bag(other):
            return "equal keys of an index come in any order"
    if operation in ("Query", "Scan") and body.get("IndexName") == "by-count" and status == other_status == 200:
        return "local indexes give what they project"
    if operation == "Query" and "Limit" in body and compared_without_next(mine) == compared_without_next(other):
        return "a full page says that more may follow"
    if operation in ("UpdateItem", "PutItem", "DeleteItem") and "NOT_CONTAINS" in json.dumps(body.get("Expected", "")):
        return "NOT_CONTAINS holds of what is missing"
    if operation == "UpdateItem" and all(update["Action"] == "DELETE" for update in body.get("AttributeUpdates", {"": {"Action": ""}}).values()):
        return "an update that only deletes makes its item"
    return None
