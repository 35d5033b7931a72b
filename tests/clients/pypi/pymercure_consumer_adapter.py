"""The consumer of pymercure, which has no token and does not reconnect."""

from urllib.parse import parse_qs, urlsplit

from pymercure.consumer import Consumer

from printing import URL, show

parts = urlsplit(URL)
consumer = Consumer(
    f"{parts.scheme}://{parts.netloc}{parts.path}",
    parse_qs(parts.query)["topic"],
    lambda message: show(message.message_id, message.event_type, message.data),
)
consumer.start_consumption()
