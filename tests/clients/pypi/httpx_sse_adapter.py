"""httpx-sse leaves reconnecting to its user."""

import time

import httpx
from httpx_sse import connect_sse

from printing import RECONNECT_AFTER, URL, show

last_event_id = ""
# Without a timeout of its own httpx gives up on a stream that is silent for five seconds.
with httpx.Client(timeout=None) as client:
    while True:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        try:
            with connect_sse(client, "GET", URL, headers=headers) as source:
                for event in source.iter_sse():
                    last_event_id = event.id
                    show(event.id, event.event, event.data)
        except httpx.TransportError:
            pass
        time.sleep(RECONNECT_AFTER)
