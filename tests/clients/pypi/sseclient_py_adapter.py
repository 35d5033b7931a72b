"""sseclient-py reads a response; requesting, and reconnecting with the last id, are up to its user."""

import time

import requests
import sseclient

from printing import RECONNECT_AFTER, URL, show

last_event_id = ""
while True:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    try:
        response = requests.get(URL, stream=True, headers=headers)
        for event in sseclient.SSEClient(response).events():
            last_event_id = event.id or last_event_id
            show(event.id, event.event, event.data)
    except requests.RequestException:
        pass
    time.sleep(RECONNECT_AFTER)
