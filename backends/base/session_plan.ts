export interface SessionPlan {
  /** onnxruntime's intra-op threads of the first session on each device. */
  firstThreads: number
  /** Of the sessions that join later. */
  furtherThreads: number
  /** Sessions that run side by side, once the models' provider (display name) is known. */
  sharedOn(provider: string): number
  /** Whether the first session is another one, which only serves requests that are alone. */
  reservesFirst(provider: string): boolean
}

/** More copies gain little, and each costs tens of megabytes. */
const AUTO_SESSIONS_MAX = 4
/** Several of these in one process crash it, or share a device that one fills. */
const SINGLE_PROVIDERS = ['WebGPU', 'CoreML']

/**
 * One request at a time is fastest with all cores, many together with a core each: on two cores, a MobileNetV2 took 9.2 ms on
 * two threads and 16.8 on one, and 16 clients had 164 images/s from two sessions of one thread, 130 from one of two, and 140
 * from two of two. So on the CPU the first session has `threadsAlone` and serves what is alone, and the others share
 * `threads`. `sessions` sets the number of equal ones instead.
 */
export function planSessions(
  config: {
    threads?: number | undefined
    sessions?: number | undefined
    device_ids?: readonly number[] | undefined
  },
  cores: number,
  threadsAlone = config.threads ?? cores,
): SessionPlan {
  const threads = config.threads ?? cores
  const devices = config.device_ids?.length ?? 1
  const reserves = config.sessions === undefined && devices === 1 && threadsAlone > 1
  const sessions = config.sessions ?? Math.min(threads, AUTO_SESSIONS_MAX)
  const each = Math.max(1, Math.floor(threads / (sessions * devices)))
  return {
    firstThreads: reserves ? threadsAlone : each,
    furtherThreads: each,
    sharedOn: (provider) => {
      if (SINGLE_PROVIDERS.some((single) => provider.includes(single))) return devices
      return (provider === 'CPU' ? sessions : (config.sessions ?? 1)) * devices
    },
    reservesFirst: (provider) => reserves && provider === 'CPU',
  }
}
