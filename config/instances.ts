/** From a section of the config to the processes (or addresses) that serve it. Pure. */
import type { BackendConfig } from '../protocol/config.ts'

export interface Instance {
  /** `emotion`; with replicas `emotion-1`, `emotion-2`, .. */
  id: string
  /** The section with the address of this one. */
  config: BackendConfig
}

/** One for each of `replicas`, on ports that follow each other, or for each of `hosts`; most sections have just one. */
export function instancesOf(backend: string, config: BackendConfig): Instance[] {
  const addresses = config.hosts?.map(addressOf) ?? portsOf(config)
  return addresses.map((address, index) => ({
    id: addresses.length === 1 ? backend : `${backend}-${index + 1}`,
    config: { ...config, ...address },
  }))
}

function portsOf({ host, port, replicas }: BackendConfig): { host: string; port: number }[] {
  return Array.from({ length: replicas }, (_, index) => ({ host, port: port + index }))
}

/** `gpu-box:8768`, `[::1]:8768`; the schema has checked the form. */
function addressOf(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return {
    host: text.slice(0, colon).replaceAll(/^\[|\]$/g, ''),
    port: Number(text.slice(colon + 1)),
  }
}
