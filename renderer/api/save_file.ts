export function saveText(name: string, type: string, text: string): void {
  saveBlob(name, new Blob([text], { type }))
}

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The click starts the download; the URL must live until the browser has read the blob.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
