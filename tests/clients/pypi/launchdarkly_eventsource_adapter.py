"""launchdarkly-eventsource reconnects when its error strategy says so."""

from ld_eventsource import SSEClient
from ld_eventsource.config import ErrorStrategy

from printing import URL, show

client = SSEClient(URL, error_strategy=ErrorStrategy.always_continue())
for event in client.events:
    show(event.last_event_id, event.event, event.data)
