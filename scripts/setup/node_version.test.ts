import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { NODE_VERSION_MIN, nodeVersionProblem } from './node_version.mjs'

it.each(['20.19.0', '20.20.2', '22.0.0', '100.0.0', '20.19.0-nightly'])(
  'accepts Node %s',
  (version) => {
    expect(nodeVersionProblem(version)).toBeNull()
  },
)

it.each(['18.20.4', '20.18.3', '20.9.0', '9.99.99'])('refuses Node %s, naming both', (version) => {
  const problem = nodeVersionProblem(version)
  expect(problem).toContain(version)
  expect(problem).toContain(NODE_VERSION_MIN)
})

it('asks for the same version as package.json', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    engines: { node: string }
  }
  expect(engines.node).toBe(`>=${NODE_VERSION_MIN}`)
})
