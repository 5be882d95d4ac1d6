/** Where the control plane hands out log lines as a file. Pure. */
import type { ExportFormat, ExportScope, LogQuery } from '../../../protocol/logs.ts'

export interface LogExport {
  query: LogQuery
  format: ExportFormat
  scope: ExportScope
}

export function exportAddress({ query, format, scope }: LogExport): string {
  const params = new URLSearchParams({ format, scope, query: JSON.stringify(query) })
  return `/download/logs?${params.toString()}`
}
