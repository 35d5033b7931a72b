// The React hook, rendered without a page, with the EventSource of the package eventsource.
import { createRequire } from "node:module";
import { EventSource } from "eventsource";
import { print, url } from "./print.mjs";

// It asks for both before it subscribes.
process.browser = true;
globalThis.EventSource = EventSource;
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

const require = createRequire(import.meta.url);
const { createElement } = require("react");
const { act, create } = require("react-test-renderer");
const { MercureProvider, useMercure } = require("@liinkiing/use-mercure");

const { origin, pathname, searchParams } = new URL(url);

function Subscribed() {
  // It gives the data only, and that parsed when it is JSON.
  useMercure(searchParams.get("topic"), (data) =>
    print({ data: typeof data === "string" ? data : JSON.stringify(data) }),
  );
  return null;
}

await act(async () => {
  const options = { hubUrl: `${origin}${pathname}` };
  create(createElement(MercureProvider, { options }, createElement(Subscribed)));
});
// While it waits to reconnect the EventSource does not keep the process alive.
setInterval(() => {}, 1 << 30);
