import { MessageError } from '../../../../protocol/errors.ts'
import { message, type Message, quoted } from '../../../../protocol/messages.ts'
/** Frames of a video element as JPEG files. */

/** As cameras write it; higher quality changes no result visibly. */
const JPEG_QUALITY = 0.92
/** Larger frames only take longer to send; all models here use less than half of it. */
const FRAME_SIDE_MAX = 1280

/** The current frame of `video`. Rejects if there is none. */
export async function frameOf(video: HTMLVideoElement, name: string): Promise<File> {
  const { videoWidth, videoHeight } = video
  if (videoWidth === 0 || videoHeight === 0) throw new Error(`${name} has no picture.`)
  const scale = Math.min(1, FRAME_SIDE_MAX / Math.max(videoWidth, videoHeight))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(videoWidth * scale)
  canvas.height = Math.round(videoHeight * scale)
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY)
  })
  if (blob === null) throw new Error(`${name} could not be turned into a picture.`)
  return new File([blob], name, { type: blob.type })
}

export function eventOf(
  video: HTMLVideoElement,
  name: 'loadeddata' | 'seeked',
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = new AbortController()
    const finish = (act: () => void) => () => {
      ended.abort()
      act()
    }
    const options = { signal: ended.signal }
    video.addEventListener(name, finish(resolve), options)
    video.addEventListener(
      'error',
      finish(() => reject(new MessageError(faultOf(video)))),
      options,
    )
    signal.addEventListener(
      'abort',
      finish(() => reject(new Error('stopped'))),
      options,
    )
  })
}

const faultOf = ({ error }: HTMLVideoElement): Message =>
  error === null ? message('browser.unplayable') : quoted(error.message)
