"""aiohttp-sse-client2 reconnects when a stream ends, but not when it breaks or when it is refused."""

import asyncio

from aiohttp import ClientError, ClientTimeout
from aiohttp_sse_client2.client import EventSource

from printing import RECONNECT_AFTER, URL, show


async def follow():
    last_event_id = ""
    while True:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        # Without these aiohttp ends a stream after five minutes and refuses lines over 512 KiB.
        limits = {"timeout": ClientTimeout(total=None), "read_bufsize": 4 << 20}
        try:
            async with EventSource(URL, headers=headers, **limits) as source:
                async for event in source:
                    last_event_id = event.last_event_id
                    show(event.last_event_id, event.type, event.data)
        except (ClientError, ConnectionError):
            pass
        await asyncio.sleep(RECONNECT_AFTER)


asyncio.run(follow())
