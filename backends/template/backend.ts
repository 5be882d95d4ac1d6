/** Template of `npm run new-backend`: classifies pictures as bright or dark. */
import { message } from '../../protocol/messages.ts'
import { z } from 'zod'
import {
  BaseModelBackend,
  orErrorLater,
  type BackendContext,
  type InferenceItem,
  type InferenceResult,
  type LoadedModel,
  type Outcome,
} from '../base/backend.ts'
import { SIDE_MAX_DEFAULT, type DecodedImage } from '../base/image.ts'
import { CACHE_BYTES_MAX, ImageCache } from '../base/image_cache.ts'
import { parseOptions } from '../base/options.ts'

const optionsSchema = z.strictObject({
  bright_from: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Mean luma from which a picture counts as bright.'),
})

interface Prepared {
  image: DecodedImage
  isCached: boolean
}

interface Raw extends Prepared {
  /** Mean luma in [0, 1]. */
  luma: number
}

export class TemplateBackend extends BaseModelBackend<Prepared, Raw> {
  private readonly options: z.infer<typeof optionsSchema>
  private readonly images: ImageCache

  constructor(context: BackendContext) {
    super(context)
    this.options = parseOptions(optionsSchema, context)
    this.images = new ImageCache({ entriesMax: context.cacheSize, bytesMax: CACHE_BYTES_MAX })
  }

  /** With a model file: open it with `createSession` and run each session once on an input of the real shape. */
  override initializeModel(): Promise<LoadedModel> {
    this.context.onProgress(message('progress.warm_up', { done: 1, total: 1 }))
    meanLuma({ pixels: new Uint8Array(3), width: 1, height: 1 })
    return Promise.resolve({
      provider: 'CPU',
      devices: ['CPU'],
      models: [],
      files: [],
      imageSize: { width: SIDE_MAX_DEFAULT, height: SIDE_MAX_DEFAULT },
    })
  }

  override cleanup(): Promise<void> {
    this.images.clear()
    return Promise.resolve()
  }

  protected override preprocess(batch: readonly InferenceItem[]): Promise<Outcome<Prepared>[]> {
    // A broken picture fails alone.
    return Promise.all(batch.map(({ bytes }) => orErrorLater(() => this.images.get(bytes))))
  }

  protected override infer(batch: readonly Prepared[]): Promise<Outcome<Raw>[]> {
    return Promise.resolve(
      batch.map((prepared) => ({ ...prepared, luma: meanLuma(prepared.image) })),
    )
  }

  protected override postprocess(batch: readonly Raw[]): Promise<Outcome<InferenceResult>[]> {
    return Promise.resolve(
      batch.map(({ luma, image, isCached }) => ({
        prediction: luma >= this.options.bright_from ? 'bright' : 'dark',
        // Distance from the limit, relative to the maximum.
        confidence:
          Math.abs(luma - this.options.bright_from) /
          Math.max(this.options.bright_from, 1 - this.options.bright_from),
        luma,
        image: { width: image.originalWidth, height: image.originalHeight },
        cached: isCached,
      })),
    )
  }
}

/** Mean of .299 R + .587 G + .114 B (ITU-R BT.601) over all pixels, in [0, 1]. */
function meanLuma({ pixels }: Pick<DecodedImage, 'pixels' | 'width' | 'height'>): number {
  let sum = 0
  for (let at = 0; at < pixels.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]]
    sum += 0.299 * red + 0.587 * green + 0.114 * blue
  }
  return sum / (pixels.length / 3) / 255
}
