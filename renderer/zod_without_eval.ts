/**
 * Keeps zod from compiling schemas with `new Function`, which the content security policy blocks. zod reads this at
 * the first schema, so vite.config.ts evaluates this chunk first.
 */
declare global {
  var __zod_globalConfig: { jitless?: boolean } | undefined
}

globalThis.__zod_globalConfig = { jitless: true }

export {}
