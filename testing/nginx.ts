/**
 * For tests: Debian's nginx with the exact text of docs/reverse-proxy.md, on free ports and with a generated
 * certificate.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort, ROOT_DIR, until } from './processes.ts'

const NGINX = '/usr/sbin/nginx'

/** Why nginx cannot be started here; null if it can. */
export const nginxFault =
  existsSync(NGINX) && spawnSync('openssl', ['version']).status === 0
    ? null
    : `${NGINX} or openssl is missing`

export interface Nginx {
  /** As documented, and with nginx's default Host and no proxy headers. */
  ports: { documented: number; plain: number }
  close(): Promise<void>
}

export async function startNginx(panelPort: string): Promise<Nginx> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nginx-'))
  const ports = { documented: await freePort(), plain: await freePort() }
  const [pem, key] = [path.join(folder, 'own.pem'), path.join(folder, 'own.key')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=ai.example.com', '-days', '1', '-keyout', key, '-out', pem],
  ])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  const page = readFileSync(path.join(ROOT_DIR, 'docs', 'reverse-proxy.md'), 'utf8')
  const documented = (/```nginx\n([^]*?)```/.exec(page)?.[1] ?? '')
    .replace('listen 443 ssl', `listen 127.0.0.1:${ports.documented} ssl`)
    .replace('/etc/ssl/certs/ai.example.com.pem', pem)
    .replace('/etc/ssl/private/ai.example.com.key', key)
    .replace('127.0.0.1:8765', `127.0.0.1:${panelPort}`)
  const plain = documented
    .slice(documented.indexOf('server {'))
    .replace(`:${ports.documented} `, `:${ports.plain} `)
    .replace(/^ *proxy_set_header (?:Host|X-Forwarded-\w+) .*\n/gm, '')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const file = path.join(folder, 'nginx.conf')
  writeFileSync(
    file,
    [
      `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;`,
      'events {}',
      `http { access_log off; ${temporary.join(' ')}`,
      documented,
      plain,
      '}',
    ].join('\n'),
  )
  const nginx = spawn(NGINX, ['-p', folder, '-e', `${folder}/error.log`, '-c', file], {
    stdio: 'inherit',
  })
  for (const port of Object.values(ports)) await until('nginx listens', () => canConnect(port))
  return {
    ports,
    close: async () => {
      const ended = new Promise((resolve) => nginx.once('close', resolve))
      nginx.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const canConnect = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
