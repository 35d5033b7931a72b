"""Publishes once with mercure-publisher, which signs its tokens itself: mercure_publisher_adapter.py HUB KEY UPDATE."""

import json
import sys

from mercure_publisher import MercureConfig, MercurePublisher, MercurePublishError

hub, key, update = sys.argv[1:]
update = json.loads(update)
grants = update.pop("grants", ["*"])
config = MercureConfig(hub_url=hub, publisher_jwt_key=key, publish_topics=grants)
with MercurePublisher(config) as publisher:
    try:
        answer = {"id": publisher.publish(update.pop("topics"), update.pop("data"), **update)}
    except MercurePublishError as error:
        answer = {"error": f"MercurePublishError {error.status_code}"}
print(json.dumps(answer))
