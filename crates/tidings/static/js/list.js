// The list of messages: the newest at the end, and in view unless the reader has scrolled back.

/** The most items that are kept, and the most characters in all of them together; the newest stays, whatever its size. */
const MAX_ITEMS = 500;
const MAX_CHARACTERS = 4_000_000;

/** How many pixels from the end still count as being there: browsers round. */
const NEAR = 8;

/** A list in `items`, which scrolls in `frame`. */
export function messageList(frame, items) {
  let characters = 0;
  let atEnd = true;
  let scrolling = false;

  frame.addEventListener('scroll', () => {
    atEnd = frame.scrollHeight - frame.scrollTop - frame.clientHeight <= NEAR;
  }, { passive: true });

  function append(item) {
    items.append(item);
    characters += item.textContent.length;
    while (items.childElementCount > 1 && (items.childElementCount > MAX_ITEMS || characters > MAX_CHARACTERS)) {
      characters -= items.firstElementChild.textContent.length;
      items.firstElementChild.remove();
    }
    if (atEnd) scrollToEnd();
  }

  // Once for all messages of a frame: reading the height makes the browser lay the page out.
  function scrollToEnd() {
    if (scrolling) return;
    scrolling = true;
    requestAnimationFrame(() => {
      scrolling = false;
      frame.scrollTop = frame.scrollHeight;
    });
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
      atEnd = true;
    },
  };
}
