/**
 * Keeps zod from compiling schemas with `new Function`, which the content security policy forbids: the browser would log an error at
 * each load. zod reads this when the first schema is made, so it is a chunk of its own (vite.config.ts) that is evaluated first, and
 * imports nothing.
 */
declare global {
  var __zod_globalConfig: { jitless?: boolean } | undefined
}

globalThis.__zod_globalConfig = { jitless: true }

export {}
