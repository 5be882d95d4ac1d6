/** Builds the panel into dist/renderer, which the control plane serves. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'renderer',
  // Relative, so that the same files work behind any path and inside the desktop shell.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing as data: URI, so that the content security policy can stay at 'self'.
    assetsInlineLimit: 0,
    // One chunk for all three views: it is loaded from this machine.
    chunkSizeWarningLimit: 800,
    // Within the chunk of the entry it would run after the chunks that the entry imports.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'first', test: /zod_without_eval/ }] } },
    },
  },
})
