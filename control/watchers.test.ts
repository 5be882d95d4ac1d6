import { expect, it } from 'vitest'
import { Watchers } from './watchers.ts'

it('reports when the first watcher arrives and the last one leaves', () => {
  const watchers = new Watchers()
  const told: boolean[] = []
  const end = watchers.onChange(() => told.push(watchers.isWatched))
  const [panel, other] = [{}, {}]
  watchers.add(panel)
  watchers.add(panel)
  watchers.add(other)
  watchers.remove(panel)
  expect(told).toEqual([true])
  watchers.remove(other)
  watchers.remove(other)
  expect(told).toEqual([true, false])
  end()
  watchers.add(panel)
  expect(told).toEqual([true, false])
})
