// Receiving: each message becomes an item of the list.
const messages = document.querySelector('ul');

const source = new EventSource('/sse');
source.addEventListener('message', (event) => {
  const item = document.createElement('li');
  item.textContent = `Received: ${event.data}`;
  messages.append(item);
});

// Sending: the box is emptied once the hub has the message.
const form = document.querySelector('form');
const box = form.querySelector('input');
const outcome = form.querySelector('output');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const message = box.value;
  try {
    const response = await fetch('/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ message }),
    });
    if (!response.ok) throw new Error((await response.json()).detail);
    outcome.value = '';
    if (box.value === message) box.value = '';
  } catch (error) {
    outcome.value = `Not sent: ${error.message}`;
  }
});
