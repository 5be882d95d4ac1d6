/**
 * The key of this page. The page receives it for the token or the code in its address, keeps it where only pages of the same scheme,
 * host and port can read it, and shows it with each request. A cookie would go to every port of the host.
 */

const STORED_AS = 'switchyard.key'
/** As in server/token.ts: the protocol that is spoken, and the secret that is offered beside it. */
const PROTOCOL = 'switchyard'
const SECRET_PROTOCOL = 'switchyard.key.'

/** Where the browser keeps nothing, the key lasts until the page is reloaded. */
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
    // Storage is full or forbidden.
  }
}

/** For `new WebSocket`, which cannot send headers. */
export function keyProtocols(): string[] {
  const key = pageKey()
  return key === null ? [] : [PROTOCOL, `${SECRET_PROTOCOL}${key}`]
}

/** For `fetch`. */
export function keyHeaders(): Record<string, string> {
  const key = pageKey()
  return key === null ? {} : { authorization: `Bearer ${key}` }
}

/**
 * Exchanges the token or code of the address for a key, and takes it out of the address bar and the history. Where there is none, or
 * an old one, the key of the last time counts. Never rejects.
 */
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
    // Switchyard stopped in between, or the token has characters that no header holds. A reload tries again.
    return
  }
  address.searchParams.delete('token')
  address.searchParams.delete('code')
  history.replaceState(history.state, '', address)
}

/** Whether the control plane answers but does not accept the key. */
export async function isKeyRefused(): Promise<boolean> {
  try {
    const { status } = await fetch('/session', { headers: keyHeaders(), cache: 'no-store' })
    return status === 401 || status === 403
  } catch {
    return false
  }
}

/** Another tab of this origin signed in. */
export function onOtherTabSignedIn(listener: () => void): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === STORED_AS && newValue !== null) listener()
  })
}
