"""sseclient-py reads a response; requesting, and reconnecting with the last id, are up to its user."""

import time

import sseclient
import urllib3

from printing import RECONNECT_AFTER, URL, show

last_event_id = ""
http = urllib3.PoolManager(retries=False)
while True:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    try:
        response = http.request("GET", URL, headers=headers, preload_content=False)
        for event in sseclient.SSEClient(response).events():
            last_event_id = event.id or last_event_id
            show(event.id, event.event, event.data)
    except urllib3.exceptions.HTTPError:
        pass
    time.sleep(RECONNECT_AFTER)
