// Sending a message, and saying why it could not be sent.

import { publishBody } from './rules.js';

/** How long an answer may take. A browser has six connections to a server without HTTP/2, for all of its tabs. */
const PATIENCE = 15_000;

/** What to do about a refusal for want of a token, on this page. */
const WITHOUT_TOKEN =
  "To try it here, add #token=… to the address of this page, with what `tidings token --legacy --publish '*' --key KEY` prints; " +
  'KEY is the key of the server, or file:PATH.';

/** What to do about a refusal of the token that the address of this page has. */
const WITH_TOKEN =
  'The token in the address of this page is not accepted for this; `tidings token --inspect TOKEN` with the settings of the server says why.';

/** Publishes a message. Throws an Error whose text is meant for the reader. */
export async function publish(message, topic, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch('./', {
      method: 'POST',
      headers,
      body: publishBody(message, topic),
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (error) {
    throw new Error(
      error.name === 'TimeoutError'
        ? 'The server does not answer. The message may have been sent, or not.'
        : 'Not sent: the server cannot be reached. Try again.',
    );
  }
  if (!response.ok) throw new Error(`Not sent: ${await detailOf(response, token)}`);
}

/**
 * What a response that is no success says is wrong: the detail of its problem (RFC 9457), else its status. `token` is the
 * one that was shown, if any.
 */
export async function detailOf(response, token) {
  const status = `the server answered with status ${response.status}`;
  try {
    const problem = await response.json();
    const detail = problem.detail || problem.title || status;
    return response.status === 401 ? `${detail}. ${token ? WITH_TOKEN : WITHOUT_TOKEN}` : detail;
  } catch {
    return status;
  }
}
