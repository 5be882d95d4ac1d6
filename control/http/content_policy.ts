/** Allows connections to the page's own origin; `more` adds further directives such as `connect-src`. */
export function contentPolicy(...more: readonly string[]): string {
  return [
    "default-src 'self'",
    ...more,
    "img-src 'self' blob: data:",
    // Video files that a user opens; the browser extracts their frames.
    "media-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
