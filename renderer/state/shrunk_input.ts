/** Scales a picture to what the backend needs and maps the reply back to the original. */
import type { ImageSize } from '../../protocol/backend.ts'
import { inOriginalPixels, SHRINK_FROM_BYTES } from '../../protocol/sent_picture.ts'
import type { Outcome } from '../api/inference_client.ts'
import { shrinkInBrowser, type Shrink, type ShrunkPicture } from '../api/shrunk_picture.ts'
import { useUi } from './ui_store.ts'

/** null: send the file as it is. `wanted` is the backend's `image_size`. */
export async function shrunkFor(
  file: Blob,
  wanted: ImageSize | null,
  shrink: Shrink = shrinkInBrowser,
): Promise<ShrunkPicture | null> {
  const isWorthIt = useUi.getState().shrinkPictures && file.size > SHRINK_FROM_BYTES
  if (!isWorthIt || wanted === null) return null
  // If scaling fails here, the backend may still be able to read the file.
  return shrink(file, wanted).catch(() => null)
}

/** The received text stays verbatim. */
export function toOriginal<T extends Outcome>(outcome: T, shrunk: ShrunkPicture | null): T {
  if (shrunk === null || outcome.phase !== 'answered' || outcome.reply === null) return outcome
  const data = inOriginalPixels(outcome.reply.data, shrunk)
  return { ...outcome, reply: { ...outcome.reply, data } }
}
