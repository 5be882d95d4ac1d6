/** The bytes of a file as base64, encoded by the browser outside of the page's own thread. */
export function base64OfBlob(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => {
      reject(
        new Error('The browser could not read the file. Choose it again.', { cause: reader.error }),
      )
    }
    reader.onload = () => {
      const url = typeof reader.result === 'string' ? reader.result : ''
      // `data:image/png;base64,AAAA`; for an empty file there may be no comma at all.
      const comma = url.indexOf(',')
      resolve(comma === -1 ? '' : url.slice(comma + 1))
    }
    reader.readAsDataURL(blob)
  })
}
