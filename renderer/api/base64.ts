import { MessageError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
export function base64OfBlob(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => {
      reject(new MessageError(message('browser.no_file'), { cause: reader.error }))
    }
    reader.onload = () => {
      const url = typeof reader.result === 'string' ? reader.result : ''
      // `data:image/png;base64,AAAA`; an empty file may have no comma.
      const comma = url.indexOf(',')
      resolve(comma === -1 ? '' : url.slice(comma + 1))
    }
    reader.readAsDataURL(blob)
  })
}
