/** Entry: picks the real sockets and clock, starts the session and draws the panel. */
import './zod_without_eval.ts'
import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createInferenceClient } from './api/inference_client.ts'
import { createSocketControlClient } from './api/socket_control_client.ts'
import { t } from './i18n/i18n.ts'
import { App } from './shell/app.tsx'
import { applyLanguage } from './shell/language.ts'
import { applyTheme } from './shell/theme.ts'
import { ActionsContext } from './state/actions_context.ts'
import { ControlContext } from './state/control_context.ts'
import { keepTestData } from './state/kept/keep.ts'
import { noteFailure } from './state/panel_store.ts'
import { startSession } from './state/session.ts'
import { createTestBench } from './state/test_bench.ts'

applyTheme()
applyLanguage()

const origin = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`

const control = createSocketControlClient({
  openSocket: () => new WebSocket(`${origin}/control`),
  isRefused: async () => {
    try {
      const { status } = await fetch('/control', { cache: 'no-store' })
      return status === 401 || status === 403
    } catch {
      return false
    }
  },
})
const inference = createInferenceClient({
  openSocket: (backend) => new WebSocket(`${origin}/backends/${encodeURIComponent(backend)}`),
})
const actions = { panel: startSession(control).actions, bench: createTestBench(inference) }

void keepTestData((reason) =>
  noteFailure(t('test:runs.not_kept'), t('test:runs.not_kept_why', { reason })),
)

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element #root')
createRoot(root).render(
  <StrictMode>
    <ActionsContext value={actions}>
      <ControlContext value={control.call}>
        <App />
      </ControlContext>
    </ActionsContext>
  </StrictMode>,
)
