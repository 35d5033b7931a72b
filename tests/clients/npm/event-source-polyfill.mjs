import { EventSourcePolyfill } from "event-source-polyfill";
import { printAll, url } from "./print.mjs";

printAll(new EventSourcePolyfill(url));
