/** Every file of SWITCHYARD_CASES/config is either rejected clearly or works. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './load.ts'

const folder = path.join(process.env.SWITCHYARD_CASES ?? '', 'config')
const files =
  process.env.SWITCHYARD_CASES !== undefined && existsSync(folder) ? readdirSync(folder) : []

type Refusal = [line: number, key: string, message: RegExp, remedy: RegExp]

const HOST = /is a URL|contains/
const REFUSED: Record<string, Refusal> = {
  'external_host_port.yaml': [2, 'lab.host', /"lab-2:8773": contains a port/, /host: lab-2/],
  'external_hosts_bad.yaml': [2, 'lab.hosts.0', /"lab 2:8773": contains a space/, /a name/],
  'host_slash.yaml': [2, 'eeg.host', /"localhost\/": contains a path/, /host: localhost/],
  'host_space.yaml': [2, 'eeg.host', /"my host": contains a space/, /a name/],
  'host_star.yaml': [2, 'eeg.host', /"\*": is not an address/, /0\.0\.0\.0/],
  'host_url.yaml': [2, 'eeg.host', /is a URL/, /host: 127\.0\.0\.1/],
  'host_with_port.yaml': [2, 'eeg.host', /contains a port/, /host: 127\.0\.0\.1/],
  'live_env_key.yaml': [3, 'm.env.A=B', /is not a valid name: .*"="/, /Write a text/],
  'live_external_host_port.yaml': [3, 'lab.host', HOST, /host: lab-2/],
  'live_hosts_ip_typo.yaml': [3, 'lab.hosts.0', /is not an IPv4 address/, /0 to 255/],
  'live_ip_typo.yaml': [3, 'lab.host', /is not an IPv4 address/, /0 to 255/],
  'live_ip_typo_disabled.yaml': [3, 'lab.host', /is not an IPv4 address/, /0 to 255/],
  'live_new_backend_url.yaml': [3, 'emotion.host', HOST, /host: 127\.0\.0\.1/],
  'live_nul.yaml': [3, 'm.command.1', /contains a NUL character/, /Remove it/],
  'live_reserved_names.yaml': [3, 'supervisor', /part of Switchyard/, /another name/],
  'yaml_30s.yaml': [5, 'eeg.request_timeout', /"30s"/, /Write 30/],
  'yaml_capital.yaml': [2, 'Mein-Modell', /not a valid backend name/, /For example: mein-modell/],
  'yaml_command_braces.yaml': [2, 'py.command.3', /an object/, /"\{port\}"/],
  'yaml_command_text.yaml': [2, 'py.command', /^command must be an array/, /\[python3/],
  'yaml_duplicate.yaml': [4, '', /unique/, /./],
  'yaml_empty.yaml': [1, '', /no backends yet/, /./],
  'yaml_host_port.yaml': [2, 'eeg.host', HOST, /host: 127\.0\.0\.1/],
  'yaml_host_url.yaml': [2, 'eeg.host', HOST, /host: 127\.0\.0\.1/],
  'yaml_list.yaml': [1, '*', /not an array/, /List the backends/],
  'yaml_null.yaml': [1, '*', /no backends yet/, /List the backends/],
  'yaml_on.yaml': [2, 'eeg.enabled', /"on"/, /Write true/],
  'yaml_port_text.yaml': [2, 'eeg.port', /"41103"/, /Write 41103/],
  'yaml_tabs.yaml': [2, '', /[Tt]ab/, /indentation/],
  'yaml_two_docs.yaml': [3, '', /more than one document/, /---/],
  'yaml_windows_path.yaml': [6, '', /[Ee]scape/, /'C:\\models\\animals\.onnx'/],
  'yaml_windows_path_valid_escapes.yaml': [6, '', /\\t/, /'C:\\temp\\new\.onnx'/],
  'yaml_yes.yaml': [2, 'eeg.enabled', /"yes"/, /Write true/],
}

/** The host, or another value that proves that the section was read correctly. */
const ACCEPTED: Record<string, object> = {
  'cwd_gone.yaml': { py: { cwd: '/does/not/exist' } },
  'external_same_port.yaml': { emotion: { port: 8768 }, 'emotion-lab': { host: 'lab-2' } },
  'extn.yaml': { noname: { host: 'nosuch.invalid' } },
  'host_brackets.yaml': { eeg: { host: '::1' } },
  'live_brackets.yaml': { eeg: { host: '::1' } },
  'live_constructor.yaml': { constructor: { port: 41106 } },
  'live_exit0.yaml': { m: { command: ['/bin/sh', '-c', 'exit 0'] } },
  'no_program.yaml': { py: { command: ['pyhton3', 'backend.py'] } },
  'yaml_command_number.yaml': { py: { command: ['python3', 'backend.py', '--port', '41106'] } },
  'yaml_env_numbers.yaml': { eeg: { env: { CUDA_VISIBLE_DEVICES: '0', DEBUG: 'true' } } },
  'yaml_merge.yaml': { eeg: { host: '127.0.0.1', request_timeout: 12, port: 41103 } },
  'yaml_no_runtime.yaml': { animals: { runtime: 'builtin' } },
  'yaml_octal.yaml': { eeg: { port: 41103 } },
  'yaml_utf16.yaml': { eeg: { host: '127.0.0.1', port: 41103 } },
}

describe.runIf(files.length > 0)('the cases', () => {
  it('each have an expected end', () => {
    expect([...Object.keys(REFUSED), ...Object.keys(ACCEPTED)].sort()).toEqual([...files].sort())
  })

  it.each(Object.entries(REFUSED))('%s is refused', async (name, [line, key, message, remedy]) => {
    const loaded = await loadConfig(path.join(folder, name))
    expect(loaded.ok ? [] : loaded.problems).toContainEqual(
      expect.objectContaining({
        file: path.join(folder, name),
        line,
        key: key === '' ? '' : key === '*' ? 'model_backends' : `model_backends.${key}`,
        message: expect.stringMatching(message) as string,
        remedy: expect.stringMatching(remedy) as string,
      }),
    )
  })

  it.each(Object.entries(ACCEPTED))('%s is accepted', async (name, sections) => {
    const loaded = await loadConfig(path.join(folder, name))
    expect(loaded).toMatchObject({ ok: true, config: { model_backends: sections } })
  })
})
