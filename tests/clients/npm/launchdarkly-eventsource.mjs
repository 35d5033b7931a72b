import { EventSource } from "launchdarkly-eventsource";
import { printAll, url } from "./print.mjs";

const source = new EventSource(url);
printAll(source);
// Without a listener this client throws its errors, and the program ends.
source.addEventListener("error", () => {});
