"""Quart with uvicorn: the tutorial of Quart, "Broadcast server side events"."""

import asyncio

from quart import Quart, abort, make_response, request

app = Quart(__name__)
app.clients = set()


@app.post("/")
async def publish():
    data = await request.get_json()
    for queue in app.clients:
        queue.put_nowait(data["message"])
    return "true", 200, {"Content-Type": "application/json"}


@app.get("/sse")
async def sse():
    if "text/event-stream" not in request.accept_mimetypes:
        abort(400)

    async def send_events():
        queue = asyncio.Queue()
        app.clients.add(queue)
        try:
            while True:
                data = await queue.get()
                yield f"data: {data}\n\n".encode()
        finally:
            app.clients.remove(queue)

    response = await make_response(
        send_events(),
        {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"},
    )
    response.timeout = None
    return response
