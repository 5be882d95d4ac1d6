/** How many copies of the models run side by side, and with how many threads each. */

export interface SessionPlan {
  /** onnxruntime's intra-op threads of each session. */
  threads: number
  /** Sessions in all, once the models have said on which provider (display name) they run. */
  sessionsOn(provider: string): number
}

/** More copies gain little and each costs tens of megabytes. */
const AUTO_SESSIONS_MAX = 4
/** More than one of these in a process crashes it, or they share one device that a single one fills. */
const SINGLE_PROVIDERS = ['WebGPU', 'CoreML']

/**
 * A session of these small models keeps less than one core busy: its run waits for JavaScript between two models. Two with
 * two threads each gave 1.6 times the images/s of one with two threads on two cores, and left a single client its latency
 * (one thread each: 1.2 times the latency). So on the CPU there is one session a thread, and the threads of all add up to
 * twice the cores at most.
 *
 * `cores` is what the machine has, for when the configuration names no `threads`.
 */
export function planSessions(
  config: {
    threads?: number | undefined
    sessions?: number | undefined
    device_ids?: readonly number[] | undefined
  },
  cores: number,
): SessionPlan {
  const threads = config.threads ?? cores
  const devices = config.device_ids?.length ?? 1
  const onCpu = (config.sessions ?? Math.min(threads, AUTO_SESSIONS_MAX)) * devices
  return {
    threads: Math.max(1, Math.min(threads, Math.ceil((2 * threads) / onCpu))),
    sessionsOn: (provider) => {
      if (SINGLE_PROVIDERS.some((single) => provider.includes(single))) return 1
      return provider === 'CPU' ? onCpu : (config.sessions ?? 1) * devices
    },
  }
}
