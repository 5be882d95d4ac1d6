/**
 * The wall around one backend. Every callback that runs on its behalf (timer, event of its process, health check, promise) passes
 * through it: what the callback throws is the fault of that backend and never reaches the event loop, where it would end them all.
 */
export type Wall = <A extends unknown[]>(act: (...args: A) => void) => (...args: A) => void

export function createWall(onFault: (error: unknown) => void): Wall {
  return (act) =>
    (...args) => {
      try {
        act(...args)
      } catch (error) {
        onFault(error)
      }
    }
}
