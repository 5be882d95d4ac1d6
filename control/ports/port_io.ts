/** What the port doctor needs of the machine, as one interface, so that tests can put another machine in its place. */
import { execFile } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { endianness } from 'node:os'
import type { PortAnswer } from '../../protocol/ports.ts'
import { askPort } from './ask_port.ts'

/** How a program of the system ended. `failure` is null after exit code 0. */
export interface ProgramRun {
  stdout: string
  failure: string | null
}

export interface PortIo {
  /** The address that listening on `host` would use. Rejects with Node's coded error (ENOTFOUND, EAI_AGAIN, ..). */
  resolve(host: string): Promise<string>
  /** Listens for a moment: null when that went well, else the code of the error, such as EADDRINUSE. */
  tryBind(address: string, port: number): Promise<string | null>
  /** Asks whatever listens there what it speaks. Never rejects. */
  ask(address: string, port: number): Promise<PortAnswer>
  readText(file: string): Promise<string>
  readLink(file: string): Promise<string>
  list(folder: string): Promise<string[]>
  /** Runs a program of the system to its end. Never rejects. */
  run(program: string, args: readonly string[]): Promise<ProgramRun>
  /** Unix milliseconds. */
  now(): number
  /** Byte order of the machine: /proc/net/tcp prints addresses in it. */
  endianness: 'LE' | 'BE'
  /** Folder of Windows, where its programs are. */
  systemRoot: string
}

/** A cold PowerShell takes seconds on a slow disk. */
const PROGRAM_TIMEOUT_MS = 10_000
/** Netstat of a machine with 50,000 connections writes about 4 MB. */
const PROGRAM_OUTPUT_BYTES_MAX = 16 * 1024 ** 2

/** The machine that this process runs on. */
export const machinePortIo: PortIo = {
  resolve: async (host) => (await lookup(host)).address,
  tryBind: bindForAMoment,
  ask: askPort,
  readText: (file) => readFile(file, 'utf8'),
  readLink: (file) => readlink(file),
  list: (folder) => readdir(folder),
  run: runProgram,
  now: () => Date.now(),
  endianness: endianness(),
  systemRoot: process.env['SystemRoot'] ?? 'C:\\Windows',
}

/** Whether a program can listen on it on this machine. */
export const isPortFree = async (port: number): Promise<boolean> =>
  (await bindForAMoment('127.0.0.1', port)) === null

function bindForAMoment(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message)
    })
    // Exclusive: a cluster worker would otherwise ask its parent for the handle.
    server.listen({ host: address, port, exclusive: true }, () => {
      server.close(() => {
        resolve(null)
      })
    })
  })
}

function runProgram(program: string, args: readonly string[]): Promise<ProgramRun> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      {
        encoding: 'utf8',
        timeout: PROGRAM_TIMEOUT_MS,
        maxBuffer: PROGRAM_OUTPUT_BYTES_MAX,
        windowsHide: true,
        // Times and numbers are parsed: they must not come in the words of the user's language.
        env: { ...process.env, LC_ALL: 'C' },
      },
      (error, stdout) => {
        resolve({ stdout, failure: error === null ? null : failureOf(error) })
      },
    )
  })
}

function failureOf(error: { code?: string | number | null; killed?: boolean; message: string }) {
  if (error.killed === true) return `no end within ${PROGRAM_TIMEOUT_MS / 1000} s`
  return typeof error.code === 'number' ? `exit code ${error.code}` : (error.code ?? error.message)
}
