// A parser, no client: fetching, and reconnecting with the last id, are up to its user.
import { setTimeout } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { print, url } from "./print.mjs";

let lastEventId = "";
for (;;) {
  try {
    const headers = lastEventId ? { "Last-Event-ID": lastEventId } : {};
    const response = await fetch(url, { headers });
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const event of events) {
      lastEventId = event.id ?? lastEventId;
      print(event);
    }
  } catch {
    // The connection broke or was refused.
  }
  await setTimeout(100);
}
