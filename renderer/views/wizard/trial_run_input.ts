/** Generated input for a trial run without a file: a picture or a few seconds of EEG. */
import { MessageError } from '../../../protocol/errors.ts'
import { message } from '../../../protocol/messages.ts'
import { t } from '../../i18n/i18n.ts'
import { HEAD_BYTES, kindOfFile, type FileKind } from '../../../protocol/file_kind.ts'

const SIDE = 224
const EEG_RATE_HZ = 250
const EEG_SECONDS = 8
const EEG_CHANNELS = ['Fp1', 'Fp2', 'O1', 'O2']

/** null for anything but a picture or a recording. */
export async function kindOfInput(file: File): Promise<FileKind | null> {
  const head = await file.slice(0, HEAD_BYTES).arrayBuffer()
  return kindOfFile(file.name, file.type, new Uint8Array(head))
}

export const DRAWN_INPUTS: Record<FileKind, () => Promise<File>> = {
  image: drawnPicture,
  eeg: () => Promise.resolve(drawnEeg()),
}

function drawnPicture(): Promise<File> {
  const canvas = document.createElement('canvas')
  canvas.width = SIDE
  canvas.height = SIDE
  const brush = canvas.getContext('2d')
  if (brush === null) return Promise.reject(new MessageError(message('browser.no_canvas')))
  const gradient = brush.createLinearGradient(0, 0, SIDE, SIDE)
  gradient.addColorStop(0, '#1b57c4')
  gradient.addColorStop(1, '#d39a3a')
  brush.fillStyle = gradient
  brush.fillRect(0, 0, SIDE, SIDE)
  brush.fillStyle = '#f2f4f2'
  brush.beginPath()
  brush.arc(SIDE / 2, SIDE / 2, SIDE / 4, 0, 2 * Math.PI)
  brush.fill()
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new MessageError(message('browser.no_picture')))
      else resolve(new File([blob], t('wizard:drawn_picture'), { type: blob.type }))
    }, 'image/jpeg')
  })
}

/** CSV: a 10 Hz alpha rhythm in microvolts; channels differ only in phase. */
function drawnEeg(): File {
  const rows = Array.from({ length: EEG_RATE_HZ * EEG_SECONDS }, (_, place) =>
    EEG_CHANNELS.map((_name, channel) => {
      const phase = 2 * Math.PI * 10 * (place / EEG_RATE_HZ) + channel
      return (20 * Math.sin(phase) + 5 * Math.sin(phase / 4)).toFixed(3)
    }).join(','),
  )
  return new File([[EEG_CHANNELS.join(','), ...rows].join('\n')], t('wizard:drawn_eeg'), {
    type: 'text/csv',
  })
}
