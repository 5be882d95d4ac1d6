/** Confirms received messages, so that the main process knows the page's backlog. Used by the preload. */

/** Several small messages share one confirmation, within these limits. */
const MESSAGES_MAX = 8
const CHARACTERS_MAX = 64 * 1024

/** Returns a function to call with the number and length of each received message. */
export function createAcks(send: (mark: number) => void): (mark: number, length: number) => void {
  let messages = 0
  let characters = 0
  return (mark, length) => {
    messages++
    characters += length
    if (messages < MESSAGES_MAX && characters < CHARACTERS_MAX) return
    messages = 0
    characters = 0
    send(mark)
  }
}
