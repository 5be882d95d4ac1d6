import { fileKind } from '../../api/sent_message.ts'
import { fileSize, number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import type { Exchange, Run } from '../../state/runs.ts'

export function SentSmaller({ exchange: { sent, shrunk }, run }: { exchange: Exchange; run: Run }) {
  if (!shrunk) return null
  const { file } = run.input
  return (
    <p className="small ink-2 sent-smaller" title={t('test:say.original_pixels')}>
      {t('test:say.sent_as', {
        width: number(shrunk.sent.width),
        height: number(shrunk.sent.height),
        kind: fileKind(sent.file),
        size: fileSize(sent.file.size),
        original: `${fileSize(file.size)} ${fileKind(file)}`.trimEnd(),
      })}
    </p>
  )
}
