// How every adapter tells what its client received: one event, one line of JSON.

/** Prints an event. The empty id of a client that has none and the missing name of an unnamed event are one thing. */
export function print({ id, event, data }) {
  process.stdout.write(`${JSON.stringify({ id: id ?? "", event: event || "message", data })}\n`);
}

/** Prints what a client with the browser's interface receives: it has to be told the names of events beforehand. */
export function printAll(source) {
  for (const name of ["message", "greeting", "gap"]) {
    source.addEventListener(name, (event) =>
      print({ id: event.lastEventId, event: event.type, data: event.data }),
    );
  }
}

/** The address of the stream: the adapter's only argument. */
export const url = process.argv[2];
