"""Holds JSON files against their schema: validate.py SCHEMA FILE... They must fit, and what is made
of the first one by doing it wrong must not: a key less, a key more, a value of another type."""
import json
import sys

import jsonschema


def wrong_ones(value, path="$"):
    """The value, wrong in one place, and that place; of a list the first item stands for all."""
    if isinstance(value, list):
        yield path, {"list": value}
        for place, wrong in wrong_ones(value[0], f"{path}[0]") if value else ():
            yield place, [wrong] + value[1:]
    elif isinstance(value, dict):
        yield path, {**value, "no such key": 1}
        for key, item in value.items():
            at = f"{path}.{key}"
            if key not in optional and not key.endswith("_why"):
                yield f"without {at}", {k: v for k, v in value.items() if k != key}
            if not key.endswith("_why"):
                yield at, {**value, key: {"an": ["object"]}}
            for place, wrong in wrong_ones(item, at):
                yield place, {**value, key: wrong}


def shorten(value):
    """Two items of each list are enough to make wrong ones of."""
    if isinstance(value, list):
        return [shorten(item) for item in value[:2]]
    return {k: shorten(v) for k, v in value.items()} if isinstance(value, dict) else value


def find_optional(schema):
    """Keys that some object of the schema may leave out."""
    found = set()
    if isinstance(schema, list):
        return found.union(*map(find_optional, schema))
    if not isinstance(schema, dict):
        return found
    if isinstance(schema.get("properties"), dict):
        found |= set(schema["properties"]) - set(schema.get("required", []))
    return found.union(*map(find_optional, schema.values()))


schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
optional = find_optional(schema)
for name in sys.argv[2:]:
    for error in validator.iter_errors(json.load(open(name))):
        sys.exit(f"{name}: {error.json_path}: {error.message[:300]}")
    print(f"{name} fits")

first = shorten(json.load(open(sys.argv[2])))
validator.validate(first)
tried = 0
for place, wrong in wrong_ones(first):
    tried += 1
    if validator.is_valid(wrong):
        sys.exit(f"{sys.argv[2]}: taken though it is wrong: {place}")
print(f"{sys.argv[2]} with something wrong, {tried} times: refused")
