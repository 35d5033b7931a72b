"""Compares the licences and the sources of all dependencies with deny.toml, for where cargo-deny is not installed.

Reads the output of `cargo metadata`; needs no network.
"""

import json
import re
import sys
import tomllib

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"

with open("deny.toml", "rb") as file:
    rules = tomllib.load(file)["licenses"]
allowed = set(rules["allow"])
exceptions = {rule["crate"]: set(rule["allow"]) for rule in rules.get("exceptions", [])}


def satisfied(expression, allowed):
    """Evaluates an SPDX expression: AND binds closer than OR, and a slash is an old OR."""
    tokens = re.findall(r"[()]|[^\s()]+(?:\s+WITH\s+[^\s()]+)?", expression.replace("/", " OR "))

    def either():
        result = both()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            result = both() or result
        return result

    def both():
        result = one()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            result = one() and result
        return result

    def one():
        token = tokens.pop(0)
        if token != "(":
            return token in allowed
        result = either()
        tokens.pop(0)
        return result

    return either() and not tokens


packages = json.load(sys.stdin)["packages"]
faults = []
for package in packages:
    name = package["name"]
    source = package["source"]
    if source not in (None, CRATES_IO):
        faults.append(f"{name} comes from {source}, not from crates.io")
    licence = package["license"]
    if not licence or not satisfied(licence, allowed | exceptions.get(name, set())):
        faults.append(f"{name} has the licence {licence}, which deny.toml does not allow")
print("\n".join(faults) or f"licences: {len(packages)} packages, all allowed")
sys.exit(bool(faults))
