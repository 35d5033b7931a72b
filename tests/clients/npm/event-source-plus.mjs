import { EventSourcePlus } from "event-source-plus";
import { print, url } from "./print.mjs";

new EventSourcePlus(url).listen({ onMessage: print });
