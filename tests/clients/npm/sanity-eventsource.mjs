import EventSource from "@sanity/eventsource";
import { printAll, url } from "./print.mjs";

printAll(new EventSource(url));
