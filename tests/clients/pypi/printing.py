"""How every adapter tells what its client received: one event, one line of JSON."""

import json
import sys

# The address of the stream: the adapter's only argument.
URL = sys.argv[1]
# How long an adapter waits before it reconnects, where its client does not.
RECONNECT_AFTER = 0.1


def show(id, event, data):
    # A client that has no id for an event, or no name, says so in one way or another.
    print(json.dumps({"id": id or "", "event": event or "message", "data": data}), flush=True)
