/** When the window appears, hides and gives up, on a double of Electron and with its clock. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MainWindow, type MainWindowOptions } from './main_window.ts'
import { ElectronDouble } from './testing/electron_double.ts'
import { Gestures } from './trust.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function aWindow(given: Partial<MainWindowOptions> & { isDrawnHidden?: boolean }) {
  const double = new ElectronDouble('/tmp')
  double.isDrawnHidden = given.isDrawnHidden ?? true
  const onLoaded = vi.fn()
  const main = new MainWindow({
    parts: double.parts,
    platform: 'linux',
    preload: '',
    icon: '',
    gateway: '',
    place: { read: () => null, write: () => undefined },
    gestures: new Gestures(() => 0),
    hidesOnClose: () => true,
    mayClose: () => true,
    onClosed: () => undefined,
    onLoaded,
    onPageGone: () => undefined,
    onSessionEnd: () => undefined,
    onFault: () => undefined,
    ...given,
  })
  const window = () => {
    const found = double.windows.at(-1)
    if (found === undefined) throw new Error('there is no window')
    return found
  }
  return { main, window, onLoaded }
}
const maximised = {
  read: () => ({ x: 0, y: 0, width: 900, height: 700, is_maximized: true }),
  write: () => undefined,
}

test('on Linux it appears when its page has loaded, although it was never drawn', async () => {
  const { main, window, onLoaded } = aWindow({ isDrawnHidden: false })
  main.show()
  expect(window().isShown).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(window().isShown).toBe(true)
  expect(onLoaded).toHaveBeenCalledOnce()
})

test('elsewhere it appears after four seconds at the latest; a page that loads counts as a good start', async () => {
  const { main, window, onLoaded } = aWindow({ platform: 'win32', isDrawnHidden: false })
  main.show()
  await vi.advanceTimersByTimeAsync(3999)
  expect([window().isShown, onLoaded.mock.calls.length]).toEqual([false, 1])
  await vi.advanceTimersByTimeAsync(1)
  expect(window().isShown).toBe(true)
})

test('it appears once: one that was hidden meanwhile stays so', async () => {
  const { main, window } = aWindow({})
  main.show()
  await vi.advanceTimersByTimeAsync(1)
  window().close()
  await vi.advanceTimersByTimeAsync(5000)
  window().events.emit('ready-to-show')
  expect([window().isShown, window().isGone]).toEqual([false, false])
})

test('a window that was maximised is so when it first appears, not before', async () => {
  const { main, window } = aWindow({ place: maximised })
  main.show()
  expect([window().isShown, window().isMaximized]).toEqual([false, false])
  await vi.advanceTimersByTimeAsync(1)
  expect([window().isShown, window().isMaximized]).toEqual([true, true])
})

test('a start in the task bar does not come to the front by itself', async () => {
  const { main, window } = aWindow({ place: maximised })
  main.showMinimized()
  await vi.advanceTimersByTimeAsync(5000)
  expect([window().isShown, window().isMinimized]).toEqual([false, true])
  main.show()
  expect([window().isShown, window().isMinimized]).toEqual([true, false])
})

test.each<[NodeJS.Platform, boolean]>([
  ['darwin', false],
  ['linux', true],
])(
  'closed in full screen, it hides on %s after it has left that: %s',
  async (platform, isImmediate) => {
    const { main, window } = aWindow({ platform })
    main.show()
    await vi.advanceTimersByTimeAsync(1)
    window().isFullScreen = true
    window().close()
    expect(window().isShown).toBe(!isImmediate)
    await vi.advanceTimersByTimeAsync(1)
    expect([window().isShown, window().isFullScreen]).toEqual([false, isImmediate])
  },
)
