// The list of messages, the newest at the end. The style sheet keeps the end in view.

/** The most items that are kept, and the most characters in all of them together; the newest stays, whatever its size. */
const MAX_ITEMS = 500;
const MAX_CHARACTERS = 4_000_000;

/** A list whose items are the children of `items`. */
export function messageList(items) {
  let characters = 0;

  function append(item) {
    items.append(item);
    characters += item.textContent.length;
    while (items.childElementCount > 1 && (items.childElementCount > MAX_ITEMS || characters > MAX_CHARACTERS)) {
      characters -= items.firstElementChild.textContent.length;
      items.firstElementChild.remove();
    }
  }

  return {
    /** Adds a message. Its text is text, never markup. */
    message(data) {
      const item = document.createElement('li');
      // Isolated, so that a message written from right to left leaves the word in front of it alone.
      const text = document.createElement('bdi');
      text.textContent = data;
      item.append('Received: ', text);
      append(item);
    },

    /** Adds a line that nobody published. */
    notice(text) {
      const item = document.createElement('li');
      item.className = 'notice';
      item.textContent = text;
      append(item);
    },

    clear() {
      items.replaceChildren();
      characters = 0;
    },
  };
}
