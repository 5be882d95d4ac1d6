/** An instance of the WebAssembly kernel (backends/kernel/picture.ts) and its memory. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

interface Exports {
  memory: WebAssembly.Memory
  resize(
    source: number,
    stride: number,
    rowBytes: number,
    firstRow: number,
    columns: number,
    width: number,
    columnTaps: number,
    columnBits: number,
    rows: number,
    height: number,
    rowTaps: number,
    rowBits: number,
    from: number,
    to: number,
    columnsFirst: boolean,
    scratch: number,
    output: number,
    stepX: number,
    stepY: number,
  ): void
  sample(
    source: number,
    stride: number,
    firstRow: number,
    right: number,
    bottom: number,
    x: number,
    y: number,
    dx: number,
    dy: number,
    size: number,
    taps: number,
    target: number,
  ): void
  toPlanes(source: number, pixels: number, factors: number, isBgr: boolean, target: number): void
}

/** Addresses below belong to the compiler. */
export const KERNEL_BASE = 4096
/** The kernel reads up to this many bytes behind what it is given. */
export const KERNEL_SLACK = 64
const PAGE_BYTES = 65_536

const FILE = path.resolve(import.meta.dirname, '../../dist/backends/picture.wasm')
let compiled: WebAssembly.Module | null = null

export class PictureKernel {
  readonly run: Exports

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(FILE))
    this.run = new WebAssembly.Instance(compiled).exports as Exports
  }

  get size(): number {
    return this.run.memory.buffer.byteLength
  }

  /** Grows the memory to `end` bytes and the slack. Views from before are then empty. */
  reserve(end: number): void {
    const missing = end + KERNEL_SLACK - this.size
    if (missing > 0) this.run.memory.grow(Math.ceil(missing / PAGE_BYTES))
  }

  bytes(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.run.memory.buffer, offset, length)
  }
}

/** WebAssembly memory never shrinks: an instance that held a large picture is not kept. */
const KEPT_BYTES_MAX = 32 * 1024 ** 2
const KEPT_MAX = 4
const idle: PictureKernel[] = []

/** Lends a kernel for one picture; pages that are already in memory decode twice as fast as fresh ones. */
export async function withKernel<T>(use: (kernel: PictureKernel) => Promise<T>): Promise<T> {
  const kernel = take()
  const result = await use(kernel)
  giveBack(kernel)
  return result
}

export function withKernelNow<T>(use: (kernel: PictureKernel) => T): T {
  const kernel = take()
  const result = use(kernel)
  giveBack(kernel)
  return result
}

const take = () => idle.pop() ?? new PictureKernel()

/** Not after a failure: then a thread may still decode into it. */
function giveBack(kernel: PictureKernel): void {
  if (kernel.size <= KEPT_BYTES_MAX && idle.length < KEPT_MAX) idle.push(kernel)
}

export const aligned = (offset: number) => (offset + 15) & ~15
