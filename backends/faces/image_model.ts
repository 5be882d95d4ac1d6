import { join } from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import type { ModelFile, ModelPlacement } from '../../protocol/backend.ts'
import type { BackendContext } from '../base/backend.ts'
import { bucketOf, isBucketed, warmUpSizes } from '../base/batch_buckets.ts'
import { descriptionPathOf, readModelFile } from '../../files/model_description.ts'
import { createSession, placementOf } from '../base/session.ts'

/** The only input of these models: uint8 [N, size, size, 3]. Normalisation is part of the graph. */
const INPUT = 'image'

export class ImageModel {
  readonly file: ModelFile
  readonly paths: readonly string[]
  readonly provider: string
  readonly placement: ModelPlacement
  readonly size: number
  private readonly session: InferenceSession
  private readonly batchMax: number
  private readonly warmUpRuns: number

  private constructor(
    session: InferenceSession,
    facts: {
      file: ModelFile
      path: string
      placement: ModelPlacement
      size: number
      batchMax: number
      warmUpRuns: number
    },
  ) {
    this.session = session
    this.file = facts.file
    this.paths = [facts.path, descriptionPathOf(facts.path)]
    this.provider = facts.placement.granted
    this.placement = facts.placement
    this.size = facts.size
    this.batchMax = facts.batchMax
    this.warmUpRuns = facts.warmUpRuns
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
    const warmUpRuns = context.warmUpRuns ?? 1
    return new ImageModel(opened.session, { file, path, placement, size, batchMax, warmUpRuns })
  }

  /** For each picture (`size * size * 3` bytes RGB) the values of every output, in the given order. */
  async run<Name extends string>(
    pictures: readonly Uint8Array[],
    outputs: readonly Name[],
  ): Promise<Record<Name, Float32Array>[]> {
    const answers: Record<Name, Float32Array>[] = []
    for (let from = 0; from < pictures.length; from += this.batchMax) {
      const batch = pictures.slice(from, from + this.batchMax)
      const rows = isBucketed(this.provider) ? bucketOf(batch.length, this.batchMax) : batch.length
      const image = new Tensor('uint8', concatenate(batch, rows), [rows, this.size, this.size, 3])
      const results = await this.session.run({ [INPUT]: image }, [...outputs])
      for (let place = 0; place < batch.length; place++) {
        const entries = outputs.map((name) => [name, valuesAt(results[name], name, place, rows)])
        answers.push(Object.fromEntries(entries) as Record<Name, Float32Array>)
      }
    }
    return answers
  }

  /** No request pays for first-time allocation. A GPU needs every bucket, since pictures have any number of faces. */
  async warmUp(batchSizeMax: number): Promise<void> {
    const blank = new Uint8Array(this.size * this.size * 3)
    const largest = isBucketed(this.provider)
      ? this.batchMax
      : Math.min(batchSizeMax, this.batchMax)
    for (const count of warmUpSizes(this.provider, largest)) {
      const pictures = Array.from({ length: count }, () => blank)
      for (let run = 0; run < this.warmUpRuns; run++) {
        await this.run(pictures, this.session.outputNames)
      }
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

function concatenate(pictures: readonly Uint8Array[], rows: number): Uint8Array {
  const [first] = pictures
  if (first && rows === 1) return first
  const length = first?.byteLength ?? 0
  const all = new Uint8Array(length * rows)
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
