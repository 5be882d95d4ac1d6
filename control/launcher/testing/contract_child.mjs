/** The child process of the launcher contract: prints its input, then acts on its first argument. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const [task = 'wait', file = ''] = process.argv.slice(2)
/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`)

// Node's channel or Electron's port, as in backends/base/parent_messages.ts.
/** @param {{ shutdown?: boolean }} message */
const receive = (message) => {
  say(`told ${JSON.stringify(message)}`)
  if (message?.shutdown) end()
}
process.on('message', receive)
const { parentPort } = /** @type {any} */ (process)
parentPort?.on('message', (/** @type {any} */ event) => receive(event.data))
process.on('SIGTERM', () => {
  if (task === 'stubborn') say('not yet')
  else end()
})
// A channel reports the end of the parent; without one it is polled, as in backends/base/parent_watch.ts.
const leave = () => {
  writeFileSync(file, 'the parent exited')
  process.exit(0)
}
if (task === 'orphan') {
  process.on('disconnect', leave)
  const parent = Number(process.env.SWITCHYARD_PARENT_PID)
  setInterval(() => {
    try {
      process.kill(parent, 0)
    } catch {
      leave()
    }
  }, 100)
}

function end() {
  say('ending')
  process.exit(0)
}

say(`pid ${process.pid} parent ${process.env.SWITCHYARD_PARENT_PID} extra ${process.env.EXTRA}`)
process.stderr.write('on stderr\n')
// Once the pipes have taken everything.
if (task === 'exit') process.stdout.write('', () => process.stderr.write('', () => process.exit(3)))
else if (task === 'crash') process.kill(process.pid, 'SIGSEGV')
else if (task === 'abort') process.abort()
else if (task === 'much') {
  process.stdout.write(`${'x'.repeat(300_000)}\nlast line\n`)
} else if (task === 'child') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  say(`child ${child.pid}`)
  setInterval(() => undefined, 1000)
} else if (task === 'holder') {
  // In a separate session, so that it outlives the group.
  const script = `const { existsSync, writeSync } = require('node:fs')
    console.log('holding')
    writeSync(3, 'up')
    setInterval(() => {
      if (!existsSync(process.argv[1])) return
      console.log('from the grandchild')
      process.exit(0)
    }, 10)`
  const child = spawn(process.execPath, ['-e', script, file], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    detached: true,
  })
  child.stdio[3]?.once('data', () => {
    process.stdout.write('last words\n', () => process.exit(3))
  })
} else setInterval(() => undefined, 1000)
