// The page: what it shows, and what happens when.

import { messageList } from './list.js';
import { publish } from './publish.js';
import { gapNotice, searchFor, tokenOf, topicOf } from './rules.js';
import { fetchStats, pollStats } from './stats.js';
import { openStream } from './stream.js';

const element = (id) => document.getElementById(id);
const token = () => tokenOf(location.hash);

const connection = element('connection');
const subscribers = element('subscribers');
const topicBox = element('topic');
const refusal = element('refusal');
const problem = element('problem');
const messageBox = element('message');
const sendButton = element('publish').querySelector('button');
const messages = messageList(element('messages'));

const stats = pollStats((stats) => {
  subscribers.textContent = stats?.subscribers ?? '–';
});

// Listening

let topic = null;
let stream = null;

const listener = {
  state(state) {
    connection.dataset.state = state;
    connection.textContent = state;
    stats.refresh();
  },
  message: messages.message,
  gap: (data) => messages.notice(gapNotice(data)),
  refused(detail) {
    refusal.textContent = detail && `Not connected: ${detail}`;
  },
};

async function listen(wanted) {
  if (topic === wanted) return;
  topic = wanted;
  topicBox.value = wanted;
  stream?.close();
  stream = null;
  messages.clear();
  refusal.textContent = '';
  // With a place to start from, nothing is missed even if the connection breaks before the first message.
  const position = (await fetchStats())?.position ?? '';
  if (topic === wanted && !stream) stream = openStream(topic, position, token(), listener);
}

function choose(wanted) {
  if (wanted !== topic) history.pushState(null, '', location.pathname + searchFor(wanted, location.search) + location.hash);
  listen(wanted);
}

element('listen').addEventListener('submit', (event) => {
  event.preventDefault();
  choose(topicBox.value.trim());
});
topicBox.addEventListener('change', () => choose(topicBox.value.trim()));
addEventListener('popstate', () => listen(topicOf(location.search)));

// A page that is left may be kept and shown again. Its stream must not outlive the visit, and goes on with the next.
let lastEventId = null;

addEventListener('pagehide', () => {
  lastEventId = stream?.close() ?? null;
});
addEventListener('pageshow', (event) => {
  if (event.persisted && lastEventId !== null) stream = openStream(topic, lastEventId, token(), listener);
});

// Sending

let sending = false;

element('publish').addEventListener('submit', async (event) => {
  event.preventDefault();
  if (sending) return;
  const message = messageBox.value;
  busy(true);
  try {
    await publish(message, topic, token());
    problem.textContent = '';
    // What was typed meanwhile stays.
    if (messageBox.value === message) messageBox.value = '';
  } catch (error) {
    problem.textContent = error.message;
  }
  busy(false);
  messageBox.focus();
});

function busy(is) {
  sending = is;
  sendButton.setAttribute('aria-disabled', is);
}

listen(topicOf(location.search));
