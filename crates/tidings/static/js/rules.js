// What is decided without a page, a clock or a network.

/**
 * The URL of the stream of `topic` (empty: the topic that needs no name), after an event (empty: from now on), with a
 * token (empty: without one), which an EventSource cannot send in any other way.
 */
export function streamUrl(topic, lastEventId, token) {
  const query = new URLSearchParams();
  if (token) query.set('authorization', token);
  if (topic) query.set('topic', topic);
  if (lastEventId) query.set('last_event_id', lastEventId);
  return query.size ? `sse?${query}` : 'sse';
}

/** The topic that the query of a page's URL names; empty if it names none. */
export function topicOf(search) {
  return new URLSearchParams(search).get('topic') ?? '';
}

/** The token in the fragment of a page's URL, which browsers keep to themselves; empty if there is none. */
export function tokenOf(hash) {
  return new URLSearchParams(hash.slice(1)).get('token') ?? '';
}

/** The query of a page's URL with another topic; the rest of it stays. */
export function searchFor(topic, search) {
  const query = new URLSearchParams(search);
  if (topic) query.set('topic', topic);
  else query.delete('topic');
  return query.size ? `?${query}` : '';
}

/** The JSON that publishes a message. */
export function publishBody(message, topic) {
  return JSON.stringify(topic ? { message, topic } : { message });
}

/** Milliseconds until a stream that was refused is asked for again: longer each time, and never for all at once. */
export function retryDelay(failures, random = Math.random()) {
  const longest = Math.min(30_000, 1000 * 2 ** failures);
  return longest * (0.5 + random / 2);
}

/** What is said in the list where messages are missing. `data` is that of a `gap` event, of whatever form. */
export function gapNotice(data) {
  switch (gapReason(data)) {
    case 'other-epoch':
      return 'The server has restarted: messages from before that may be missing here.';
    case 'expired':
      return 'Messages are missing here: the server no longer has them.';
    default:
      return 'Messages may be missing here: the server cannot tell where this page left off.';
  }
}

function gapReason(data) {
  try {
    return JSON.parse(data)?.reason;
  } catch {
    return undefined;
  }
}
