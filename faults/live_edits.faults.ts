import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../testing/processes.ts'
import { demand } from './demand.ts'
import { areAll, type RequestFlow } from './request_flow.ts'
import { faulty, type Section } from './sections.ts'
import type { Plane, Stage } from './fixture.ts'
import { testFaults } from './test_faults.ts'

const BAD_HOSTS = ['http://localhost', 'my host', '127.0.0.1:8768', '300.1.1.1', '#x', '::1%lo/x']

testFaults('a configuration file that changes while backends run', [
  {
    name: 'bad host saved live',
    documented:
      'the file is refused with a problem that names the key; what runs keeps its process and answers',
    run: async (stage) => {
      const { plane, good, pid, flow } = await serving(stage)
      for (const host of BAD_HOSTS) {
        const bad = { ...(await faulty('none')), host, enabled: true }
        write(plane.panel.file, { good, bad })
        const { key } = await problemOf(plane, `host "${host}"`)
        demand(key.includes('host'), `the problem of host "${host}" names ${key}`)
        await serves(plane, flow, pid)
        write(plane.panel.file, { good })
        await noProblem(plane)
      }
      return `${BAD_HOSTS.length} hosts refused; the running backend was never touched`
    },
  },
  {
    name: 'save during a slow start',
    documented: 'the edit takes effect, the backend that starts goes on starting and becomes ready',
    run: async (stage) => {
      const slow = await faulty('none', [], { health_interval: 1 })
      const plane = await stage.open({ slow })
      await plane.link.backendWhere('slow', 'began to start', ({ pid }) => pid !== null)
      const more = await faulty('none')
      for (let edit = 0; edit < 5; edit++) {
        write(plane.panel.file, edit % 2 === 0 ? { slow, more } : { slow })
      }
      write(plane.panel.file, { slow, more })
      await plane.link.ready('slow')
      await until('the new section', () =>
        plane.link.snapshot.backends.some(({ name }) => name === 'more'),
      )
      await plane.link.ready('more')
      const cards = await plane.link.cards('slow', 0)
      demand(cards.length === 0, 'the slow start was ended by the edit')
      const states = await plane.link.states('slow')
      demand(!states.includes('stopping'), `its states were ${states.join(', ')}`)
      return `6 edits while it started; states: ${states.join(', ')}`
    },
  },
  ...(process.platform === 'win32'
    ? []
    : [
        {
          name: 'models.yaml is a FIFO',
          documented: 'refused as a file; nobody waits for it, and the plane stops in order',
          run: async (stage: Stage) => {
            const { plane, good, pid, flow } = await serving(stage)
            const { file } = plane.panel
            execFileSync('mkfifo', [`${file}.fifo`])
            renameSync(`${file}.fifo`, file)
            const { message } = await problemOf(plane, 'the FIFO')
            await serves(plane, flow, pid)
            rmSync(file)
            write(file, { good })
            await noProblem(plane)
            execFileSync('mkfifo', [`${file}.fifo`])
            renameSync(`${file}.fifo`, file)
            await problemOf(plane, 'the FIFO')
            return `refused: ${message}; served meanwhile; stopped with the FIFO in place`
          },
        },
        {
          name: 'models.yaml behind links',
          documented: 'a ConfigMap that is swapped, and an edit of the target, take effect',
          run: async (stage: Stage) => {
            const { plane, good, pid, flow } = await serving(stage)
            const { file } = plane.panel
            const folder = path.dirname(file)
            const version = (name: string, sections: Record<string, Section>) => {
              mkdirSync(path.join(folder, name), { recursive: true })
              write(path.join(folder, name, 'models.yaml'), sections)
            }
            const swap = (name: string) => {
              symlinkSync(name, path.join(folder, '..tmp'))
              renameSync(path.join(folder, '..tmp'), path.join(folder, '..data'))
            }
            version('..v1', { good })
            swap('..v1')
            symlinkSync('..data/models.yaml', `${file}.link`)
            renameSync(`${file}.link`, file)
            version('..v2', { good, second: { ...(await faulty('none')), enabled: false } })
            swap('..v2')
            await known(plane, 'second')
            version('..v2', { good, third: { ...(await faulty('none')), enabled: false } })
            await known(plane, 'third')
            await serves(plane, flow, pid)
            return 'a swapped link and an edited target took effect'
          },
        },
        {
          name: 'folder of models.yaml replaced',
          documented: 'the file in the new folder is read, and so are its later edits',
          run: async (stage: Stage) => {
            const { plane, good, pid, flow } = await serving(stage)
            const { file } = plane.panel
            const folder = path.dirname(file)
            renameSync(folder, `${folder}-old`)
            mkdirSync(folder)
            try {
              write(file, { good, second: { ...(await faulty('none')), enabled: false } })
              await known(plane, 'second')
              write(file, { good, third: { ...(await faulty('none')), enabled: false } })
              await known(plane, 'third')
              await serves(plane, flow, pid)
            } finally {
              rmSync(`${folder}-old`, { recursive: true })
            }
            return 'the new folder is watched'
          },
        },
      ]),
])

async function serving(stage: Stage) {
  const good = await faulty('none')
  const plane = await stage.open({ good })
  const { pid } = await plane.link.ready('good')
  return { plane, good, pid, flow: await stage.requests(plane, 'good') }
}

/** Atomically, as editors save. */
function write(file: string, sections: Record<string, Section>): void {
  writeFileSync(`${file}.new`, JSON.stringify({ model_backends: sections }))
  renameSync(`${file}.new`, file)
}

async function serves({ link }: Plane, flow: RequestFlow, pid: number | null): Promise<void> {
  const outcomes = await flow.ask(2)
  demand(areAll(outcomes, 'ok'), `the running backend answered ${outcomes.join(', ')}`)
  const now = link.backend('good').pid
  demand(now === pid, `the running backend was restarted: pid ${pid} became ${now}`)
}

const problemOf = ({ link }: Plane, what: string) =>
  until(`a problem with ${what}`, () => link.snapshot.plane.config.problems[0])

const noProblem = ({ link }: Plane) =>
  until('a good configuration', () => link.snapshot.plane.config.problems.length === 0)

const known = ({ link }: Plane, name: string) =>
  until(`the section ${name}`, () => link.snapshot.backends.some((one) => one.name === name))
