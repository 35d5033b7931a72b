"""Publishes once with pymercure: pymercure_publisher_adapter.py HUB TOKEN UPDATE."""

import json
import sys

from pymercure.exceptions import PublishRejectedError, UnauthorizedPublisherError
from pymercure.message import Message
from pymercure.publisher.sync import SyncPublisher

hub, token, update = sys.argv[1:]
update = json.loads(update)
message = Message(
    update["topics"], update["data"], message_id=update.get("id"), event_type=update.get("type")
)
try:
    answer = {"id": SyncPublisher(hub, token).publish(message)}
except (PublishRejectedError, UnauthorizedPublisherError) as error:
    answer = {"error": type(error).__name__}
print(json.dumps(answer))
