import { createEventSource } from "eventsource-client";
import { print, url } from "./print.mjs";

for await (const event of createEventSource({ url })) {
  print(event);
}
