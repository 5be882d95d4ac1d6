import './zod_without_eval.ts'
import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { openBrowserSocket } from '../client/browser_socket.ts'
import { createControlClient } from '../client/control_client.ts'
import { createInferenceClient } from './api/inference_client.ts'
import { keyProtocols, onOtherTabSignedIn, signIn } from './api/page_key.ts'
import { findShell } from './api/shell.ts'
import { t } from './i18n/i18n.ts'
import { App } from './shell/app.tsx'
import { followDesktop } from './shell/desktop_commands.ts'
import { applyLanguage } from './shell/language.ts'
import { applyTheme } from './shell/theme.ts'
import { ActionsContext } from './state/actions_context.ts'
import { ControlProvider } from './state/control_context.tsx'
import { keepTestData } from './state/kept/keep.ts'
import { noteFailure } from './state/panel_store.ts'
import { startSession } from './state/session.ts'
import { createPlaygroundSender } from './state/playground_send.ts'

applyTheme()
applyLanguage()

await signIn()
const shell = findShell()
const control = createControlClient({ ...shell, reconnects: true })
onOtherTabSignedIn(() => control.retryNow())
const inference = createInferenceClient((backend) =>
  openBrowserSocket(`${shell.gateway}/backends/${encodeURIComponent(backend)}`, {
    protocols: keyProtocols(),
  }),
)
const actions = { panel: startSession(control).actions, sender: createPlaygroundSender(inference) }

followDesktop(actions.sender)
void keepTestData((reason) =>
  noteFailure(t('test:runs.not_kept'), t('test:runs.not_kept_why', { reason })),
)

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element #root')
createRoot(root).render(
  <StrictMode>
    <ActionsContext value={actions}>
      <ControlProvider call={control.call}>
        <App />
      </ControlProvider>
    </ActionsContext>
  </StrictMode>,
)
