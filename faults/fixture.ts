/**
 * Fixture of one fault: a real Switchyard with its own configuration, its requests, and the checks shared by all
 * faults.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { endStarted, startNode, type RunningProcess } from '../testing/processes.ts'
import { ProcessSnapshot } from './process_snapshot.ts'
import { demand } from './demand.ts'
import { PanelLink } from './panel_link.ts'
import { RequestFlow } from './request_flow.ts'
import { faultyCommand, type Section } from './sections.ts'

export interface Plane {
  panel: Panel
  link: PanelLink
  processes: ProcessSnapshot
}

export class Stage {
  /** For model files and marker files. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'switchyard-fault-'))
  private readonly planes: Plane[] = []
  private readonly killed = new Set<Plane>()
  private readonly flows: RequestFlow[] = []

  /** Starts Switchyard with these sections; resolves once its panel is reachable. */
  async open(sections: Record<string, Section>): Promise<Plane> {
    // JSON is YAML.
    const panel = await startHeadless(JSON.stringify({ model_backends: sections }))
    const processes = new ProcessSnapshot(panel.process.pid)
    // The link replaces it.
    panel.control.dispose()
    const plane = { panel, processes, link: await PanelLink.open(panel) }
    this.planes.push(plane)
    return plane
  }

  /** Kills Switchyard; resolves when it has exited. */
  async kill(plane: Plane): Promise<void> {
    this.killed.add(plane)
    plane.panel.process.signal('SIGKILL')
    await plane.panel.process.exited
  }

  /** Switchyard has exited as the fault intended; the fault checks the exit code. */
  hasEnded(plane: Plane): void {
    this.killed.add(plane)
  }

  /** A client's connection to the gateway. */
  async requests({ panel }: Plane, backend: string): Promise<RequestFlow> {
    const flow = await RequestFlow.open(panel.ws, backend)
    this.flows.push(flow)
    return flow
  }

  /** Arguments that limit a fault to the first process. */
  once(name: string): string[] {
    return ['--once', path.join(this.folder, `${name}.spent`)]
  }

  /** The misbehaving program as an external backend. */
  startFaulty(fault: string, host: string, port: number): RunningProcess {
    const [, ...args] = faultyCommand(fault)
    return startNode(args.map((arg) => arg.replace('{host}', host).replace('{port}', String(port))))
  }

  /**
   * Stops Switchyard and checks what holds for every fault: exactly one reply per request, exit code 0 unless killed,
   * no process left. Resolves with the number of requests.
   */
  async settle(): Promise<number> {
    for (const flow of this.flows) await flow.close()
    for (const { link } of this.planes) link.close()
    const faults = this.flows.flatMap((flow) => flow.faults())
    demand(faults.length === 0, faults.join('; '))
    for (const plane of this.planes) await this.end(plane)
    return this.flows.reduce((sum, { count }) => sum + count, 0)
  }

  /** Always call it: ends whatever still runs. */
  async close(): Promise<void> {
    for (const { link } of this.planes) link.close()
    for (const flow of this.flows) await flow.close()
    await endPanels()
    await endStarted()
    for (const { processes } of this.planes) await processes.clear()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async end(plane: Plane): Promise<void> {
    const { panel, processes } = plane
    if (!this.killed.has(plane)) panel.process.signal('SIGTERM')
    const { code, signal } = await panel.process.exited
    const left = await processes.end()
    demand(left.length === 0, `pid ${left.join(', ')} outlived the control plane`)
    const isRight = this.killed.has(plane) || code === 0
    demand(isRight, `the control plane ended with ${code ?? signal} instead of 0`)
  }
}
