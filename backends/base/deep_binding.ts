/**
 * Electron on Linux exports GLib's functions, and the copy in sharp's library would call those: warnings, leaks
 * and crashes (https://github.com/electron/electron/issues/46323). Import it before sharp.
 */
import { constants } from 'node:os'

// Set for utility processes on Linux.
if (process.env['SWITCHYARD_DEEP_BINDING'] === 'on') {
  const { dlopen } = process
  const { RTLD_LAZY, RTLD_DEEPBIND } = constants.dlopen
  process.dlopen = (target, file, flags = RTLD_LAZY) => {
    // Only sharp: other libraries may need Electron's allocator.
    const isSharp = /[\\/]@img[\\/]/.test(file)
    dlopen(target, file, isSharp ? flags | RTLD_DEEPBIND : flags)
  }
}
