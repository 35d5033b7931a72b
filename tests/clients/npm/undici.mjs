import { EventSource } from "undici";
import { printAll, url } from "./print.mjs";

printAll(new EventSource(url));
