/** The parts that Switchyard needs to run, in build order: packages, models, panel, programs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findStaleModels } from '../../tools/models/stale.mjs'
import { fingerprintOf, isTestFile, readStamp, writeStamp } from './fingerprint.mjs'
import { arePackagesInstalled, installPackages } from './install.mjs'
import { runStep, SetupError } from './step.mjs'

/**
 * @typedef {'packages' | 'models' | 'panel' | 'programs'} PartName
 * @typedef {{ isReady(rootDir: string): boolean, make(context: import('./step.mjs').StepContext): Promise<void> }} Part
 */

/** What the programs in dist/ are bundled from. */
export const PROGRAM_FOLDERS = [
  'protocol',
  'files',
  'client',
  'server',
  'config',
  'backends',
  'gateway',
  'control',
  'cli',
  'electron',
]

/** @type {Record<PartName, Part>} */
export const PARTS = {
  packages: { isReady: arePackagesInstalled, make: installPackages },
  models: {
    isReady: (rootDir) => findStaleModels(rootDir).length === 0,
    make: (context) =>
      runStep({
        ...context,
        title: 'Converting the models to ONNX',
        command: process.execPath,
        args: ['--import', 'tsx', 'tools/models/convert.ts'],
        remedy: 'tools/models/ holds the conversion; `npm run models` runs it alone.',
      }),
  },
  panel: stampedPart({
    // Not in the folder, which vite empties.
    stamp: 'dist/.panel',
    outputs: ['dist/renderer/index.html'],
    inputs: () => ({
      paths: ['renderer', 'protocol', 'client', 'vite.config.ts', 'package-lock.json'],
      isInput: (path) => !isTestFile(path),
    }),
    make: (context) =>
      runStep({
        ...context,
        title: 'Building the panel',
        command: process.execPath,
        args: ['node_modules/vite/bin/vite.js', 'build'],
        // A test runner sets NODE_ENV=test, which would bundle React's development build.
        env: { ...process.env, NODE_ENV: 'production' },
        remedy: 'Fix the reported error in renderer/, then run the command again.',
      }),
  }),
  programs: stampedPart({
    stamp: 'dist/.programs',
    outputs: [
      'dist/control/headless.js',
      'dist/backends/main.js',
      'dist/backends/picture.wasm',
      'dist/backends/worker.js',
      'dist/electron/preload.cjs',
      'dist/client/browser.js',
      'dist/icons/app.png',
    ],
    inputs: () => ({
      paths: [...PROGRAM_FOLDERS, 'build/bundle.mjs', 'build/icons.mjs', 'package-lock.json'],
      isInput: (path) => /\.(ts|mjs|json)$/.test(path) && !isTestFile(path),
    }),
    make: async ({ rootDir, say }) => {
      say('Bundling the programs …')
      // Imported lazily: it needs esbuild, which may have just been installed.
      const { bundlePrograms } = await import('../../build/bundle.mjs')
      const { drawIcons } = await import('../../build/icons.mjs')
      try {
        await bundlePrograms(rootDir)
        await drawIcons(rootDir)
      } catch (error) {
        throw new SetupError(`Bundling the programs: failed.\n\n${String(error)}`, { cause: error })
      }
    },
  }),
}

/**
 * Ready when its outputs exist and its stamp has the fingerprint of its inputs.
 * @param {{
 *   stamp: string,
 *   outputs: string[],
 *   inputs: (rootDir: string) => Parameters<typeof fingerprintOf>[1],
 *   make: (context: import('./step.mjs').StepContext) => Promise<void>,
 * }} part
 * @returns {Part}
 */
function stampedPart({ stamp, outputs, inputs, make }) {
  return {
    isReady: (rootDir) =>
      outputs.every((output) => existsSync(join(rootDir, output))) &&
      readStamp(join(rootDir, stamp)) === fingerprintOf(rootDir, inputs(rootDir)),
    make: async (context) => {
      // Read before the work, so that an edit made meanwhile counts as not built.
      const fingerprint = fingerprintOf(context.rootDir, inputs(context.rootDir))
      await make(context)
      const missing = outputs.filter((output) => !existsSync(join(context.rootDir, output)))
      if (missing.length > 0) throw new SetupError(`${missing.join(', ')} was not made.`)
      writeStamp(join(context.rootDir, stamp), fingerprint)
    },
  }
}
