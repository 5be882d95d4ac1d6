/**
 * Keeps zod from compiling schemas with `new Function`, which the content security policy blocks with a logged error.
 * zod reads this when it makes the first schema, so vite.config.ts puts it into its own chunk that is evaluated first
 * and imports nothing.
 */
declare global {
  var __zod_globalConfig: { jitless?: boolean } | undefined
}

globalThis.__zod_globalConfig = { jitless: true }

export {}
