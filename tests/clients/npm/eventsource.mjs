import { EventSource } from "eventsource";
import { printAll, url } from "./print.mjs";

printAll(new EventSource(url));
// While this client waits to reconnect it does not keep the process alive; in a real program something else does.
setInterval(() => {}, 1 << 30);
