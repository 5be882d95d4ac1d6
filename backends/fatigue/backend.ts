/** Fatigue from eyes, mouth and head over a window of frames. A heuristic, not validated; see README.md. */
import { message } from '../../protocol/messages.ts'
import { cpus } from 'node:os'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { ProtocolError } from '../../protocol/errors.ts'
import {
  BaseModelBackend,
  orError,
  orErrorLater,
  type BackendContext,
  type InferenceResult,
  type LoadedModel,
  type Outcome,
} from '../base/backend.ts'
import { SIDE_MAX_DEFAULT } from '../base/image.ts'
import { parseOptions } from '../base/options.ts'
import { boxAround } from '../faces/geometry.ts'
import {
  FacePipeline,
  faceOptionsShape,
  type FollowedFace,
  type FoundFace,
  type PreparedPicture,
} from '../faces/pipeline.ts'
import { readDepth } from './depth.ts'
import { parseColumnMap, type ColumnMap } from './eyetrack.ts'
import { measureFace } from './face_measures.ts'
import { eyetrackSamplesOf, type FatigueItem } from './read_request.ts'
import type { SeenFrame } from './seen_frame.ts'
import { shapeImage, shapeWindow, type Stream } from './result.ts'
import { RollingMinutes, STREAMS_MAX } from './rolling_minute.ts'

interface Prepared {
  item: FatigueItem
  startedMs: number
  /** One per sent frame; null if it could not be decoded. */
  pictures: (PreparedPicture | null)[]
  depths: (Uint8Array | null)[]
}

interface Inferred extends Prepared {
  /** One per sent frame; null without a face. */
  seen: (SeenFrame | null)[]
}

const optionsSchema = z.strictObject({
  ...faceOptionsShape,
  eyetrack_columns: z
    .string()
    .default('')
    .describe('What the eight eye-tracker numbers hold, such as `gaze_x=0,gaze_y=1,validity=7`.'),
})

export class FatigueBackend extends BaseModelBackend<Prepared, Inferred, FatigueItem> {
  private readonly options: z.infer<typeof optionsSchema>
  private readonly columns: ColumnMap
  private readonly minutes = new RollingMinutes()
  private readonly lastFaces = new LRUCache<string, FollowedFace>({ max: STREAMS_MAX })
  private pipeline: FacePipeline | null = null

  constructor(context: BackendContext) {
    super(context)
    this.options = parseOptions(optionsSchema, context)
    this.columns = parseColumnMap(this.options.eyetrack_columns)
  }

  override async initializeModel(): Promise<LoadedModel> {
    const { context } = this
    context.onProgress(message('progress.reading'))
    const pipeline = await FacePipeline.open(context, this.options)
    this.pipeline = pipeline
    for (const [index, model] of pipeline.models.entries()) {
      context.onProgress(
        message('progress.warm_up', { done: index + 1, total: pipeline.models.length }),
      )
      await model.warmUp(context.batchSizeMax)
    }
    const providers = [...new Set(pipeline.models.map(({ provider }) => provider))]
    return {
      provider: providers.join(' + '),
      devices: providers.map((one) => (one === 'CPU' ? (cpus()[0]?.model.trim() ?? one) : one)),
      models: pipeline.models.map(({ file }) => file),
      placements: pipeline.models.map(({ placement }) => placement),
      imageSize: { width: SIDE_MAX_DEFAULT, height: SIDE_MAX_DEFAULT },
      files: pipeline.models.flatMap(({ paths }) => paths),
    }
  }

  override async cleanup(): Promise<void> {
    const { pipeline } = this
    this.pipeline = null
    await pipeline?.release()
  }

  protected override preprocess(batch: readonly FatigueItem[]): Promise<Outcome<Prepared>[]> {
    return Promise.all(batch.map((item) => this.prepare(item)))
  }

  protected override async infer(batch: readonly Prepared[]): Promise<Inferred[]> {
    // Single pictures share runs; the frames of a window or a stream follow one face.
    const isAlone = ({ item }: Prepared) => item.streamId === null && item.frames.length === 1
    const faces = new Map<PreparedPicture, FoundFace>()
    const alone = batch.filter(isAlone).flatMap(picturesOf)
    for (const [index, found] of (await this.need().find(alone)).entries()) {
      noteFace(faces, alone[index], found.faces[0])
    }
    for (const prepared of batch) if (!isAlone(prepared)) await this.follow(prepared, faces)
    return batch.map((prepared) => ({
      ...prepared,
      seen: prepared.pictures.map((picture) => {
        const face = picture && faces.get(picture)
        return picture && face ? seenOf(face, picture) : null
      }),
    }))
  }

  private async follow(prepared: Prepared, faces: Map<PreparedPicture, FoundFace>): Promise<void> {
    const { streamId } = prepared.item
    const last = streamId === null ? null : (this.lastFaces.get(streamId) ?? null)
    const pictures = picturesOf(prepared)
    const seen = await this.need().follow(pictures, last)
    for (const [index, one] of seen.entries()) noteFace(faces, pictures[index], one?.face)
    const newest = seen.findLast((one) => one !== null)
    if (streamId !== null && newest) this.lastFaces.set(streamId, newest)
  }

  protected override postprocess(batch: readonly Inferred[]): Promise<Outcome<InferenceResult>[]> {
    const models = this.need().models.map(({ file }) => file)
    const results = batch.map(({ item, startedMs, pictures, depths, seen }) => {
      const about = { item, seen, models, inferenceMs: performance.now() - startedMs }
      return item.kind === 'image'
        ? shapeImage(about, pictures[0] ?? null)
        : shapeWindow({ ...about, pictures, depths, columns: this.columns }, this.streamOf(item))
    })
    return Promise.resolve(results)
  }

  private async prepare(item: FatigueItem): Promise<Outcome<Prepared>> {
    const startedMs = performance.now()
    const eyetrackSamples = orError(() => eyetrackSamplesOf(item))
    if (eyetrackSamples instanceof ProtocolError) return eyetrackSamples
    const decoded = await Promise.all(item.frames.map((bytes) => this.decode(bytes, item)))
    const pictures: (PreparedPicture | null)[] = []
    for (const one of decoded) {
      if (one instanceof ProtocolError) return one
      pictures.push(one)
    }
    return {
      item: { ...item, eyetrackSamples },
      startedMs,
      pictures,
      depths: await Promise.all(item.depthFrames.map(readDepth)),
    }
  }

  /** A broken single picture is the client's error; a broken frame of a window is a gap. */
  private async decode(
    bytes: Uint8Array,
    { kind, frames }: FatigueItem,
  ): Promise<PreparedPicture | ProtocolError | null> {
    if (kind === 'window' && bytes.byteLength === 0) return null
    const prepared = await orErrorLater(() => this.need().prepare(bytes, frames.length === 1))
    return kind === 'window' && prepared instanceof ProtocolError ? null : prepared
  }

  private streamOf({ streamId, timestampS }: FatigueItem): Stream | null {
    if (streamId === null) return null
    const endS = timestampS ?? Date.now() / 1000
    return { add: (window) => this.minutes.add(streamId, { ...window, endS }) }
  }

  private need(): FacePipeline {
    if (this.pipeline === null) throw new Error('the fatigue model is not loaded')
    return this.pipeline
  }
}

const picturesOf = ({ pictures }: Prepared) => pictures.filter((picture) => picture !== null)

function noteFace(
  faces: Map<PreparedPicture, FoundFace>,
  picture: PreparedPicture | undefined,
  face: FoundFace | undefined,
): void {
  if (picture && face) faces.set(picture, face)
}

function seenOf(face: FoundFace, { image }: PreparedPicture): SeenFrame {
  const { x, y, width, height } = boxAround(face.mesh.points)
  return {
    face,
    measures: measureFace(face.mesh),
    box: {
      x: x / image.width,
      y: y / image.height,
      width: width / image.width,
      height: height / image.height,
    },
  }
}
