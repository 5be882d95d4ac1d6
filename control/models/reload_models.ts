/** Asks a backend to load its model files anew, over its own port. */
import { WebSocket } from 'ws'
import { z } from 'zod'
import { errorMessageSchema, reloadedSchema } from '../../protocol/backend.ts'
import { ControlError } from '../../protocol/errors.ts'
import { CLOSE_WAIT, closeGracefully } from '../../server/graceful_close.ts'
import { bearerHeaders } from '../../server/token.ts'

/** A large model takes its time to load and to warm up. */
const RELOAD_MS_MAX = 120_000
const REQUEST_ID = 'reload'

const answerSchema = z.union([reloadedSchema, errorMessageSchema])

/** Resolves when the new files are in force; rejects with the reason why the old ones stay. */
export function reloadModels({ url, token }: { url: string; token: string | null }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      ...CLOSE_WAIT,
      perMessageDeflate: false,
      headers: bearerHeaders(token),
    })
    const end = (act: () => void) => {
      clearTimeout(timer)
      closeGracefully(socket)
      act()
    }
    const fail = (why: string) => {
      end(() => {
        reject(new ControlError('not_reloaded', why))
      })
    }
    const timer = setTimeout(() => {
      fail(`no answer within ${RELOAD_MS_MAX / 1000} s`)
    }, RELOAD_MS_MAX)
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'reload', request_id: REQUEST_ID }))
    })
    socket.on('message', (data: Buffer) => {
      const answer = answerSchema.safeParse(parsed(data)).data
      if (answer?.type === 'reloaded') end(resolve)
      else if (answer?.type === 'error') fail(answer.error)
    })
    socket.on('error', (error) => {
      fail(`${url} cannot be reached: ${error.message}`)
    })
    socket.on('close', () => {
      fail('the backend closed the connection')
    })
  })
}

function parsed(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'))
  } catch {
    return null
  }
}
