// The event stream: opened, and opened again whenever it ends, always after the last event that was seen.

import { retryDelay, streamUrl } from './rules.js';
import { detailOf } from './publish.js';

/**
 * Opens the stream of `topic` after the event `lastEventId`, with a token if there is one. The listener is told
 *   state('connecting' | 'live' | 'reconnecting'),
 *   message(data), gap(data),
 *   refused(detail): the server says no, and why; empty once it says yes.
 * `close()` ends the stream and returns the id of the last event that was seen.
 */
export function openStream(topic, lastEventId, token, listener) {
  let source = null;
  let timer = 0;
  let failures = 0;
  const asking = new AbortController();

  function connect() {
    const url = streamUrl(topic, lastEventId, token);
    source = new EventSource(url);
    source.addEventListener('open', (event) => {
      if (isMessage(event)) return;
      failures = 0;
      listener.state('live');
      listener.refused('');
    });
    source.addEventListener('error', (event) => {
      if (isMessage(event)) return;
      listener.state('reconnecting');
      // Where a server cannot be reached the browser itself tries again. Where one answers with anything but an event
      // stream, which may be a proxy while the server restarts, the browser gives up for good.
      if (source.readyState === EventSource.CLOSED) {
        timer = setTimeout(connect, retryDelay(failures));
        failures += 1;
        explain(url);
      }
    });
    source.addEventListener('message', (event) => {
      lastEventId = event.lastEventId;
      listener.message(event.data);
    });
    source.addEventListener('gap', (event) => {
      lastEventId = event.lastEventId;
      listener.gap(event.data);
    });
  }

  // An EventSource does not tell why it was refused, so the question is put once more.
  async function explain(url) {
    try {
      const response = await fetch(url, { headers: { Accept: 'text/event-stream' }, signal: asking.signal });
      if (response.ok) await response.body?.cancel();
      else listener.refused(await detailOf(response, token));
    } catch {
      // It could not be reached, or is no longer asked: nothing to explain.
    }
  }

  listener.state('connecting');
  connect();

  return {
    close() {
      clearTimeout(timer);
      asking.abort();
      source.close();
      return lastEventId;
    },
  };
}

/** Whether this is an event that somebody published under the name `open` or `error`. */
function isMessage(event) {
  return event instanceof MessageEvent;
}
