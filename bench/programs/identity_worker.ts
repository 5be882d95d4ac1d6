/** Worker of a no-op backend: what remains is the cost of the transport. */
import { BaseModelBackend, type InferenceItem } from '../../backends/base/backend.ts'
import { runWorker } from '../../backends/base/worker_runtime.ts'

class IdentityBackend extends BaseModelBackend<InferenceItem, InferenceItem> {
  override async initializeModel() {
    return { provider: 'CPU', devices: [], models: [], files: [] }
  }

  override async cleanup() {}

  protected override async preprocess(batch: readonly InferenceItem[]) {
    return [...batch]
  }

  protected override async infer(batch: readonly InferenceItem[]) {
    return [...batch]
  }

  protected override async postprocess(batch: readonly InferenceItem[]) {
    return batch.map(({ bytes }) => ({ bytes: bytes.byteLength }))
  }
}

await runWorker(async () => (context) => new IdentityBackend(context))
