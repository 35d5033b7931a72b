"""requests-sse reconnects by itself."""

from requests_sse import EventSource

from printing import URL, show

with EventSource(URL) as source:
    for event in source:
        show(event.last_event_id, event.type, event.data)
