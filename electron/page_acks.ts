/** When the page confirms what it has taken, so that the main process sees how far behind it is. Used by the preload. */

/** A confirmation is a message too: one for several small ones, and none is late by much. */
const MESSAGES_MAX = 8
const CHARACTERS_MAX = 64 * 1024

/** Returns what to call after each message that the page has taken, with the message's number. */
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
