/** What the panel's page may load, whether this machine's port serves it or the desktop app's own scheme. */

/** Connections to the page's own origin; what else it needs, such as `connect-src`, comes in `more`. */
export function contentPolicy(...more: readonly string[]): string {
  return [
    "default-src 'self'",
    ...more,
    "img-src 'self' blob: data:",
    // Video files that a person opens; their frames are taken in the browser.
    "media-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
