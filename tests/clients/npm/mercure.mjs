// Publishes once with the publisher of the package mercure: `mercure.mjs HUB TOKEN UPDATE`.
import { Publisher } from "mercure";

const [hub, jwt, update] = process.argv.slice(2);
const { protocol, hostname, port, pathname } = new URL(hub);
const { topics, data, id, type } = JSON.parse(update);
const publisher = new Publisher({
  protocol: protocol.slice(0, -1),
  host: hostname,
  port: Number(port),
  path: pathname,
  jwt,
});
let answer;
try {
  answer = { id: await publisher.publish(topics, data, { id, type }) };
} catch (error) {
  answer = { error: error.message };
}
console.log(JSON.stringify(answer));
process.exit();
