/**
 * Error boundary of one backend. Wraps every callback that runs for it (timer, process event, health check, promise): a
 * thrown error fails this backend instead of crashing the control plane.
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
