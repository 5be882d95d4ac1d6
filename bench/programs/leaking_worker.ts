/** Positive control of the soak: an emotion backend that leaks memory and a handle per reply. */
import { openSync } from 'node:fs'
import { runWorker } from '../../backends/base/worker_runtime.ts'
import { EmotionBackend } from '../../backends/emotion/backend.ts'

const LEAK_BYTES = 32 * 1024
/** Limits, so that the control does not exhaust the machine. */
const LEAKED_BYTES_MAX = 512 * 1024 ** 2
const HANDLES_MAX = 500
const REQUESTS_PER_HANDLE = 10

class LeakingBackend extends EmotionBackend {
  private readonly kept: Buffer[] = []
  private answered = 0
  private handles = 0

  protected override postprocess(batch: Parameters<EmotionBackend['postprocess']>[0]) {
    for (let count = 0; count < batch.length; count++) this.leak()
    return super.postprocess(batch)
  }

  private leak(): void {
    this.answered++
    if (this.kept.length * LEAK_BYTES < LEAKED_BYTES_MAX) {
      // Filled, since untouched pages use no memory.
      this.kept.push(Buffer.alloc(LEAK_BYTES, this.answered & 0xff))
    }
    if (this.answered % REQUESTS_PER_HANDLE === 0 && this.handles < HANDLES_MAX) {
      openSync('/dev/null', 'r')
      this.handles++
    }
  }
}

await runWorker(async () => (context) => new LeakingBackend(context))
