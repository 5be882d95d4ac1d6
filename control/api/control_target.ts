import type { ControlResult, Snapshot } from '../../protocol/control.ts'
import type { PlaneEvent } from '../../protocol/events.ts'
import type { ConfigKeeper } from '../config_keeper.ts'
import type { CrashStore } from '../crash/crash_store.ts'
import type { EventLog } from '../events/event_log.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { Logs } from '../logs/logs.ts'
import type { Profiler } from '../models/profile_model.ts'
import type { Fleet } from '../supervisor/fleet.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Watchers } from '../watchers.ts'
import type { TrialRuns } from '../trial_run/trial_runs.ts'

export interface ControlTarget {
  readonly isClosing: boolean
  /** Contains the built-in models. */
  readonly rootDir: string
  readonly fleet: Fleet
  readonly config: ConfigKeeper
  readonly gateway: Gateway
  readonly crashes: CrashStore
  readonly events: EventLog
  readonly telemetry: Telemetry
  readonly logs: Logs
  readonly profiler: Profiler
  readonly trials: TrialRuns
  readonly watchers: Watchers
  snapshot(): Snapshot
  replaceToken(): Promise<ControlResult<'token.replace'>>
  note(event: Omit<PlaneEvent, 'seq' | 'time'>): void
  /** Never offered as free ports. */
  reservedPorts(): Set<number>
}
