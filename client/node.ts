export * from './sdk.ts'
export { openNodeSocket as openSocket } from './node_socket.ts'
