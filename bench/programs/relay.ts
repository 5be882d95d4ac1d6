/** Passes bytes between its port and another, unread: the least that a gateway in Node can cost. Prints where it listens. */
import { connect, createServer, type AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

const { port } = new URL(process.argv[2] ?? '')
const server = createServer({ noDelay: true }, (client) => {
  const target = connect({ host: '127.0.0.1', port: Number(port), noDelay: true })
  const end = () => {
    client.destroy()
    target.destroy()
  }
  pipeline(client, target, end)
  pipeline(target, client, end)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as AddressInfo
  process.stdout.write(`listening on ws://127.0.0.1:${address.port}\nready on nothing\n`)
})
process.on('SIGTERM', () => process.exit(0))
