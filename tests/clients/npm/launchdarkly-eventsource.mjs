import { EventSource } from "launchdarkly-eventsource";
import { printAll, url } from "./print.mjs";

// Without a time of its own this client takes the five seconds that Node.js allows idle sockets, and reconnects when no
// event and no heartbeat came for so long.
const source = new EventSource(url, { readTimeoutMillis: 60_000 });
printAll(source);
// Without a listener this client throws its errors, and the program ends.
source.addEventListener("error", () => {});
