import { aboutKey, CONFIG_KEYS, type ConfigKey } from '../../../protocol/config.ts'

export const config_keys = Object.fromEntries(
  CONFIG_KEYS.map((key) => [key, aboutKey(key).description]),
) as Record<ConfigKey, string>
