/** electron-builder configuration: bundles in an archive, with native libraries, backends and models next to it, per platform. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Native packages and their dependencies; all others are bundled into dist/. */
const NATIVE_PACKAGES = [
  'onnxruntime-node',
  'onnxruntime-common',
  'sharp',
  '@img',
  '@julusian',
  'pkg-prebuilds',
  'bufferutil',
  'node-gyp-build',
  'detect-libc',
  'semver',
]
/** electron-builder requires an address; users set theirs in the settings. */
const UPDATE_FEED = 'https://updates.invalid/switchyard'
const PICTURES = ['jpg', 'jpeg', 'png', 'webp', 'tif', 'tiff']
const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/tiff']

/**
 * @param {{
 *   rootDir: string,
 *   platform: 'linux' | 'darwin' | 'win32',
 *   arch: 'x64' | 'arm64',
 *   electronDist: string,
 *   nodeDir: string | null,
 *   output: string,
 *   hasCertificate?: boolean,
 * }} options `nodeDir`: the Node that is packed along; null: none. `hasCertificate`: of macOS
 * @returns {import('electron-builder').Configuration}
 */
export function packageConfig({
  rootDir,
  platform,
  arch,
  electronDist,
  nodeDir,
  output,
  hasCertificate = false,
}) {
  const keep = NATIVE_PACKAGES.join('|')
  const native = 'onnxruntime-node/bin/napi-v6'
  const jpeg = '@julusian/jpeg-turbo'
  return {
    appId: 'dev.switchyard.desktop',
    productName: 'Switchyard',
    copyright: 'Copyright (c) 2026 Switchyard contributors',
    electronVersion: versionOf(rootDir, 'electron'),
    electronDist,
    // Node-API binaries work in Node and Electron.
    npmRebuild: false,
    directories: { output, buildResources: 'dist/icons' },
    files: [
      'package.json',
      'dist/**',
      '!dist/{client,package,licences.txt}',
      '!dist/**/*.map',
      '!dist/.*',
      'backends/*/model/**',
      `!**/node_modules/!(${keep})/**`,
      `!**/node_modules/.bin`,
      `!**/node_modules/${native}/!(${platform})/**`,
      `!**/node_modules/${native}/${platform}/!(${arch})/**`,
      `!**/node_modules/${jpeg}/prebuilds/!(jpeg-turbo-${platform}-${arch})/**`,
      '!**/node_modules/{*,@*/*}/{script,src,docs,test,tests,__tests__}/**',
      '!**/*.{md,ts,mts,cts,map,flow}',
    ],
    asar: true,
    // Also read by Node and the library loader. electron-builder's detection misses libvips-cpp.so.8.18.7.
    asarUnpack: [
      'package.json',
      'dist/{backends,chunks,cli,control}/**',
      'backends/**',
      ...NATIVE_PACKAGES.map((name) => `**/node_modules/${name}/**`),
    ],
    extraResources: [
      { from: 'config/models.yaml', to: 'config/models.yaml' },
      { from: 'LICENSE', to: 'licences/LICENSE' },
      { from: 'NOTICE', to: 'licences/NOTICE' },
      { from: 'dist/licences.txt', to: 'licences/packages.txt' },
      ...(nodeDir === null ? [] : [{ from: nodeDir, to: 'node' }]),
    ],
    electronFuses: {
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      grantFileProtocolExtraPrivileges: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      // The flipped bytes are signed ones, and arm64 kills a program whose signature is broken.
      resetAdHocDarwinSignature: true,
    },
    protocols: [{ name: 'Switchyard', schemes: ['switchyard'] }],
    fileAssociations: fileAssociationsOf(platform),
    publish: [{ provider: 'generic', url: UPDATE_FEED }],
    icon: 'dist/icons/app/1024x1024.png',
    linux: {
      target: ['AppImage', 'deb'],
      category: 'Development',
      syncDesktopName: true,
      icon: 'dist/icons/app',
      mimeTypes: PICTURE_TYPES,
      maintainer: 'Switchyard contributors <switchyard@localhost>',
      synopsis: 'Control panel for local AI model backends',
      desktop: { entry: { StartupWMClass: 'switchyard' } },
    },
    // The default needs FUSE 2, which current distributions lack.
    toolsets: { appimage: '1.0.3' },
    win: { target: ['nsis'] },
    nsis: {
      oneClick: false,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false,
      include: join(rootDir, 'build', 'package', 'installer.nsh'),
    },
    mac: {
      target: ['dmg', 'zip'],
      category: 'public.app-category.developer-tools',
      hardenedRuntime: true,
      // A hidden app's timers would be delayed, and health checks missed.
      extendInfo: { LSAppNapIsDisabled: true },
      // Without a signature after the fuses, arm64 would not start it.
      ...(hasCertificate ? {} : { identity: '-' }),
    },
  }
}

/**
 * Windows would make the app the default program of each, and Linux redefine the type: installer.nsh and `mimeTypes` offer
 * pictures there.
 * @param {'linux' | 'darwin' | 'win32'} platform
 */
function fileAssociationsOf(platform) {
  const recording = {
    ext: 'edf',
    name: 'Switchyard.Recording',
    description: 'EEG recording',
    mimeType: 'application/x-edf',
    role: 'Viewer',
  }
  const pictures = PICTURES.map((ext) => ({ ext, name: `${ext} picture`, role: 'Viewer' }))
  const offered = platform === 'darwin' ? [...pictures, recording] : [recording]
  return offered.map((one) => ({ ...one, rank: 'Alternate' }))
}

/** @param {string} rootDir @param {string} name */
export function versionOf(rootDir, name) {
  const text = readFileSync(join(rootDir, 'node_modules', name, 'package.json'), 'utf8')
  return /** @type {{ version: string }} */ (JSON.parse(text)).version
}
