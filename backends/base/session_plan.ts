export interface SessionPlan {
  /** onnxruntime's intra-op threads per session. */
  threads: number
  /** Total sessions, once the models' provider (display name) is known. */
  sessionsOn(provider: string): number
}

/** More copies gain little, and each costs tens of megabytes. */
const AUTO_SESSIONS_MAX = 4
/** Several of these in one process crash it, or share a device that one fills. */
const SINGLE_PROVIDERS = ['WebGPU', 'CoreML']

/**
 * Small models leave a core partly idle while JavaScript runs. On two cores, two sessions of two threads gave 1.6
 * times the images/s of one at the same latency. Hence one session per CPU thread, with at most twice as many threads
 * as cores.
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
