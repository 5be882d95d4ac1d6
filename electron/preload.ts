/** Creates the bridge in the page's sandbox. Bundled as CommonJS; it can only load `electron`. */
import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron'
import type { DesktopBridge, DesktopCommand } from '../protocol/desktop.ts'
import { createAcks } from './page_acks.ts'
import { BRIDGE_NAME, CALL, GATEWAY_ARGUMENT, TO_PAGE } from '../protocol/desktop_channels.ts'

const gateway = process.argv.find((one) => one.startsWith(GATEWAY_ARGUMENT)) ?? ''
/** Of the page's current channel. */
let control: Parameters<DesktopBridge['openControl']>[0] | null = null

const taken = createAcks((mark) => {
  void ipcRenderer.invoke(CALL.ack, mark).catch(() => undefined)
})

ipcRenderer.on(TO_PAGE.message, (_event: IpcRendererEvent, text: string, mark: number) => {
  control?.message(text)
  taken(mark, text.length)
})
ipcRenderer.on(TO_PAGE.closed, () => control?.closed())

/** Fixed channels: the page cannot name one. */
const bridge: DesktopBridge = {
  gateway: gateway.slice(GATEWAY_ARGUMENT.length),
  openControl: async (listeners) => {
    control = listeners
    await ipcRenderer.invoke(CALL.open)
  },
  sendControl: (text) => {
    ipcRenderer.invoke(CALL.send, text).catch(() => control?.closed())
  },
  closeControl: () => {
    control = null
    void ipcRenderer.invoke(CALL.close).catch(() => undefined)
  },
  read: () => ipcRenderer.invoke(CALL.read),
  change: (patch) => ipcRenderer.invoke(CALL.change, patch),
  checkUpdate: () => ipcRenderer.invoke(CALL.checkUpdate),
  copy: (text) => ipcRenderer.invoke(CALL.copy, text),
  chooseModel: () => ipcRenderer.invoke(CALL.chooseModel),
  pathOf: (file) => webUtils.getPathForFile(file),
  onCommand: (listener) => {
    ipcRenderer.on(TO_PAGE.command, (_event: IpcRendererEvent, command: DesktopCommand) =>
      listener(command),
    )
    void ipcRenderer.invoke(CALL.listening).catch(() => undefined)
  },
}

contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge)
