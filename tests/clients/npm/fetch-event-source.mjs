// The client is made for pages: it needs the page's two globals.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

import fetchEventSource from "@microsoft/fetch-event-source";
import { print, url } from "./print.mjs";

fetchEventSource.fetchEventSource(url, {
  onmessage: print,
  // Its README: an end of the stream is final unless it is made an error, and then it reconnects.
  onclose() {
    throw new Error("the stream ended");
  },
});
