/** Stored per origin: a cookie would be sent to every port of the host. */

const STORED_AS = 'switchyard.key'
/** As in server/token.ts: the subprotocol in use, offered together with the secret. */
const PROTOCOL = 'switchyard'
const SECRET_PROTOCOL = 'switchyard.key.'

/** Fallback without browser storage: the key lasts until the page reloads. */
let unstored: string | null = null

export function pageKey(): string | null {
  try {
    return localStorage.getItem(STORED_AS) ?? unstored
  } catch {
    return unstored
  }
}

export function keepPageKey(key: string): void {
  unstored = key
  try {
    localStorage.setItem(STORED_AS, key)
  } catch {
    // The browser stores nothing: the key lasts as long as the page.
  }
}

export function keyProtocols(): string[] {
  const key = pageKey()
  return key === null ? [] : [PROTOCOL, `${SECRET_PROTOCOL}${key}`]
}

export function keyHeaders(): Record<string, string> {
  const key = pageKey()
  return key === null ? {} : { authorization: `Bearer ${key}` }
}

/** Exchanges the token or code in the address for a key. Falls back to the stored key. Never rejects. */
export async function signIn(): Promise<void> {
  const address = new URL(location.href)
  const secret = address.searchParams.get('token') ?? address.searchParams.get('code')
  if (secret === null) return
  try {
    const answer = await fetch('/session', {
      headers: { authorization: `Bearer ${secret}` },
      cache: 'no-store',
    })
    if (answer.ok) keepPageKey(((await answer.json()) as { key: string }).key)
  } catch {
    // Switchyard stopped meanwhile, or the token has characters that a header cannot carry. A reload retries.
    return
  }
  address.searchParams.delete('token')
  address.searchParams.delete('code')
  history.replaceState(history.state, '', address)
}

/** True if Switchyard responds but rejects the key. */
export async function isKeyRefused(): Promise<boolean> {
  try {
    const { status } = await fetch('/session', { headers: keyHeaders(), cache: 'no-store' })
    return status === 401 || status === 403
  } catch {
    return false
  }
}

export function onOtherTabSignedIn(listener: () => void): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === STORED_AS && newValue !== null) listener()
  })
}
