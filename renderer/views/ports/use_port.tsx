import { useMutation } from '@tanstack/react-query'
import { t } from '../../i18n/i18n.ts'
import { useControlCall } from '../../state/control_context.tsx'
import { editConfig } from '../../state/edit_config.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { errorText } from '../../format/message.ts'
import './use_port.css'
import { Button } from '../../components/button.tsx'

interface UsePortProps {
  section: string
  port: number
  /** Revert to the port that is still in use. */
  isKept?: boolean
}

export function UsePort({ section, port, isKept = false }: UsePortProps) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const write = useMutation({
    mutationFn: () =>
      editConfig(call, { edits: [{ edit: 'set', backend: section, path: ['port'], value: port }] }),
  })
  return (
    <div className="use-port row">
      <Button
        look={isKept ? undefined : 'primary'}
        disabled={!isLive || write.isPending}
        onClick={() => write.mutate()}
      >
        {t(isKept ? 'ports:keep' : 'ports:use', { port })}
      </Button>
      {write.isSuccess && (
        <span role="status" className="small ink-2">
          {t('ports:written', { name: section, port })}
        </span>
      )}
      {write.isError && (
        <span role="status" className="small stop">
          {t('ports:not_written', { reason: errorText(write.error) })}
        </span>
      )}
    </div>
  )
}
