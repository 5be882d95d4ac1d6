/** A picture as a request sends it: scaled down where the backend needs no more of it, with the answer led back to the file. */
import type { ImageSize } from '../../protocol/backend.ts'
import { inOriginalPixels, SHRINK_FROM_BYTES } from '../../protocol/sent_picture.ts'
import type { Outcome } from '../api/inference_client.ts'
import { shrinkInBrowser, type Shrink, type ShrunkPicture } from '../api/shrunk_picture.ts'
import { useUi } from './ui_store.ts'

/** null: the file is sent as it is. `wanted` is the `image_size` of the backend. */
export async function shrunkFor(
  file: Blob,
  wanted: ImageSize | null,
  shrink: Shrink = shrinkInBrowser,
): Promise<ShrunkPicture | null> {
  const isWorthIt = useUi.getState().shrinkPictures && file.size > SHRINK_FROM_BYTES
  if (!isWorthIt || wanted === null) return null
  // What cannot be scaled here is sent as it is: the backend may be able to read it.
  return shrink(file, wanted).catch(() => null)
}

/** The text that was received stays word for word. */
export function toOriginal<T extends Outcome>(outcome: T, shrunk: ShrunkPicture | null): T {
  if (shrunk === null || outcome.phase !== 'answered' || outcome.reply === null) return outcome
  const data = inOriginalPixels(outcome.reply.data, shrunk)
  return { ...outcome, reply: { ...outcome.reply, data } }
}
