/** Each used part of Electron that its types limit to some systems has a line here on what happens on the others. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { ROOT_DIR } from '../testing/processes.ts'

const SYSTEMS = ['darwin', 'linux', 'win32']

/** Used part: its systems, and what happens on the others. */
const ANSWERS: Record<string, string> = {
  'App.getLoginItemSettings': 'darwin, win32: called on macOS only; the others pass a flag',
  'App.on activate': 'darwin: the others start a second instance',
  'App.on open-file': 'darwin: the others pass arguments',
  'App.on open-url': 'darwin: the others pass arguments',
  'App.setAppUserModelId': 'win32: does nothing elsewhere',
  'App.setLoginItemSettings': 'darwin, win32: Linux gets a desktop entry in autostart',
  'BaseWindowConstructorOptions.autoHideMenuBar': 'linux, win32: macOS has no menu in windows',
  'BrowserWindow.on query-session-end': 'win32: macOS and Linux send shutdown',
  'BrowserWindow.on session-end': 'win32: macOS and Linux send shutdown',
  'LoginItemSettings.wasOpenedAtLogin': 'darwin: the others pass a flag',
  'Notification.on failed': 'darwin, win32: on Linux close is enough',
  'PowerMonitor.on shutdown': 'linux, darwin: Windows sends query-session-end',
  'Settings.args': 'win32: macOS knows whether it opened the app at login',
}

const nameOf = (declaration: ts.Declaration) =>
  ts.getNameOfDeclaration(declaration)?.getText() ?? ''

test('nothing of Electron is used on a system that lacks it without an answer to that', () => {
  const found = new Map<string, string>()
  const folder = path.join(ROOT_DIR, 'electron')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name))
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  const note = (declaration: ts.Declaration | undefined, name: string) => {
    if (declaration?.getSourceFile().fileName.endsWith('electron.d.ts') !== true) return
    const tag = ts.getJSDocTags(declaration).find(({ tagName }) => tagName.text === 'platform')
    if (tag === undefined) return
    const systems = String(tag.comment).split(',')
    if (SYSTEMS.every((one) => systems.includes(one))) return
    const { parent } = declaration
    const owner = ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent)
    found.set(`${owner ? `${parent.name?.text}.` : ''}${name}`, systems.join(', '))
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments
      const event = first !== undefined && ts.isStringLiteral(first) ? ` ${first.text}` : ''
      const { declaration } = checker.getResolvedSignature(node) ?? {}
      note(declaration, `${declaration === undefined ? '' : nameOf(declaration)}${event}`)
    }
    if (ts.isIdentifier(node) && !ts.isPropertyAssignment(node.parent)) {
      const symbol = checker.getSymbolAtLocation(node)
      // Methods are resolved by their call.
      const [declaration] = symbol?.declarations ?? []
      if (declaration !== undefined && !ts.isMethodDeclaration(declaration)) {
        if (!ts.isMethodSignature(declaration)) note(declaration, node.text)
      }
    }
    if (ts.isObjectLiteralExpression(node)) {
      const type = checker.getContextualType(node)
      for (const property of node.properties) {
        const name = property.name?.getText() ?? ''
        const symbol = type?.getProperty(name)
        note(symbol?.declarations?.[0], name)
      }
    }
    ts.forEachChild(node, visit)
  }
  for (const file of files) {
    const source = program.getSourceFile(file)
    if (source !== undefined) visit(source)
  }
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(ANSWERS).map(([name, text]) => [name, text.split(':')[0]])),
  )
})
