// Node with better-sse: a channel that everybody is in, as in the documentation of better-sse.
// The serializer leaves text as it is, so that the same bytes go to a subscriber as from the others.
import { createServer } from 'node:http'
import { createChannel, createSession } from 'better-sse'

const [host, port] = process.argv.slice(2)
const channel = createChannel()

const server = createServer(async (request, response) => {
  if (request.method === 'POST') {
    const parts = []
    for await (const part of request) parts.push(part)
    channel.broadcast(JSON.parse(Buffer.concat(parts).toString()).message)
    response.setHeader('Content-Type', 'application/json')
    response.end('true')
  } else {
    channel.register(await createSession(request, response, { serializer: (text) => text }))
  }
})
server.listen({ host, port: Number(port), backlog: 4096 })
