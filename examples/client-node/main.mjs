/** Sends a picture to a backend and prints its prediction: `node examples/client-node/main.mjs FILE [URL]`. */
import { readFile } from 'node:fs/promises'
import { BackendClient, openSocket, ProtocolError } from 'switchyard/client'

const [file = 'portrait.jpg', url = 'ws://127.0.0.1:8765/backends/emotion'] = process.argv.slice(2)
const client = new BackendClient({ name: 'emotion', url, openSocket: () => openSocket(url) })
try {
  const { data, roundTripMs } = await client.infer({ image: await readFile(file) })
  console.log(`${data.prediction} in ${roundTripMs.toFixed(0)} ms`)
} catch (error) {
  if (!(error instanceof ProtocolError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
} finally {
  await client.close()
}
