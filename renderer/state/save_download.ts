import { keyHeaders } from '../api/page_key.ts'
import { saveBlob } from '../api/save_file.ts'
import { t } from '../i18n/i18n.ts'
import { noteFailure } from './panel_store.ts'
import { errorText } from '../format/message.ts'

/** A plain link would not carry the key. Failures become a notification. */
export async function saveDownload(address: string): Promise<void> {
  try {
    const answer = await fetch(address, { headers: keyHeaders(), cache: 'no-store' })
    if (!answer.ok) throw new Error((await answer.text()).trim() || `HTTP ${answer.status}`)
    const disposition = answer.headers.get('content-disposition') ?? ''
    const name = /filename="([^"]+)"/.exec(disposition)?.[1] ?? 'switchyard'
    saveBlob(name, await answer.blob())
  } catch (error) {
    noteFailure(t('shell:notice.not_saved'), errorText(error))
  }
}
