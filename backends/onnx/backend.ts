/** `runtime: onnx`: any image classification or detection model, from a few lines of configuration and no code. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { openRegularFile, readRegularFile } from '../../files/regular_file.ts'
import { decodePlainText } from '../../files/text_encoding.ts'
import type { OnnxSettings } from '../../protocol/onnx_config.ts'
import { messageOf, ProtocolError } from '../../protocol/errors.ts'
import {
  BaseModelBackend,
  type BackendContext,
  type InferenceItem,
  type InferenceResult,
  type LoadedModel,
  type Outcome,
} from '../base/backend.ts'
import { bucketOf, isBucketed, warmUpSizes } from '../base/batch_buckets.ts'
import { decodeImage, type DecodedImage } from '../base/image.ts'
import { CACHE_BYTES_MAX, ImageCache } from '../base/image_cache.ts'
import { createSession, placementOf } from '../base/session.ts'
import { classificationResult } from './classify.ts'
import { detectionsOf, toOriginal } from './detect.ts'
import { readSignature, type Signature } from './signature.ts'
import { createTensorWriter, decodeOptionsFor, type TensorWriter } from './to_tensor.ts'

interface Prepared {
  /** Laid out as the model's input. */
  image: DecodedImage
  isCached: boolean
}

interface Raw extends Prepared {
  /** This item's row of the output. */
  values: Float32Array
  /** Its shape without the batch axis. */
  dims: readonly number[]
}

interface Opened {
  session: InferenceSession
  /** Display name of the execution provider. */
  provider: string
  signature: Signature
  writer: TensorWriter
  labels: string[]
}

export class OnnxBackend extends BaseModelBackend<Prepared, Raw> {
  private readonly settings: OnnxSettings
  private readonly images: ImageCache
  private opened: Opened | null = null

  constructor(context: BackendContext, settings: OnnxSettings) {
    super(context)
    this.settings = settings
    this.images = new ImageCache(
      { entriesMax: context.cacheSize, bytesMax: CACHE_BYTES_MAX },
      (bytes) =>
        decodeImage(bytes, decodeOptionsFor(this.need().signature.size, settings.preprocess.fit)),
    )
  }

  async initializeModel(): Promise<LoadedModel> {
    const { rootDir, onProgress, deviceId } = this.context
    const file = path.resolve(rootDir, this.settings.model)
    await proveModelFile(file, rootDir)
    onProgress(`loading ${path.basename(file)}`)
    const found = await createSession(file, this.context)
    const { session, granted: provider } = found
    const signature = readSignature(session, this.settings)
    const writer = createTensorWriter(signature.size, this.settings.preprocess, signature.type)
    const labels = await readLabels(this.settings.labels, rootDir)
    this.opened = { session, provider, signature, writer, labels }
    await this.warmUp(this.opened)
    const bytes = await readFile(file)
    return {
      provider,
      devices: [provider],
      files: [file],
      placements: [placementOf(path.basename(file), found, deviceId)],
      models: [
        {
          name: path.basename(file),
          sha256: createHash('sha256').update(bytes).digest('hex'),
          bytes: bytes.length,
          licence: 'not stated',
          origin: file,
        },
      ],
    }
  }

  async cleanup(): Promise<void> {
    this.images.clear()
    await this.opened?.session.release()
    this.opened = null
  }

  protected async preprocess(batch: readonly InferenceItem[]): Promise<Outcome<Prepared>[]> {
    return Promise.all(
      batch.map(async ({ bytes }) => {
        try {
          return await this.images.get(bytes)
        } catch (error) {
          if (error instanceof ProtocolError) return error
          throw error
        }
      }),
    )
  }

  protected async infer(batch: readonly Prepared[]): Promise<Outcome<Raw>[]> {
    const { signature } = this.need()
    const rows: Raw[] = []
    const step = signature.isBatched ? batch.length : 1
    for (let start = 0; start < batch.length; start += step) {
      const part = batch.slice(start, start + step)
      const output = await this.run(part.map(({ image }) => image.pixels))
      const dims = output.dims.slice(1)
      const length = dims.reduce((product, dim) => product * dim, 1)
      const values = output.data as Float32Array
      part.forEach((prepared, index) => {
        rows.push({ ...prepared, dims, values: values.slice(index * length, (index + 1) * length) })
      })
    }
    return rows
  }

  protected postprocess(batch: readonly Raw[]): Promise<Outcome<InferenceResult>[]> {
    return Promise.resolve(batch.map((raw) => this.toResult(raw)))
  }

  private toResult({ values, dims, image, isCached }: Raw): InferenceResult {
    const { labels, signature } = this.need()
    const { output } = this.settings
    const labelOf = (index: number) => labels[index] ?? `class ${index}`
    const about = {
      image: { width: image.originalWidth, height: image.originalHeight },
      cached: isCached,
    }
    if (output.type === 'classification') {
      return { ...classificationResult(values, output, labelOf), ...about }
    }
    const found = detectionsOf(values, [dims[0] ?? 0, dims[1] ?? 0], output, signature.size)
    const detections = found.map(({ box, score, classIndex }) => ({
      label: labelOf(classIndex),
      index: classIndex,
      score,
      box: toOriginal(box, image),
    }))
    return {
      prediction: detections[0]?.label ?? null,
      confidence: detections[0]?.score ?? 0,
      detections,
      ...(detections.length === 0
        ? { reason: `nothing scored ${output.score_threshold} or more (score_threshold)` }
        : {}),
      ...about,
    }
  }

  /** Runs fitted pictures as one tensor; the output that the settings name. */
  private async run(pictures: readonly Uint8Array[]): Promise<Tensor> {
    const { session, provider, signature, writer } = this.need()
    const { width, height } = signature.size
    const rows =
      signature.isBatched && isBucketed(provider)
        ? bucketOf(pictures.length, this.context.batchSizeMax)
        : pictures.length
    const values = writer.create(rows)
    pictures.forEach((rgb, index) => {
      writer.write(rgb, values, index)
    })
    const shape =
      this.settings.preprocess.layout === 'nchw'
        ? [rows, writer.channels, height, width]
        : [rows, height, width, writer.channels]
    const outputs = await session.run({
      [signature.input]: new Tensor(signature.type, values, shape),
    })
    const output = outputs[signature.output]
    if (output === undefined) throw new Error(`the model gave no output "${signature.output}"`)
    if (output.type !== 'float32') {
      throw new Error(`output "${signature.output}" is ${output.type}; only float32 is read`)
    }
    return output
  }

  private async warmUp({ signature }: Opened): Promise<void> {
    const { batchSizeMax, warmUpRuns = 1 } = this.context
    const sizes = signature.isBatched ? warmUpSizes(this.need().provider, batchSizeMax) : [1]
    for (const [index, size] of sizes.entries()) {
      this.context.onProgress(`warm-up ${index + 1} of ${sizes.length}`)
      const empty = new Uint8Array(signature.size.width * signature.size.height * 3)
      const pictures = Array.from({ length: size }, () => empty)
      for (let run = 0; run < warmUpRuns; run++) await this.run(pictures)
    }
  }

  private need(): Opened {
    if (this.opened === null) throw new Error('the model is not loaded')
    return this.opened
  }
}

/** onnxruntime would wait for the writer of a pipe, and its own message does not say where a relative path starts. */
async function proveModelFile(file: string, rootDir: string): Promise<void> {
  const handle = await openRegularFile(file).catch((cause: unknown) => {
    throw new Error(
      `The model file ${file} cannot be opened: ${messageOf(cause)}. Correct the path in model; a relative path starts at ${rootDir}.`,
      { cause },
    )
  })
  await handle.close()
}

/** A list in the config, or a text file with one label a line. */
async function readLabels(
  labels: string[] | string | undefined,
  rootDir: string,
): Promise<string[]> {
  if (typeof labels !== 'string') return labels ?? []
  const file = path.resolve(rootDir, labels)
  try {
    const text = decodePlainText(await readRegularFile(file, LABELS_BYTES_MAX))
    return text.split(/\r?\n/).filter((line) => line.trim() !== '')
  } catch (cause) {
    throw new Error(`The labels file ${file} cannot be read: ${messageOf(cause)}.`, { cause })
  }
}

/** A name is a few words; the largest lists in use have some 20,000. */
const LABELS_BYTES_MAX = 16 * 1024 ** 2
