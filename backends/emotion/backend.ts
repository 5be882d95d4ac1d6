/** Detects faces and classifies the expression of each with two models. See README.md for its limits. */
import { message } from '../../protocol/messages.ts'
import { cpus } from 'node:os'
import { z } from 'zod'
import { emotionModels } from '../../files/builtin_models.ts'
import {
  BaseModelBackend,
  orErrorLater,
  type BackendContext,
  type InferenceItem,
  type InferenceResult,
  type LoadedModel,
  type Outcome,
} from '../base/backend.ts'
import { SIDE_MAX_DEFAULT } from '../base/image.ts'
import { parseOptions } from '../base/options.ts'
import { ImageModel } from '../faces/image_model.ts'
import { uprightSquare } from '../faces/mesh.ts'
import {
  faceOptionsShape,
  FacePipeline,
  type FaceOptions,
  type FoundFaces,
  type PreparedPicture,
} from '../faces/pipeline.ts'
import { sampleSquare } from '../faces/sampler.ts'
import { modelBlock, shapeResult, type Classified, type ModelBlock } from './result.ts'

interface Prepared {
  picture: PreparedPicture
}

interface Inferred extends Prepared {
  found: FoundFaces
  classified: Classified[]
}

interface LoadedParts {
  pipeline: FacePipeline
  miniXception: ImageModel
  faExpression: ImageModel
  block: ModelBlock
}

export class EmotionBackend extends BaseModelBackend<Prepared, Inferred> {
  private readonly options: FaceOptions
  private loaded: LoadedParts | null = null

  constructor(context: BackendContext) {
    super(context)
    this.options = parseOptions(optionsSchema, context)
  }

  override async initializeModel(): Promise<LoadedModel> {
    const { context } = this
    context.onProgress(message('progress.reading'))
    const pipeline = await FacePipeline.open(context, this.options)
    const paths = emotionModels(context.precision)
    const miniXception = await ImageModel.open(context, paths.miniXception, BATCH_MAX)
    const faExpression = await ImageModel.open(context, paths.faExpression, BATCH_MAX)
    const models = [...pipeline.models, miniXception, faExpression]
    for (const [index, model] of models.entries()) {
      context.onProgress(message('progress.warm_up', { done: index + 1, total: models.length }))
      await model.warmUp(context.batchSizeMax)
    }
    const block = modelBlock([miniXception.file, faExpression.file])
    this.loaded = { pipeline, miniXception, faExpression, block }
    const providers = [...new Set(models.map(({ provider }) => provider))]
    return {
      provider: providers.join(' + '),
      devices: providers.map((provider) => (provider === 'CPU' ? cpuName() : provider)),
      models: models.map(({ file }) => file),
      placements: models.map(({ placement }) => placement),
      imageSize: { width: SIDE_MAX_DEFAULT, height: SIDE_MAX_DEFAULT },
      files: models.flatMap(({ paths }) => paths),
    }
  }

  override async cleanup(): Promise<void> {
    const loaded = this.loaded
    this.loaded = null
    await loaded?.pipeline.release()
    await loaded?.miniXception.release()
    await loaded?.faExpression.release()
  }

  protected override preprocess(batch: readonly InferenceItem[]): Promise<Outcome<Prepared>[]> {
    const { pipeline } = this.requireLoaded()
    const isAlone = batch.length === 1
    return Promise.all(
      batch.map(({ bytes }) =>
        orErrorLater(async () => ({ picture: await pipeline.prepare(bytes, isAlone) })),
      ),
    )
  }

  protected override async infer(batch: readonly Prepared[]): Promise<Inferred[]> {
    const { pipeline, miniXception, faExpression } = this.requireLoaded()
    const found = await pipeline.find(batch.map(({ picture }) => picture))
    const faces = batch.flatMap(({ picture }, index) =>
      (found[index]?.faces ?? []).map(({ mesh }) => ({
        image: picture.image,
        square: uprightSquare(mesh, CROP_MARGIN),
      })),
    )
    const classify = async (model: ImageModel): Promise<Float32Array[]> => {
      const crops = faces.map(({ image, square }) => sampleSquare(image, square, model.size))
      const answers = await model.run(crops, ['probabilities'])
      return answers.map(({ probabilities }) => probabilities)
    }
    const first = await classify(miniXception)
    const second = await classify(faExpression)
    let next = 0
    return batch.map((prepared, index): Inferred => {
      const of = found[index] ?? { faces: [], rejected: [] }
      const from = next
      next += of.faces.length
      const classified = of.faces.map((_, place) => ({
        miniXception: first[from + place] ?? new Float32Array(),
        faExpression: second[from + place] ?? new Float32Array(),
      }))
      return { ...prepared, found: of, classified }
    })
  }

  protected override postprocess(batch: readonly Inferred[]): Promise<InferenceResult[]> {
    const { block } = this.requireLoaded()
    const results = batch.map(({ picture, found, classified }) => {
      const result = shapeResult(picture.image, found, classified, this.options)
      return { ...result, cached: picture.isCached, model: block }
    })
    return Promise.resolve(results)
  }

  private requireLoaded(): LoadedParts {
    if (!this.loaded) throw new Error('the emotion model is not loaded; call initializeModel first')
    return this.loaded
  }
}

const BATCH_MAX = 16
/** The classifiers expect the mesh's bounding square without margin. */
const CROP_MARGIN = 1

const optionsSchema = z.strictObject(faceOptionsShape)

const cpuName = () => cpus()[0]?.model.trim() ?? 'CPU'
