import { EventSource } from "eventsource";
import { printAll, url } from "./print.mjs";

printAll(new EventSource(url));
