"""Requests made by chance: items, conditions and updates in both of DynamoDB's languages, right and wrong."""

NAMES = ["a", "b", "c", "d", "owner", "count"]
WORDS = ["", "a", "ab", "b", "w-1", "w-2", "shard", "ä", "zz"]
NUMBERS = ["0", "1", "-1", "2", "3", "10", "4.831731", "0.000001", "1e3", "-7.5", "99999999999999999999", "1E-5", "007", "+4"]
BYTES = ["", "AA==", "AQID", "/w=="]
TABLE = "generated"

DEFINITION = {
    "TableName": TABLE,
    "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"},
                             {"AttributeName": "owner", "AttributeType": "S"}, {"AttributeName": "count", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {"IndexName": "by-owner", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "count", "KeyType": "RANGE"}],
         "Projection": {"ProjectionType": "ALL"}}],
    "LocalSecondaryIndexes": [
        {"IndexName": "by-count", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "count", "KeyType": "RANGE"}],
         "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}}],
}


class Chance:
    def __init__(self, random):
        self.random = random
        self.choose = random.choice

    def often(self, share=0.5):
        return self.random.random() < share

    def some(self, of, least=0, most=3):
        return self.random.sample(of, self.random.randint(least, min(most, len(of))))

    # Values

    def value(self, depth=2):
        kinds = ["S", "S", "N", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"] + (["M", "L"] if depth else [])
        kind = self.choose(kinds)
        return {kind: getattr(self, f"of_{kind}")(depth)}

    def of_S(self, _):
        return self.choose(WORDS)

    def of_N(self, _):
        return self.choose(NUMBERS)

    def of_B(self, _):
        return self.choose(BYTES)

    def of_BOOL(self, _):
        return self.often()

    def of_NULL(self, _):
        return True

    def of_SS(self, _):
        return self.some(WORDS, 0 if self.often(0.05) else 1)

    def of_NS(self, _):
        return self.some(["0", "1", "2", "3", "10", "-1", "0.5"], 1)

    def of_BS(self, _):
        return self.some(BYTES, 1)

    def of_M(self, depth):
        return {name: self.value(depth - 1) for name in self.some(NAMES)}

    def of_L(self, depth):
        return [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]

    def key(self):
        if self.often(0.02):
            return self.choose([{}, {"p": {"S": "k"}}, {"p": {"N": "1"}, "s": {"N": "1"}}, {"p": {"S": ""}, "s": {"N": "1"}},
                                {"p": {"S": "k1"}, "s": {"N": "1"}, "x": {"S": "1"}}])
        return {"p": {"S": f"k{self.random.randint(0, 2)}"}, "s": {"N": str(self.random.randint(0, 3))}}

    def item(self):
        item = {name: self.value() for name in self.some(NAMES[:4], 0, 4)}
        if self.often():
            item["owner"] = {"S": self.choose(["w-1", "w-2"])} if self.often(0.95) else self.value()
        if self.often(0.7):
            item["count"] = {"N": self.choose(NUMBERS)} if self.often(0.95) else self.value()
        return item | self.key()

    # Expressions: text with placeholders, and what they stand for

    def expressions(self, body, **texts):
        """Adds expressions made with `self.name` and `self.put`, and the maps that they filled."""
        for member, make in texts.items():
            body[member] = make()
        if self.names:
            body["ExpressionAttributeNames"] = self.names
        if self.values:
            body["ExpressionAttributeValues"] = self.values
        if self.often(0.01):
            body.setdefault("ExpressionAttributeValues", {})[":unused"] = {"S": "x"}
        if self.often(0.01):
            body.pop("ExpressionAttributeValues", None)
        return body

    def begin(self):
        self.names, self.values = {}, {}

    def put(self, value):
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def name(self, names=NAMES):
        name = self.choose(names)
        if self.often(0.6) or name in ("count", "owner"):
            self.names[f"#{name}"] = name
            return f"#{name}"
        return name

    def path(self):
        path = self.name()
        if self.often(0.2):
            path += self.choose([".a", ".b", "[0]", "[1]", "[0].a", ".c[0]"])
        return path

    def operand(self):
        kind = self.random.random()
        if kind < 0.35:
            return self.path()
        if kind < 0.45:
            return f"size({self.path()})"
        return self.put(self.value())

    def condition(self, depth=2):
        kind = self.random.randint(0, 12 if depth else 8)
        if kind <= 2:
            return f"{self.operand()} {self.choose(['=', '<>', '<', '<=', '>', '>='])} {self.operand()}"
        if kind == 3:
            return f"attribute_exists({self.path()})"
        if kind == 4:
            return f"attribute_not_exists({self.path()})"
        if kind == 5:
            kinds = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "M", "L"]
            return f"attribute_type({self.path()}, {self.put({'S': self.choose(kinds)})})"
        if kind == 6:
            return f"{self.choose(['begins_with', 'contains'])}({self.path()}, {self.put(self.value(0))})"
        if kind == 7:
            low, high = (({"N": str(n)} for n in sorted((self.random.randint(-2, 4), self.random.randint(-2, 4)))) if self.often(0.8)
                         else (self.value(0), self.value(0)))
            return f"{self.path()} BETWEEN {self.put(low)} AND {self.put(high)}"
        if kind == 8:
            return f"{self.path()} IN ({', '.join(self.put(self.value(0)) for _ in range(self.random.randint(1, 3)))})"
        if kind == 9:
            return f"NOT {self.condition(depth - 1)}"
        if kind == 10:
            return f"({self.condition(depth - 1)})"
        return f"{self.condition(depth - 1)} {self.choose(['AND', 'OR'])} {self.condition(depth - 1)}"

    def update_expression(self):
        clauses = []
        if self.often(0.7):
            sets = []
            for _ in range(self.random.randint(1, 3)):
                path = self.path()
                sets.append(f"{path} = " + self.choose([
                    lambda: self.put(self.value()), lambda: self.put(self.value()), lambda: self.path(),
                    lambda: f"{self.path()} + {self.put({'N': self.choose(NUMBERS)})}",
                    lambda: f"{self.put({'N': '5'})} - {self.path()}",
                    lambda: f"if_not_exists({self.path()}, {self.put(self.value())})",
                    lambda: f"if_not_exists({path}, {self.put({'N': '0'})}) + {self.put({'N': '1'})}",
                    lambda: f"list_append({self.path()}, {self.put({'L': [self.value(0)]})})"])())
            clauses.append("SET " + ", ".join(sets))
        if self.often(0.25):
            clauses.append("REMOVE " + ", ".join(self.path() for _ in range(self.random.randint(1, 2))))
        if self.often(0.25):
            clauses.append(f"ADD {self.path()} {self.put(self.choose([{'N': self.choose(NUMBERS)}, {'NS': ['1', '5']}, {'SS': ['x']}, self.value(0)]))}")
        if self.often(0.15):
            clauses.append(f"DELETE {self.path()} {self.put(self.choose([{'SS': ['a']}, {'NS': ['1']}, self.value(0)]))}")
        self.random.shuffle(clauses)
        return " ".join(clauses) or f"SET {self.path()} = {self.put(self.value())}"

    def projection(self):
        return ", ".join(self.path() for _ in range(self.random.randint(1, 3)))

    # The old language

    def expected(self):
        expected = {}
        for name in self.some(NAMES + ["p"], 1, 2):
            kind = self.random.randint(0, 4)
            if kind == 0:
                expected[name] = {"Exists": False}
            elif kind == 1:
                expected[name] = {"Value": self.value(1)} | ({"Exists": True} if self.often() else {})
            elif kind == 2:
                expected[name] = {"ComparisonOperator": self.choose(["NULL", "NOT_NULL"])}
            elif kind == 3:
                operator = self.choose(["EQ", "NE", "LT", "LE", "GT", "GE", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN", "BETWEEN"])
                count = {"BETWEEN": 2, "IN": 2}.get(operator, 1)
                expected[name] = {"ComparisonOperator": operator, "AttributeValueList": [self.value(0) for _ in range(count)]}
            else:
                expected[name] = {"ComparisonOperator": self.choose(["EQ", "NE"]), "Value": self.value(1)}
        return expected

    def attribute_updates(self):
        updates = {}
        for name in self.some(NAMES, 1, 3):
            action = self.choose(["PUT", "PUT", "PUT", "ADD", "DELETE", "DELETE"])
            updates[name] = {"Action": action}
            if action != "DELETE" or self.often(0.2):
                updates[name]["Value"] = self.value(1) if action == "PUT" else self.choose(
                    [{"N": self.choose(NUMBERS)}, {"SS": ["a", "x"]}, {"NS": ["1", "5"]}, self.value(0)])
        return updates

    # Requests

    def guard(self, body):
        """A condition or none, and what is wanted back."""
        if self.often(0.4):
            self.expressions(body, ConditionExpression=self.condition)
        elif self.often(0.3):
            body["Expected"] = self.expected()
            if self.often(0.3):
                body["ConditionalOperator"] = self.choose(["AND", "OR"])
        if self.often(0.3):
            body["ReturnValuesOnConditionCheckFailure"] = self.choose(["ALL_OLD", "NONE"])
        return body

    def PutItem(self):
        self.begin()
        body = {"TableName": TABLE, "Item": self.item(), "ReturnValues": self.choose(["NONE", "ALL_OLD"])}
        return self.guard(body)

    def DeleteItem(self):
        self.begin()
        return self.guard({"TableName": TABLE, "Key": self.key(), "ReturnValues": self.choose(["NONE", "ALL_OLD"])})

    def UpdateItem(self):
        self.begin()
        body = {"TableName": TABLE, "Key": self.key(),
                "ReturnValues": self.choose(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])}
        if self.often(0.6):
            texts = {"UpdateExpression": self.update_expression}
            if self.often(0.4):
                texts["ConditionExpression"] = self.condition
            self.expressions(body, **texts)
            if self.often(0.3):
                body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            return body
        body["AttributeUpdates"] = self.attribute_updates()
        if self.often():
            body["Expected"] = self.expected()
        return body

    def GetItem(self):
        self.begin()
        body = {"TableName": TABLE, "Key": self.key(), "ConsistentRead": self.often()}
        return self.expressions(body, ProjectionExpression=self.projection) if self.often(0.3) else body

    def Query(self):
        self.begin()
        index = self.choose([None, None, "by-owner", "by-count"])
        body = {"TableName": TABLE, "ScanIndexForward": self.often()}
        hash_key, range_key = {None: ("p", "s"), "by-owner": ("owner", "count"), "by-count": ("p", "count")}[index]
        if index:
            body["IndexName"] = index
        self.names |= {"#h": hash_key}
        word = self.choose(["w-1", "w-2"]) if hash_key == "owner" else f"k{self.random.randint(0, 2)}"
        condition = f"#h = {self.put({'S': word})}"
        if self.often(0.4):
            self.names |= {"#r": range_key}
            condition += " AND " + self.choose([
                lambda: f"#r {self.choose(['=', '<', '<=', '>', '>='])} {self.put({'N': str(self.random.randint(-1, 4))})}",
                lambda: f"#r BETWEEN {self.put({'N': '0'})} AND {self.put({'N': '2'})}"])()
        texts = {"KeyConditionExpression": lambda: condition}
        if self.often(0.3):
            texts["FilterExpression"] = self.condition
        if self.often(0.2):
            texts["ProjectionExpression"] = self.projection
        self.expressions(body, **texts)
        if self.often(0.3):
            body["Limit"] = self.random.randint(1, 3)
        if self.often(0.1) and "ProjectionExpression" not in texts:
            body["Select"] = self.choose(["COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"])
        return body

    def Scan(self):
        self.begin()
        body = {"TableName": TABLE}
        if self.often(0.2):
            body["IndexName"] = self.choose(["by-owner", "by-count"])
        if self.often(0.5):
            self.expressions(body, FilterExpression=self.condition)
        return body

    def BatchGetItem(self):
        keys = {str(key): key for key in (self.key() for _ in range(3))}
        return {"RequestItems": {TABLE: {"Keys": list(keys.values())}}}

    def BatchWriteItem(self):
        writes = {}
        for _ in range(3):
            item = self.item()
            key = {name: item.get(name) for name in ("p", "s")}
            writes[str(key)] = {"PutRequest": {"Item": item}} if self.often(0.7) else {"DeleteRequest": {"Key": key}}
        return {"RequestItems": {TABLE: list(writes.values())}}

    def TransactWriteItems(self):
        writes = {}
        for _ in range(self.random.randint(1, 3)):
            self.begin()
            kind = self.choose(["Put", "Update", "Delete", "ConditionCheck"])
            body = {"TableName": TABLE}
            texts = {"ConditionExpression": self.condition} if self.often(0.4) or kind == "ConditionCheck" else {}
            if kind == "Put":
                body["Item"] = self.item()
            else:
                body["Key"] = self.key()
            if kind == "Update":
                texts["UpdateExpression"] = self.update_expression
            self.expressions(body, **texts)
            key = body.get("Key", body.get("Item"))
            writes[str((key.get("p"), key.get("s")))] = {kind: body}
        return {"TransactItems": list(writes.values())}

    def TransactGetItems(self):
        return {"TransactItems": [{"Get": {"TableName": TABLE, "Key": self.key()}} for _ in range(2)]}

    def request(self):
        operation = self.choose(["PutItem"] * 6 + ["UpdateItem"] * 10 + ["DeleteItem"] * 3 + ["GetItem"] * 2 + ["Query"] * 4
                                + ["Scan"] * 2 + ["BatchGetItem", "BatchWriteItem", "TransactWriteItems", "TransactWriteItems",
                                                  "TransactGetItems"])
        return operation, getattr(self, operation)()
