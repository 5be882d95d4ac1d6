import { readAddress } from '../protocol/address.ts'
import type { BackendConfig } from '../protocol/config.ts'

export interface Instance {
  /** `emotion`; with replicas `emotion-1`, `emotion-2`, .. */
  id: string
  config: BackendConfig
}

/** One instance per replica, on consecutive ports, or one per entry of `hosts`. */
export function instancesOf(backend: string, config: BackendConfig): Instance[] {
  const addresses = config.hosts?.flatMap(addressOf) ?? portsOf(config)
  return addresses.map((address, index) => ({
    id: addresses.length === 1 ? backend : `${backend}-${index + 1}`,
    config: { ...config, ...address },
  }))
}

function portsOf({ host, port, replicas }: BackendConfig): { host: string; port: number }[] {
  return Array.from({ length: replicas }, (_, index) => ({ host, port: port + index }))
}

function addressOf(text: string): { host: string; port: number }[] {
  const address = readAddress(text)
  return address.ok ? [{ host: address.host, port: address.port }] : []
}
