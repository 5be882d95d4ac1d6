import type { LogLevel } from '../../protocol/control.ts'

/** Python, log4j, java.util.logging, syslog, loguru, zap, .NET, and the single letters of glog, absl and onnxruntime. */
const LEVELS: Record<LogLevel, readonly string[]> = {
  debug: ['TRACE', 'DEBUG', 'VERBOSE', 'FINE', 'FINER', 'FINEST', 'DBUG', 'TRCE', 'V', 'D'],
  info: ['INFO', 'INFORMATION', 'NOTICE', 'SUCCESS', 'CONFIG', 'I'],
  warn: ['WARN', 'WARNING', 'W'],
  error: [
    ...['ERROR', 'ERR', 'CRITICAL', 'CRIT', 'FATAL', 'SEVERE', 'FAIL', 'ALERT', 'EMERG'],
    ...['EMERGENCY', 'PANIC', 'DPANIC', 'E', 'F'],
  ],
}

const LEVEL_OF_WORD = new Map<string, LogLevel>(
  Object.entries(LEVELS).flatMap(([level, words]) =>
    words.map((word) => [word, level as LogLevel] as const),
  ),
)

/** Case-insensitive; null for an unknown word. */
export function levelOfWord(word: string): LogLevel | null {
  return LEVEL_OF_WORD.get(word.toUpperCase()) ?? null
}

/** 10 to 60 of pino and bunyan (https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object); null for others. */
export function levelOfNumber(level: number): LogLevel | null {
  if (!(level >= 10 && level < 100)) return null
  if (level < 30) return 'debug'
  if (level < 40) return 'info'
  return level < 50 ? 'warn' : 'error'
}
