/** One model that looks at square RGB pictures: opened on a provider, warmed up, run in batches of bounded size. */
import { join } from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import type { ModelFile, ModelPlacement } from '../../protocol/backend.ts'
import type { BackendContext } from '../base/backend.ts'
import { createSession, descriptionPathOf, placementOf, readModelFile } from '../base/session.ts'

/** Every model here has this one input: uint8 [N, size, size, 3]. The converter puts the normalisation into the graph. */
const INPUT = 'image'

export class ImageModel {
  readonly file: ModelFile
  /** Absolute paths of the model and its description. */
  readonly paths: readonly string[]
  /** Display name of the execution provider. */
  readonly provider: string
  /** Where its nodes run. */
  readonly placement: ModelPlacement
  /** Height and width of the input in pixels. */
  readonly size: number
  private readonly session: InferenceSession
  private readonly batchMax: number

  private constructor(
    session: InferenceSession,
    facts: {
      file: ModelFile
      path: string
      placement: ModelPlacement
      size: number
      batchMax: number
    },
  ) {
    this.session = session
    this.file = facts.file
    this.paths = [facts.path, descriptionPathOf(facts.path)]
    this.provider = facts.placement.granted
    this.placement = facts.placement
    this.size = facts.size
    this.batchMax = facts.batchMax
  }

  /** `pathInRoot` is relative to the root folder; `batchMax` bounds the memory of a run. */
  static async open(
    context: BackendContext,
    pathInRoot: string,
    batchMax: number,
  ): Promise<ImageModel> {
    const path = join(context.rootDir, pathInRoot)
    const file = await readModelFile(path)
    const opened = await createSession(path, context)
    const placement = placementOf(file.name, opened, context.deviceId)
    const size = inputSizeOf(opened.session, path)
    return new ImageModel(opened.session, { file, path, placement, size, batchMax })
  }

  /** For each picture (`size * size * 3` bytes RGB) the values of every output, in the given order. */
  async run<Name extends string>(
    pictures: readonly Uint8Array[],
    outputs: readonly Name[],
  ): Promise<Record<Name, Float32Array>[]> {
    const answers: Record<Name, Float32Array>[] = []
    for (let from = 0; from < pictures.length; from += this.batchMax) {
      const batch = pictures.slice(from, from + this.batchMax)
      const image = new Tensor('uint8', concatenate(batch), [batch.length, this.size, this.size, 3])
      const results = await this.session.run({ [INPUT]: image }, [...outputs])
      for (let place = 0; place < batch.length; place++) {
        const entries = outputs.map((name) => [
          name,
          valuesAt(results[name], name, place, batch.length),
        ])
        answers.push(Object.fromEntries(entries) as Record<Name, Float32Array>)
      }
    }
    return answers
  }

  /** Runs blank pictures in each batch size, so that no request pays for first-time allocation and kernel choice. */
  async warmUp(batchSizes: readonly number[]): Promise<void> {
    const blank = new Uint8Array(this.size * this.size * 3)
    for (const count of batchSizes) {
      const pictures = Array.from({ length: Math.min(count, this.batchMax) }, () => blank)
      await this.run(pictures, this.session.outputNames)
    }
  }

  async release(): Promise<void> {
    await this.session.release()
  }
}

function inputSizeOf(session: InferenceSession, modelPath: string): number {
  const input = session.inputMetadata.find(({ name }) => name === INPUT)
  const size = input?.isTensor ? input.shape[1] : undefined
  if (typeof size !== 'number') {
    throw new Error(`${modelPath} has no input "${INPUT}" of a fixed size; run \`npm run models\``)
  }
  return size
}

function concatenate(pictures: readonly Uint8Array[]): Uint8Array {
  const [first] = pictures
  if (first && pictures.length === 1) return first
  const length = first?.byteLength ?? 0
  const all = new Uint8Array(length * pictures.length)
  for (const [place, picture] of pictures.entries()) all.set(picture, place * length)
  return all
}

function valuesAt(
  tensor: Tensor | undefined,
  name: string,
  place: number,
  count: number,
): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) {
    throw new Error(`the model has no float32 output "${name}"; run \`npm run models\``)
  }
  const length = tensor.data.length / count
  return tensor.data.subarray(place * length, (place + 1) * length)
}
