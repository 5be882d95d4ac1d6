/** Band powers, an engagement index and, with a suitable montage, the eye state. See README.md for its limits. */
import { message } from '../../protocol/messages.ts'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { cpus } from 'node:os'
import { numbersOf } from '../../protocol/long_numbers.ts'
import {
  BaseModelBackend,
  orError,
  type BackendContext,
  type InferenceResult,
  type LoadedModel,
  type Outcome,
} from '../base/backend.ts'
import { analyseEeg } from './analyse.ts'
import { EYE_MODEL_FILE } from '../../files/builtin_models.ts'
import { loadEyeModel, type EyeModel } from './eye_model.ts'
import { EEG_OPTION_NAMES, readOptions } from './options.ts'
import { readFile } from './read_file.ts'
import type { EegItem } from './read_request.ts'
import { readRows } from './read_rows.ts'
import type { EegResult } from './result.ts'
import { KNOWN_ORIGIN, memoryChannel, type EegSignal } from './signal.ts'

interface Prepared {
  item: EegItem
  signal: EegSignal
  startedMs: number
}

interface Analysed extends Prepared {
  result: EegResult
}

const INDEX_VERSION = '1'
/** The first analyses of a process take three times as long, until the JIT has optimized the loops. */
const WARM_UPS = 3
const WARM_UP_S = 20

export class EegBackend extends BaseModelBackend<Prepared, Analysed, EegItem> {
  private readonly options: Record<string, unknown>
  private eyeModel: EyeModel | null = null

  constructor(context: BackendContext) {
    super(context)
    const unknown = Object.keys(context.options).filter(
      (name) => !(EEG_OPTION_NAMES as string[]).includes(name),
    )
    if (unknown.length > 0) {
      throw new Error(
        `options of backend "${context.name}": ${unknown.join(', ')} is not known; known options: ${EEG_OPTION_NAMES.join(', ')}`,
      )
    }
    // Fails at start for invalid values instead of at the first request.
    readOptions(context.options)
    this.options = context.options
  }

  override async initializeModel(): Promise<LoadedModel> {
    const file = path.join(this.context.rootDir, EYE_MODEL_FILE)
    this.context.onProgress(message('progress.reading'))
    const eyeModel = await loadEyeModel(file)
    this.eyeModel = eyeModel
    const montage = eyeModel.file.channels
    for (let round = 1; round <= WARM_UPS; round++) {
      this.context.onProgress(message('progress.warm_up', { done: round, total: WARM_UPS }))
      analyseEeg(restingSignal(montage), this.options, eyeModel)
    }
    const { size } = await stat(file)
    return {
      provider: 'CPU',
      devices: [cpus()[0]?.model.trim() ?? 'CPU'],
      files: [file],
      models: [
        {
          name: eyeModel.file.name,
          sha256: eyeModel.sha256,
          bytes: size,
          licence: eyeModel.file.licence,
          origin: 'trained by this project on UCI EEG Eye State (Roesler 2013, CC BY 4.0)',
        },
      ],
    }
  }

  override cleanup(): Promise<void> {
    this.eyeModel = null
    return Promise.resolve()
  }

  protected override preprocess(batch: readonly EegItem[]): Promise<Outcome<Prepared>[]> {
    return Promise.resolve(
      batch.map((item) =>
        orError(() => ({ item, signal: signalOf(item), startedMs: performance.now() })),
      ),
    )
  }

  protected override infer(batch: readonly Prepared[]): Promise<Outcome<Analysed>[]> {
    return Promise.resolve(
      batch.map((prepared) =>
        orError(() => {
          const options = { ...this.options, ...prepared.item.given.options }
          return { ...prepared, result: analyseEeg(prepared.signal, options, this.eyeModel) }
        }),
      ),
    )
  }

  protected override postprocess(batch: readonly Analysed[]): Promise<Outcome<InferenceResult>[]> {
    return Promise.resolve(
      batch.map(({ item, result, startedMs }) => ({
        // Confidence is the judged share of the recording; the index itself has no probability.
        prediction: result.state,
        confidence:
          result.windows_total === 0
            ? 0
            : Math.round((result.num_windows / result.windows_total) * 10_000) / 10_000,
        ...result,
        subject_id: item.subjectId,
        inference_time_ms: Math.round((performance.now() - startedMs) * 10) / 10,
        model: {
          name: result.index.name,
          version: INDEX_VERSION,
          kind: 'index',
          // A formula has no file.
          sha256: null,
          licence: 'MIT',
          validated: false,
          evaluation:
            'A published index of band powers, not a trained model and not a measurement of load; its mapping to 0-100 is a design choice. The eye state carries its own model block.',
        },
      })),
    )
  }
}

function signalOf({ bytes, rowsText, rows, given }: EegItem): EegSignal {
  if (bytes !== null) return readFile(bytes, given)
  return readRows(rowsText === null ? rows : numbersOf(rowsText), given)
}

/** Alpha and beta waves with a little noise, in the eye model's montage. */
function restingSignal(names: readonly string[]): EegSignal {
  const samplingRateHz = 128
  const channels = names.map((name, channel) =>
    memoryChannel(
      name,
      name,
      samplingRateHz,
      Float64Array.from({ length: WARM_UP_S * samplingRateHz }, (_, at) => {
        const t = at / samplingRateHz
        const noise = ((at * 7919 + channel * 104_729) % 101) / 50 - 1
        return (
          20 * Math.sin(2 * Math.PI * 10 * t + channel) +
          8 * Math.sin(2 * Math.PI * 20 * t) +
          3 * noise
        )
      }),
    ),
  )
  return {
    channels,
    samplingRateHz,
    durationS: WARM_UP_S,
    origin: KNOWN_ORIGIN,
    warnings: [],
    notes: [],
  }
}
