/** Debian packages for some integration tests; without them these tests are skipped, with the reason. */
import { existsSync } from 'node:fs'
import { runStep, SetupError } from './step.mjs'

/** Package, and a file that proves its installation. */
const EXTRAS = [
  // A third-party WebSocket client.
  { name: 'python3-websockets', proof: '/usr/lib/python3/dist-packages/websockets' },
  // The reverse proxy of docs/reverse-proxy.md.
  { name: 'nginx', proof: '/usr/sbin/nginx' },
  // Creates the certificate of its test.
  { name: 'openssl', proof: '/usr/bin/openssl' },
  // Loads the software Vulkan driver of Debian's chromium: the WebGPU provider without a GPU.
  { name: 'libvulkan1', proof: '/usr/lib/x86_64-linux-gnu/libvulkan.so.1' },
]

/**
 * Resolves also, with a message, when they cannot be installed.
 * @param {import('./step.mjs').StepContext} context
 */
export async function ensureDebianExtras(context) {
  const missing = EXTRAS.filter(({ proof }) => !existsSync(proof)).map(({ name }) => name)
  const canInstall =
    process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (missing.length === 0 || !canInstall) return
  const common = {
    ...context,
    command: 'apt-get',
    // Runlevel 1: the package does not start its service.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    remedy: `The tests that need ${missing.join(' and ')} are skipped.`,
  }
  try {
    await runStep({ ...common, title: 'Reading the package lists', args: ['update'] })
    await runStep({
      ...common,
      title: `Installing ${missing.join(' and ')} for the integration tests`,
      args: ['install', '-y', '--no-install-recommends', ...missing],
    })
  } catch (error) {
    if (!(error instanceof SetupError) || context.signal.aborted) throw error
    context.say(error.message)
  }
}
