import { message, quoted } from '../../protocol/messages.ts'
import path from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { stampOf, type FileStamps } from '../../files/file_watch.ts'
import { hashFiles } from '../../files/model_hash.ts'
import { basesIn, resolveFrom } from '../../files/path_base.ts'
import { onnxDescriptor } from '../../protocol/builtin_backends.ts'
import { namesIn } from '../../protocol/model_names.ts'
import type { OnnxHeader } from '../../protocol/models.ts'
import type { ClassificationOutput, OnnxSettings } from '../../protocol/onnx_config.ts'
import { MessageError, messageOf, ProtocolError, saidBy } from '../../protocol/errors.ts'
import type { Warning } from '../../protocol/warnings.ts'
import {
  BaseModelBackend,
  orError,
  orErrorLater,
  type BackendContext,
  type InferenceItem,
  type InferenceResult,
  type LoadedModel,
  type Outcome,
} from '../base/backend.ts'
import { bucketOf, isBucketed, warmUpSizes } from '../base/batch_buckets.ts'
import { decodeImage, type DecodedImage } from '../base/image.ts'
import { CACHE_BYTES_MAX, ImageCache } from '../base/image_cache.ts'
import { ModelLoadError } from '../base/load_error.ts'
import { readableReason } from '../base/load_reason.ts'
import { createSession, placementOf, type OpenedSession } from '../base/session.ts'
import { classificationResult } from './classify.ts'
import { detectionsOf, toOriginal } from './detect.ts'
import { statesTask } from './file_metadata.ts'
import { readLabels } from './labels.ts'
import {
  externalFilesOf,
  headerOf,
  proveModelFile,
  readExternalData,
  remedyFor,
} from './model_source.ts'
import { openQuestions } from './open_questions.ts'
import { firstNonFinite, OutputFault, splitOutput, type ExpectedOutput } from './output_check.ts'
import { readSignature, type Signature } from './signature.ts'
import { createTensorWriter, decodeOptionsFor, type TensorWriter } from './to_tensor.ts'
import {
  checkDetections,
  checkRowsApart,
  chooseActivation,
  finiteRows,
  warmUpPictures,
  type ChosenActivation,
  type WarmUpRow,
} from './warm_up.ts'

interface Prepared {
  image: DecodedImage
  isCached: boolean
}

interface Raw extends Prepared {
  values: Float32Array
  dims: readonly number[]
}

interface Opened {
  session: InferenceSession
  provider: string
  signature: Signature
  writer: TensorWriter
  /** Empty if neither the settings nor the file name the classes. */
  labels: readonly string[]
  expected: ExpectedOutput
  /** The activation still to apply to a classifier's output. */
  activation: ClassificationOutput['activation']
  /** The file's metadata states the task that the settings expect. */
  isTaskStated: boolean
  warnings: Warning[]
}

export class OnnxBackend extends BaseModelBackend<Prepared, Raw> {
  private readonly settings: OnnxSettings
  private readonly images: ImageCache
  /** Set early, because later steps may fail. */
  private session: InferenceSession | null = null
  private opened: Opened | null = null

  constructor(context: BackendContext, settings: OnnxSettings) {
    super(context)
    this.settings = settings
    this.images = new ImageCache(
      { entriesMax: context.cacheSize, bytesMax: CACHE_BYTES_MAX },
      (bytes, isAlone) =>
        decodeImage(bytes, {
          ...decodeOptionsFor(
            this.need().signature.size,
            settings.preprocess,
            settings.output.type,
          ),
          isAlone,
        }),
    )
  }

  async initializeModel(): Promise<LoadedModel> {
    const stamps: FileStamps = {}
    try {
      return await this.load(stamps)
    } catch (cause) {
      await this.cleanup()
      throw new ModelLoadError(saidBy(cause), stamps, { cause })
    }
  }

  /** Records each file in `stamps` before reading it. */
  private async load(stamps: FileStamps): Promise<LoadedModel> {
    const { rootDir, onProgress, deviceId } = this.context
    const bases = basesIn(process.env, rootDir)
    const { labels } = this.settings
    const file = resolveFrom(bases, this.settings.model)
    const labelsFile = typeof labels === 'string' ? resolveFrom(bases, labels) : null
    const note = async (...files: string[]) => {
      for (const one of files) stamps[one] = await stampOf(one)
    }
    await note(file, ...(labelsFile === null ? [] : [labelsFile]))
    await proveModelFile(file, bases[0])
    onProgress(message('progress.loading', { file: path.basename(file) }))
    const { header, fault } = await headerOf(file)
    const files = [file, ...externalFilesOf(file, header)]
    await note(...files.slice(1))
    const found = await createSession(file, {
      ...this.context,
      externalData: await readExternalData(file, header),
      remedyFor: (reason) => remedyFor(reason, fault),
    })
    this.session = found.session
    await this.open(found, header, labelsFile)
    return {
      provider: found.granted,
      devices: [found.granted],
      files: Object.keys(stamps),
      stamps,
      imageSize: this.need().signature.size,
      descriptor: onnxDescriptor(this.settings.output, this.need().labels),
      placements: [placementOf(path.basename(file), found, deviceId)],
      warnings: this.need().warnings,
      models: [
        {
          name: path.basename(file),
          path: file,
          ...(await hashFiles(files)),
          licence: 'not stated',
          origin: file,
        },
      ],
    }
  }

  private async open(
    { session, granted: provider }: OpenedSession,
    header: OnnxHeader | null,
    labelsFile: string | null,
  ): Promise<void> {
    const { preprocess, output, labels: given } = this.settings
    const signature = readSignature(session, this.settings)
    const metadata = header?.metadata ?? {}
    const named = namesIn(metadata)
    const labels =
      (labelsFile === null ? undefined : await readLabels(labelsFile)) ??
      (Array.isArray(given) ? given : (named ?? []))
    const classesFrom =
      labelsFile !== null
        ? quoted(path.basename(labelsFile))
        : given
          ? quoted('labels')
          : labels.length > 0
            ? message('load.metadata')
            : quoted('output.classes')
    if (labels.length > 0 && (output.classes ?? labels.length) !== labels.length) {
      throw new OutputFault(
        message('load.classes', {
          given: output.classes ?? 0,
          source: classesFrom,
          labels: labels.length,
        }),
      )
    }
    this.opened = {
      session,
      provider,
      signature,
      writer: createTensorWriter(signature.size, preprocess, signature.type),
      labels,
      expected: {
        tensor: signature.output,
        output,
        classes: labels.length === 0 ? (output.classes ?? null) : labels.length,
        classesFrom,
        firstLabel: labels[0] ?? '',
      },
      activation: output.type === 'classification' ? output.activation : 'none',
      isTaskStated: statesTask(metadata, output),
      warnings: [],
    }
    await this.warmUp(this.opened, header)
  }

  async cleanup(): Promise<void> {
    this.images.clear()
    await this.session?.release()
    this.session = null
    this.opened = null
  }

  protected async preprocess(batch: readonly InferenceItem[]): Promise<Outcome<Prepared>[]> {
    const isAlone = batch.length === 1
    return Promise.all(
      batch.map(({ bytes }) => orErrorLater(() => this.images.get(bytes, isAlone))),
    )
  }

  protected async infer(batch: readonly Prepared[]): Promise<Outcome<Raw>[]> {
    const { signature } = this.need()
    const outcomes: Outcome<Raw>[] = []
    const step = signature.isBatched ? batch.length : 1
    for (let start = 0; start < batch.length; start += step) {
      const part = batch.slice(start, start + step)
      const rows = await this.run(part.map(({ image }) => image.pixels)).catch((error: unknown) => {
        if (error instanceof OutputFault) return error
        throw error
      })
      part.forEach((prepared, index) => {
        outcomes.push(
          rows instanceof OutputFault
            ? new ProtocolError('internal', saidBy(rows))
            : this.proven(prepared, rows[index]),
        )
      })
    }
    return outcomes
  }

  /** Requires finite numbers; NaN and Infinity would sort anywhere and yield a wrong answer. */
  private proven(prepared: Prepared, row: WarmUpRow | undefined): Outcome<Raw> {
    const { tensor } = this.need().expected
    const bad = row === undefined ? 'nothing' : firstNonFinite(row.values)
    if (row !== undefined && bad === null) return { ...prepared, ...row }
    return new ProtocolError(
      'internal',
      message('output.not_finite', { value: bad ?? 'nothing', tensor }),
    )
  }

  protected postprocess(batch: readonly Raw[]): Promise<Outcome<InferenceResult>[]> {
    return Promise.resolve(batch.map((raw) => orError(() => this.toResult(raw))))
  }

  private toResult({ values, dims, image, isCached }: Raw): InferenceResult {
    const { labels, signature, activation, warnings } = this.need()
    const { output } = this.settings
    const labelOf = (index: number) => labels[index] || `class ${index}`
    const about = {
      image: { width: image.originalWidth, height: image.originalHeight },
      cached: isCached,
      ...(warnings.length > 0 ? { warnings } : {}),
    }
    if (output.type === 'classification') {
      return { ...classificationResult(values, { ...output, activation }, labelOf), ...about }
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
        ? { reason: message('reply.nothing_scored', { threshold: output.score_threshold }).message }
        : {}),
      ...about,
    }
  }

  /** One tensor, one row per picture. Throws OutputFault if the output does not match the settings. */
  private async run(pictures: readonly Uint8Array[]): Promise<WarmUpRow[]> {
    const { session, provider, signature, writer, expected } = this.need()
    const { width, height } = signature.size
    const count =
      signature.isBatched && isBucketed(provider)
        ? bucketOf(pictures.length, this.context.batchSizeMax)
        : pictures.length
    const shape =
      this.settings.preprocess.layout === 'nchw'
        ? [count, writer.channels, height, width]
        : [count, height, width, writer.channels]
    const input = new Tensor(signature.type, writer.fill(pictures, count), shape)
    const outputs = await session.run({ [signature.input]: input }, [signature.output])
    const output = outputs[signature.output]
    if (output === undefined) throw new Error(`the model returned no output "${signature.output}"`)
    const { rows, dims } = splitOutput(output, count, expected)
    return rows.slice(0, pictures.length).map((row) => ({ values: row, dims }))
  }

  /** Runs each batch size; different single pictures reveal an output that does not match the settings. */
  private async warmUp(opened: Opened, header: OnnxHeader | null): Promise<void> {
    const { signature, provider, expected } = opened
    const { batchSizeMax, onProgress, log } = this.context
    const pictures = warmUpPictures(signature.size)
    const larger = signature.isBatched
      ? warmUpSizes(provider, batchSizeMax).filter((size) => size > 1)
      : []
    onProgress(message('progress.warm_up', { done: 1, total: larger.length + 1 }))
    const singles: WarmUpRow[] = []
    for (const picture of pictures) singles.push(...(await this.run([picture])))
    await this.repeat([pictures[0] ?? EMPTY], pictures.length)
    const rows = finiteRows(singles, expected.tensor)
    if (rows.length < singles.length) {
      log.warn(`output "${expected.tensor}" held NaN or Infinity in some warm-up runs`)
    }
    this.checkValues(opened, header, rows)
    for (const [index, size] of larger.entries()) {
      onProgress(message('progress.warm_up', { done: index + 2, total: larger.length + 1 }))
      const batch = Array.from({ length: size }, (_, at) => pictures[at % pictures.length] ?? EMPTY)
      const together = await this.run(batch).catch((error: unknown) => {
        throw error instanceof OutputFault ? error : batchFault(size, error)
      })
      await this.repeat(batch, 1)
      checkRowsApart(singles, together, expected.tensor)
    }
  }

  private async repeat(pictures: readonly Uint8Array[], done: number): Promise<void> {
    for (let run = done; run < (this.context.warmUpRuns ?? 1); run++) await this.run(pictures)
  }

  private checkValues(opened: Opened, header: OnnxHeader | null, rows: readonly WarmUpRow[]): void {
    const { expected, isTaskStated } = opened
    const chosen = this.chosenActivation(opened, header, rows)
    const [{ dims } = { dims: [] }] = rows
    opened.activation = chosen?.activation ?? 'none'
    opened.warnings = openQuestions({ expected, dims, isTaskStated, chosen })
    for (const { message, code } of opened.warnings) this.context.log.warn(message, { code })
  }

  /** null for a detection, whose values are checked instead. */
  private chosenActivation(
    { expected, signature: { size } }: Opened,
    header: OnnxHeader | null,
    rows: readonly WarmUpRow[],
  ): ChosenActivation | null {
    const { output, tensor } = expected
    if (output.type === 'detection') {
      const hasNms =
        header?.operators.some(({ operator }) => operator === 'NonMaxSuppression') ?? false
      checkDetections(rows, { ...expected, output }, { size, hasNms })
      return null
    }
    const operator = header?.outputs.find(({ name }) => name === tensor)?.operator ?? null
    const chosen = chooseActivation(rows, operator, { ...expected, output })
    if (chosen.activation !== output.activation) {
      this.context.log.info(
        `output "${tensor}" already holds probabilities; no ${output.activation} is applied`,
        { operator },
      )
    }
    return chosen
  }

  private need(): Opened {
    if (this.opened === null) throw new Error('the model is not loaded')
    return this.opened
  }
}

const EMPTY = new Uint8Array()

const batchFault = (size: number, cause: unknown): Error =>
  new MessageError(message('load.batch', { size, reason: readableReason(messageOf(cause)) }), {
    cause,
  })
