import { EventSource } from "extended-eventsource";
import { printAll, url } from "./print.mjs";

printAll(new EventSource(url));
