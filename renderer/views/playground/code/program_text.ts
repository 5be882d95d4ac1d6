/** Runnable client code for the request of a run. */
import type { EegKeys } from '../../../state/eeg_input.ts'

export const PROGRAM_FORMS = ['websocat', 'javascript', 'python'] as const
export type ProgramForm = (typeof PROGRAM_FORMS)[number]

export interface ProgramRequest {
  /** WebSocket address of the gateway for one backend, or of a backend itself. */
  url: string
  file: string
  key: string
  others: EegKeys
}

/** Maximum message size of websocat; its default of 64 KiB would split a picture. */
const WEBSOCAT_BUFFER_BYTES = 64 * 1024 * 1024

export function programText(form: ProgramForm, request: ProgramRequest): string {
  switch (form) {
    case 'websocat':
      return websocat(request)
    case 'javascript':
      return javascript(request)
    case 'python':
      return python(request)
  }
}

/** https://github.com/vi/websocat: `-n1` sends one message, waits for one and closes. */
function websocat({ url, file, key, others }: ProgramRequest): string {
  const head = `{"type":"inference_request","request_id":"from-websocat","data":{${JSON.stringify(key)}:"`
  const keys = Object.entries(others).map(([name, value]) => `,"${name}":${JSON.stringify(value)}`)
  const tail = `"${keys.join('')}}}`
  return [
    `{ printf '%s' ${shell(head)}`,
    `  base64 < ${shell(file)} | tr -d '\\n'`,
    `  printf '%s\\n' ${shell(tail)}`,
    `} | websocat -n1 -B ${WEBSOCAT_BUFFER_BYTES} ${shell(url)}`,
    '',
  ].join('\n')
}

function javascript({ url, file, key, others }: ProgramRequest): string {
  const keys = Object.entries(others).map(
    ([name, value]) => `\n      ${name}: ${JSON.stringify(value)},`,
  )
  return `// npm install ws, then: node request.mjs
import { readFileSync } from 'node:fs'
import WebSocket from 'ws'

const socket = new WebSocket(${JSON.stringify(url)})
socket.on('open', () => {
  const request = {
    type: 'inference_request',
    request_id: crypto.randomUUID(),
    data: {
      ${scriptKey(key)}: readFileSync(${JSON.stringify(file)}).toString('base64'),${keys.join('')}
    },
  }
  socket.send(JSON.stringify(request))
})
socket.on('message', (text) => {
  console.log(JSON.stringify(JSON.parse(text), null, 2))
  socket.close()
})
socket.on('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})
`
}

function python({ url, file, key, others }: ProgramRequest): string {
  const keys = Object.entries(others).map(
    ([name, value]) => `\n            "${name}": ${JSON.stringify(value)},`,
  )
  return `# pip install websockets, then: python3 request.py
import asyncio
import base64
import json
import uuid

import websockets


async def main():
    with open(${pythonText(file)}, "rb") as file:
        content = base64.b64encode(file.read()).decode("ascii")
    request = {
        "type": "inference_request",
        "request_id": str(uuid.uuid4()),
        "data": {
            ${pythonText(key)}: content,${keys.join('')}
        },
    }
    async with websockets.connect(${pythonText(url)}, max_size=None) as socket:
        await socket.send(json.dumps(request))
        print(json.dumps(json.loads(await socket.recv()), indent=2))


asyncio.run(main())
`
}

const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** JavaScript identifiers need no quotes. */
const scriptKey = (text: string) => (/^[A-Za-z_$][\w$]*$/.test(text) ? text : JSON.stringify(text))

/** Every JSON string is a Python string with the same value. */
const pythonText = (text: string) => JSON.stringify(text)
