export * from './sdk.ts'
export { openBrowserSocket as openSocket } from './browser_socket.ts'
